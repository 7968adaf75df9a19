import type { DType, View } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { expectClose } from "../../testing/close.ts";
import {
  contiguous,
  forEachConfiguration,
  forEachThreadCount,
  noise,
  readView,
  tensor,
} from "../../testing/harness.ts";
import { broadcast, indices, layouts } from "../../testing/layouts.ts";

const at = (index: readonly number[], strides: readonly number[]) =>
  index.reduce((sum, i, d) => sum + i * strides[d], 0);
const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const replaced = (index: readonly number[], axis: number, i: number) =>
  index.map((v, d) => (d === axis ? i : v));

function gathered(
  x: ArrayLike<number>,
  shape: number[],
  index: number[],
  outShape: number[],
  axis: number,
  absent: number,
) {
  const strides = contiguous(shape);
  return [...indices(outShape)].map((place, flat) => {
    const i = index[flat];
    return i >= 0 && i < shape[axis] ? x[at(replaced(place, axis, i), strides)] : absent;
  });
}

function scattered(
  out: ArrayLike<number>,
  shape: number[],
  index: number[],
  src: ArrayLike<number>,
  srcShape: number[],
  axis: number,
) {
  const strides = contiguous(shape);
  const result = Array.from(out);
  for (const [flat, place] of [...indices(srcShape)].entries()) {
    const i = index[flat];
    if (i >= 0 && i < shape[axis]) result[at(replaced(place, axis, i), strides)] += src[flat];
  }
  return result;
}

/** x shape, index shape, axis. */
const cases: [number[], number[], number][] = [
  [[1], [1], 0],
  [[9], [40], 0],
  [[9], [0], 0],
  [[0], [5], 0],
  [[5, 7], [5, 3], 1],
  [[5, 7], [11, 7], 0],
  [[5, 7], [4, 1], 1],
  [[4, 6, 70], [4, 9, 70], 1],
  [[4, 6, 130], [3, 5, 129], 1],
  [[3, 4, 5, 6], [3, 4, 8, 6], 2],
  [[200, 33], [900, 33], 0],
];
const dtypes = ["f32", "i32", "u8"] as const satisfies DType[];

forEachConfiguration((create) => {
  test("gather and scatterAdd: layouts, dtypes, indices out of range", async () => {
    const backend = await create();
    for (const [shape, indexShape, axis] of cases) {
      const size = product(shape);
      const bound = shape[axis];
      const index = Array.from({ length: product(indexShape) }, (_, i) => ((i * 31) % (bound + 3)) - 1);
      if (index.length > 4) index[3] = -2147483648;
      for (const dtype of dtypes) {
        const values = Array.from(noise(size, 3), (v) => (dtype === "f32" ? v : Math.trunc(v * 10) & 15));
        const src = Array.from(noise(index.length, 4), (v) => (dtype === "f32" ? v : Math.trunc(v * 10) & 7));
        const xs = layouts(backend, dtype, shape, values);
        const is = layouts(backend, "i32", indexShape, index);
        const ss = layouts(backend, dtype, indexShape, src);
        for (const [n, [name, x]] of xs.entries()) {
          const [other, i] = is[(n * 2) % 5];
          const what = `${dtype} ${name} by ${other} [${shape}] [${indexShape}] axis ${axis}`;
          const out = layouts(
            backend,
            dtype,
            indexShape,
            index.map(() => 9),
          )[(n * 3) % 5][1];
          backend.kernels.gather([x, i], [out], { axis });
          const absent = dtype === "f32" ? Number.NaN : 0;
          expectClose(
            await readView(backend, out),
            gathered(values, shape, index, indexShape, axis, absent),
            {},
            `gather ${what}`,
          );
          backend.kernels.scatterAdd([i, ss[(n * 3) % 5][1]], [x], { axis });
          const want = scattered(values, shape, index, src, indexShape, axis);
          const wrapped = dtype === "u8" ? want.map((v) => v & 255) : want;
          expectClose(await readView(backend, x), wrapped, { atol: 1e-5, rtol: 1e-6 }, `scatterAdd ${what}`);
        }
      }
    }
    await backend.dispose();
  }, 60_000);

  test("rows of an embedding, and their gradient", async () => {
    const backend = await create();
    for (const [vocabulary, tokens, width] of [
      [50, 33, 1],
      [50, 700, 65],
      [300, 129, 768],
    ]) {
      const table = tensor(backend, "f32", [vocabulary, width], noise(vocabulary * width));
      const ids = Array.from({ length: tokens }, (_, i) => (i * i) % (vocabulary + 1));
      const index: View = broadcast(tensor(backend, "i32", [tokens], ids), 1, width);
      const wide = ids.flatMap((id) => new Array<number>(width).fill(id));
      const out = tensor(backend, "f32", [tokens, width]);
      backend.kernels.gather([table, index], [out], { axis: 0 });
      const values = noise(vocabulary * width);
      expectClose(
        await readView(backend, out),
        gathered(values, [vocabulary, width], wide, [tokens, width], 0, NaN),
      );
      const gradient = noise(tokens * width, 8);
      const src = tensor(backend, "f32", [tokens, width], gradient);
      backend.kernels.scatterAdd([index, src], [table], { axis: 0 });
      const want = scattered(values, [vocabulary, width], wide, gradient, [tokens, width], 0);
      expectClose(await readView(backend, table), want, { atol: 1e-5 });
      backend.kernels.gather([table, { ...index, strides: [0, 0] }], [out], { axis: 0 });
      const first = (await readView(backend, table)).slice(0, width);
      expect((await readView(backend, out)).slice(-width)).toEqual(first);
    }
    await backend.dispose();
  });
});

test("scatterAdd: the same bits for any number of threads", async () => {
  const [first, ...others] = await forEachThreadCount(async (backend) => {
    const ids = Array.from({ length: 2000 }, (_, i) => (i * 7) % 13);
    const index = broadcast(tensor(backend, "i32", [2000], ids), 1, 200);
    const src = tensor(backend, "f32", [2000, 200], noise(400_000));
    const out = tensor(backend, "f32", [13, 200], new Array(2600).fill(0));
    backend.kernels.scatterAdd([index, src], [out], { axis: 0 });
    const picked = tensor(backend, "f32", [2000, 200]);
    backend.kernels.gather([out, index], [picked], { axis: 0 });
    return readView(backend, picked);
  });
  for (const other of others) expect(other).toEqual(first);
});
