import type { DType, ReduceName, View } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { forEachConfiguration, forEachThreadCount, noise, readView, tensor } from "../../testing/harness.ts";
import { broadcast, indices, layouts } from "../../testing/layouts.ts";

const steps: Record<ReduceName, { start: number; step: (a: number, x: number) => number }> = {
  sum: { start: 0, step: (a, x) => a + x },
  prod: { start: 1, step: (a, x) => a * x },
  max: { start: -Infinity, step: (a, x) => Math.max(a, x) },
  min: { start: Infinity, step: (a, x) => Math.min(a, x) },
  any: { start: 0, step: (a, x) => +(a !== 0 || x !== 0) },
  all: { start: 1, step: (a, x) => +(a !== 0 && x !== 0) },
};

/** The shape and the values of the reduction. */
function reduced(
  op: ReduceName,
  dtype: DType,
  shape: readonly number[],
  values: ArrayLike<number>,
  axes: readonly number[],
) {
  const { start } = steps[op];
  const step = op === "prod" && dtype === "i32" ? Math.imul : steps[op].step;
  const outShape = shape.map((n, d) => (axes.includes(d) ? 1 : n));
  const out = new Array<number>(outShape.reduce((a, b) => a * b, 1)).fill(start);
  let flat = 0;
  for (const index of indices(shape)) {
    const at = index.reduce((sum, i, d) => sum * outShape[d] + (axes.includes(d) ? 0 : i), 0);
    out[at] = step(out[at], values[flat++]);
  }
  return { outShape, want: dtype === "i32" ? out.map((v) => v | 0) : out };
}

const shapes: [number[], number[][]][] = [
  [[], [[]]],
  [[1], [[0], []]],
  [[7], [[0], []]],
  [[0], [[0]]],
  [
    [3, 0],
    [[0], [1], [0, 1]],
  ],
  [
    [5, 7],
    [[0], [1], [0, 1], []],
  ],
  [
    [4, 3, 50],
    [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]],
  ],
  [
    [2, 3, 4, 5],
    [[1, 3], [0, 2], [3], [0, 3]],
  ],
  [
    [600, 33],
    [[0], [1]],
  ],
  [
    [3, 40_000],
    [[1], [0], [0, 1]],
  ],
];

forEachConfiguration((create) => {
  test("reduce: every op, dtype, layout and set of axes", async () => {
    const backend = await create();
    for (const [shape, sets] of shapes) {
      const size = shape.reduce((a, b) => a * b, 1);
      for (const dtype of ["f32", "i32", "u8"] as const) {
        const values =
          dtype === "f32"
            ? noise(size, 3)
            : Array.from({ length: size }, (_, i) =>
                dtype === "u8" ? +(i % 5 > 0) : ((i * 7919) % 2001) - 900,
              );
        const views =
          size > 20_000
            ? layouts(backend, dtype, shape, values).slice(0, 2)
            : layouts(backend, dtype, shape, values);
        for (const op of ["sum", "prod", "max", "min", "any", "all"] as const) {
          if (dtype === "u8" && (op === "sum" || op === "prod")) continue;
          if (dtype !== "f32" && (op === "max" || op === "min") && size === 0) continue;
          for (const axes of sets) {
            const { outShape, want } = reduced(op, dtype, shape, values, axes);
            for (const [name, x] of views) {
              const out = tensor(backend, op === "any" || op === "all" ? "u8" : dtype, outShape);
              backend.kernels.reduce([x], [out], { op, axes });
              const tolerance =
                op === "sum" ? { atol: 1e-5 + size * 4e-9, rtol: 2e-7 } : { rtol: 1e-6, atol: 1e-37 };
              const exact = dtype !== "f32" || op === "max" || op === "min";
              expectClose(
                await readView(backend, out),
                want,
                exact ? {} : tolerance,
                `${op} ${dtype} ${name} [${shape}] over [${axes}]`,
              );
              backend.free(out.buffer);
            }
          }
        }
        for (const [, view] of views) backend.free(view.buffer);
      }
    }
    await backend.dispose();
  }, 60_000);

  test("reduce: NaN wins, infinities, broadcast inputs", async () => {
    const backend = await create();
    for (const at of [0, 5, 31, 32, 66]) {
      const values = noise(67);
      values[at] = Number.NaN;
      const x = tensor(backend, "f32", [67], values);
      const out = tensor(backend, "f32", [1]);
      const columns = tensor(backend, "f32", [67]);
      for (const op of ["max", "min", "sum", "prod"] as const) {
        backend.kernels.reduce([x], [out], { op, axes: [0] });
        expect(await readView(backend, out)).toEqual([NaN]);
        backend.kernels.reduce([broadcast(x, 0, 20)], [columns], { op, axes: [0] });
        expect((await readView(backend, columns)).map(Number.isNaN)).toEqual(
          Array.from(values, Number.isNaN),
        );
      }
    }
    const low = tensor(backend, "f32", [70], new Array(70).fill(-Infinity));
    const out = tensor(backend, "f32", [1]);
    backend.kernels.reduce([low], [out], { op: "max", axes: [0] });
    expect(await readView(backend, out)).toEqual([-Infinity]);
    const ones = { ...tensor(backend, "f32", [1], [1]), shape: [300, 200], strides: [0, 0] };
    backend.kernels.reduce([ones], [{ ...out, shape: [1, 1], strides: [1, 1] }], { op: "sum", axes: [0, 1] });
    expect(await readView(backend, out)).toEqual([60_000]);
    await backend.dispose();
  });
});

test("reduce: sums of a million are right to a few units in the last place", async () => {
  const [first, ...others] = await forEachThreadCount(async (backend) => {
    const size = 1_000_003;
    const values = noise(size, 9).map((v) => v + 1);
    const x: View = tensor(backend, "f32", [size], values);
    const out = tensor(backend, "f32", [1]);
    backend.kernels.reduce([x], [out], { op: "sum", axes: [0] });
    const tall: View = { ...x, shape: [100_000, 10], strides: [10, 1] };
    const column = tensor(backend, "f32", [1, 10]);
    backend.kernels.reduce([tall], [column], { op: "sum", axes: [0] });
    return [...(await readView(backend, out)), ...(await readView(backend, column))];
  });
  const values = noise(1_000_003, 9).map((v) => v + 1);
  const columns = new Float64Array(10);
  values.subarray(0, 1_000_000).forEach((v, i) => {
    columns[i % 10] += v;
  });
  expectClose(first, [Array.from(values).reduce((a, v) => a + v, 0), ...columns], { rtol: 1.2e-7 });
  for (const other of others) expect(other).toEqual(first);
});
