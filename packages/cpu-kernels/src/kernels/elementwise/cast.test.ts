import type { DType } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { forEachConfiguration, readView } from "../../testing/harness.ts";
import { layouts } from "../../testing/layouts.ts";

const dtypes = ["f32", "i32", "u8"] as const;

function converted(value: number, to: DType): number {
  if (to === "u8") return value === 0 ? 0 : 1;
  if (to === "f32") return Math.fround(value);
  if (Number.isNaN(value)) return 0;
  return Math.max(-2147483648, Math.min(2147483647, Math.trunc(value))) + 0;
}

forEachConfiguration((create) => {
  test("cast between all dtypes, layouts on both sides", async () => {
    const backend = await create();
    const special = {
      f32: [0, -0, 0.5, -0.5, 1.9, -1.9, 3e9, -3e9, NaN, Infinity, -Infinity, 1e-40],
      i32: [0, 1, -1, 2147483647, -2147483648, 16777217, 100],
      u8: [0, 1, 2, 255],
    };
    for (const from of dtypes) {
      for (const to of dtypes) {
        for (const shape of [[], [0], [1], [29], [5, 7], [3, 5, 67], [9, 2000]]) {
          const size = shape.reduce((m, n) => m * n, 1);
          const values = Array.from(
            { length: size },
            (_, i) => special[from][(i * 5) % special[from].length],
          );
          const sources = layouts(backend, from, shape, values);
          const targets = layouts(backend, to, shape, new Array(size).fill(3));
          for (const [i, [name, x]] of sources.entries()) {
            const [other, out] = targets[(i * 3) % 5];
            backend.kernels.cast([x], [out], {});
            const got = (await readView(backend, out)).map((v) => v + 0);
            const want = values.map((v) => converted(v, to) + 0);
            expect(got, `${from} to ${to}, ${name} to ${other} [${shape}]`).toEqual(want);
          }
          for (const [, view] of [...sources, ...targets]) backend.free(view.buffer);
        }
      }
    }
    await backend.dispose();
  }, 60_000);
});
