import type { DType, View } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { forEachConfiguration, forEachThreadCount, noise, readView, tensor } from "../../testing/harness.ts";
import { broadcast, layouts } from "../../testing/layouts.ts";

forEachConfiguration((create) => {
  test("copy between every pair of layouts", async () => {
    const backend = await create();
    for (const dtype of ["f32", "u8"] satisfies DType[]) {
      for (const shape of [
        [],
        [0],
        [1],
        [3],
        [2, 0, 3],
        [5, 7],
        [64, 37],
        [3, 4, 5],
        [2, 3, 33, 9],
        [2, 1, 130, 140],
      ]) {
        const size = shape.reduce((m, n) => m * n, 1);
        const values = Array.from({ length: size }, (_, i) => (i * 7 + 3) % 251);
        const from = layouts(backend, dtype, shape, values);
        const to = layouts(backend, dtype, shape, new Array(size).fill(9));
        for (const [i, [name, x]] of from.entries()) {
          for (const shift of [0, 1, 2, 3, 4]) {
            const [other, out] = to[(i + shift) % to.length];
            backend.kernels.copy([x], [out], {});
            expect(await readView(backend, out), `${dtype} ${name} to ${other} [${shape}]`).toEqual(values);
          }
        }
        for (const [, view] of [...from, ...to]) backend.free(view.buffer);
      }
    }
    await backend.dispose();
  }, 60_000);

  test("copy writes nothing but its elements; broadcasts; permutes", async () => {
    const backend = await create();
    const x = tensor(backend, "f32", [3, 4], noise(12));
    const out = tensor(backend, "f32", [6, 10], new Array(60).fill(5));
    const window: View = { ...out, shape: [3, 4], strides: [10, 1], offset: 12 };
    backend.kernels.copy([x], [window], {});
    const got = await readView(backend, out);
    for (let i = 0; i < 60; i++) {
      const [r, c] = [Math.floor(i / 10) - 1, (i % 10) - 2];
      const inside = r >= 0 && r < 3 && c >= 0 && c < 4;
      expect(got[i]).toBe(inside ? noise(12)[r * 4 + c] : 5);
    }
    const row = tensor(backend, "f32", [4], [1, 2, 3, 4]);
    for (const view of [broadcast(row, 0, 5), broadcast(row, 1, 5)]) {
      const wide = tensor(backend, "f32", [...view.shape]);
      backend.kernels.copy([view], [wide], {});
      expect(await readView(backend, wide)).toEqual(await readView(backend, view));
    }
    // [B, T, H, E] seen as [B, H, E, T]
    const heads = tensor(backend, "f32", [2, 33, 3, 20], noise(3960, 4));
    const permuted = { ...heads, shape: [2, 3, 20, 33], strides: [1980, 20, 1, 60] };
    const dense = tensor(backend, "f32", [2, 3, 20, 33]);
    backend.kernels.copy([permuted], [dense], {});
    expect(await readView(backend, dense)).toEqual(await readView(backend, permuted));
    await backend.dispose();
  });
});

test("copy: large transposes and moves are the same for any number of threads", async () => {
  const [first, ...others] = await forEachThreadCount(async (backend) => {
    const x = tensor(backend, "f32", [301, 500], noise(150_500));
    const out = tensor(backend, "f32", [500, 301]);
    backend.kernels.copy([{ ...x, shape: [500, 301], strides: [1, 500] }], [out], {});
    const again = tensor(backend, "f32", [500, 301]);
    backend.kernels.copy([out], [again], {});
    return readView(backend, again);
  });
  const values = noise(150_500);
  expect(first).toEqual(
    Array.from({ length: 150_500 }, (_, i) => values[(i % 301) * 500 + Math.floor(i / 301)]),
  );
  for (const other of others) expect(other).toEqual(first);
});
