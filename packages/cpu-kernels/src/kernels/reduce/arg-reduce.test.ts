import { expect, test } from "vitest";
import { forEachConfiguration, forEachThreadCount, noise, readView, tensor } from "../../testing/harness.ts";
import { layouts } from "../../testing/layouts.ts";
import { lines } from "../../testing/lines.ts";

function argOf(values: readonly number[], op: "max" | "min"): number {
  const nan = values.findIndex(Number.isNaN);
  if (nan >= 0) return nan;
  return values.indexOf(op === "max" ? Math.max(...values) : Math.min(...values));
}

forEachConfiguration((create) => {
  test("argReduce: ties, NaN, dtypes, axes, layouts", async () => {
    const backend = await create();
    for (const shape of [[1], [7], [5, 7], [3, 4, 50], [2, 1030, 3], [3, 5000], [0, 3], [4, 0, 2]]) {
      const size = shape.reduce((a, b) => a * b, 1);
      for (const dtype of ["f32", "i32", "u8"] as const) {
        const values = Array.from(noise(size, 3), (v) =>
          dtype === "u8" ? Math.trunc(v * 4 + 4) : Math.trunc(v * 50),
        );
        if (dtype === "f32") for (let i = 40; i < size; i += 97) values[i] = Number.NaN;
        for (const [name, x] of layouts(backend, dtype, shape, values)) {
          for (let axis = 0; axis < shape.length; axis++) {
            if (shape[axis] === 0) continue;
            for (const op of ["max", "min"] as const) {
              const out = tensor(
                backend,
                "i32",
                shape.map((n, d) => (d === axis ? 1 : n)),
              );
              backend.kernels.argReduce([x], [out], { op, axis });
              const want = lines(shape, axis).map((line) =>
                argOf(
                  line.map((at) => values[at]),
                  op,
                ),
              );
              expect(await readView(backend, out), `${op} ${dtype} ${name} [${shape}] axis ${axis}`).toEqual(
                want,
              );
              backend.free(out.buffer);
            }
          }
          backend.free(x.buffer);
        }
      }
    }
    const low = tensor(backend, "f32", [2, 3], [-Infinity, -Infinity, -Infinity, Infinity, NaN, NaN]);
    const out = tensor(backend, "i32", [2, 1]);
    backend.kernels.argReduce([low], [out], { op: "max", axis: 1 });
    expect(await readView(backend, out)).toEqual([0, 1]);
    await backend.dispose();
  }, 20_000);
});

test("argReduce: the same for any number of threads", async () => {
  const [first, ...others] = await forEachThreadCount(async (backend) => {
    const x = tensor(backend, "f32", [500, 300], noise(150_000));
    const out = tensor(backend, "i32", [500, 1]);
    backend.kernels.argReduce([x], [out], { op: "min", axis: 1 });
    return readView(backend, out);
  });
  for (const other of others) expect(other).toEqual(first);
});
