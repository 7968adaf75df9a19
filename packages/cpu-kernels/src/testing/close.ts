/** Comparison of whole arrays: one assertion that names the worst element. */
import { expect } from "vitest";

export interface Tolerance {
  readonly atol?: number;
  readonly rtol?: number;
}

/** `|got - want| <= atol + rtol |want|`; NaN matches NaN, infinities and integers match exactly. */
export function expectClose(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  { atol = 0, rtol = 0 }: Tolerance = {},
  what = "",
): void {
  expect(got.length, `${what}: number of elements`).toBe(want.length);
  for (let i = 0; i < want.length; i++) {
    const g = got[i];
    const w = want[i];
    if (Object.is(g, w) || g === w) continue;
    if (!(Math.abs(g - w) <= atol + rtol * Math.abs(w))) {
      expect.fail(`${what}: element ${i} of ${want.length} is ${g}, should be ${w} (difference ${g - w})`);
    }
  }
}
