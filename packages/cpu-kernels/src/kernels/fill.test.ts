import type { DType } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { forEachConfiguration, readView, tensor } from "../testing/harness.ts";

forEachConfiguration((create, name) => {
  test(`fill (${name})`, async () => {
    const backend = await create();
    for (const dtype of ["f32", "f64", "i32", "u8"] satisfies DType[]) {
      for (const size of [0, 1, 3, 7, 17, 1000, 70_001]) {
        const out = tensor(backend, dtype, [size + 4], new Array(size + 4).fill(5));
        const inner = { ...out, shape: [size], offset: 2 };
        backend.kernels.fill([], [inner], { value: 3 });
        expect(await readView(backend, out)).toEqual([5, 5, ...new Array(size).fill(3), 5, 5]);
      }
    }
    await backend.dispose();
  });

  test(`fill of a window (${name})`, async () => {
    const backend = await create();
    for (const dtype of ["f32", "i32", "u8"] satisfies DType[]) {
      const out = tensor(backend, dtype, [6, 10], new Array(60).fill(5));
      backend.kernels.fill([], [{ ...out, shape: [3, 4], strides: [10, 2], offset: 11 }], { value: 3 });
      const inside = (i: number) => i > 9 && i < 40 && [1, 3, 5, 7].includes(i % 10);
      expect(await readView(backend, out)).toEqual(Array.from({ length: 60 }, (_, i) => (inside(i) ? 3 : 5)));
    }
    await backend.dispose();
  });
});
