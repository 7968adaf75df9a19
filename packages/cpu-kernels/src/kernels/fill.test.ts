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
});
