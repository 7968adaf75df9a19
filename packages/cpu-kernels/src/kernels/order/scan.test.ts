import type { ScanName } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { forEachConfiguration, forEachThreadCount, noise, readView, tensor } from "../../testing/harness.ts";
import { layouts } from "../../testing/layouts.ts";
import { lines } from "../../testing/lines.ts";

const steps: Record<ScanName, (a: number, x: number) => number> = {
  sum: (a, x) => a + x,
  prod: (a, x) => a * x,
  max: Math.max,
  min: Math.min,
};
const wrapping: typeof steps = { ...steps, sum: (a, x) => (a + x) | 0, prod: Math.imul };

forEachConfiguration((create) => {
  test("scan: every op, dtypes, axes, both directions, layouts", async () => {
    const backend = await create();
    for (const shape of [[1], [7], [0], [5, 7], [3, 4, 50], [3, 0, 2], [2, 9, 300], [2, 3000]]) {
      const size = shape.reduce((a, b) => a * b, 1);
      for (const dtype of ["f32", "i32"] as const) {
        const values = Array.from(noise(size, 3), (v) => (dtype === "f32" ? v + 0.5 : Math.trunc(v * 1e6)));
        if (size > 30 && dtype === "f32") values[29] = Number.NaN;
        for (const [i, [name, x]] of layouts(backend, dtype, shape, values).entries()) {
          for (let axis = 0; axis < shape.length; axis++) {
            for (const op of ["sum", "prod", "max", "min"] as const) {
              const reverse = (i + axis) % 2 === 1;
              const out = tensor(backend, dtype, shape);
              backend.kernels.scan([x], [out], { op, axis, reverse });
              const want = new Array<number>(size);
              for (const line of lines(shape, axis)) {
                if (reverse) line.reverse();
                const step = dtype === "f32" ? steps[op] : wrapping[op];
                line.forEach((at, n) => {
                  want[at] = n === 0 ? values[at] : step(want[line[n - 1]], values[at]);
                });
              }
              const what = `${op} ${dtype} ${name} [${shape}] axis ${axis}`;
              expectClose(
                await readView(backend, out),
                want,
                dtype === "f32" ? { rtol: 1e-6, atol: 1e-6 } : {},
                what,
              );
              backend.free(out.buffer);
            }
          }
          backend.free(x.buffer);
        }
      }
    }
    await backend.dispose();
  }, 20_000);
});

test("scan: the same bits for any number of threads", async () => {
  const [first, ...others] = await forEachThreadCount(async (backend) => {
    const x = tensor(backend, "f32", [40, 100, 30], noise(120_000));
    const out = tensor(backend, "f32", [40, 100, 30]);
    backend.kernels.scan([x], [out], { op: "sum", axis: 1, reverse: true });
    return readView(backend, out);
  });
  for (const other of others) expect(other).toEqual(first);
});
