import type { Tensor } from "@saccade/core";
import type { Kind, Stored } from "./tensor-store.ts";

export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

/** What a comparison found: null if all is well, else where it is worst. */
export interface Mismatch {
  readonly name: string;
  readonly problem: string;
}

const dtypeKinds: Readonly<Record<string, Kind>> = { f32: "float", f64: "float", i32: "integer", u8: "mask" };

/** The coordinates of a row-major position. */
function coordinates(at: number, shape: readonly number[]): string {
  const list: number[] = [];
  let rest = at;
  for (let d = shape.length - 1; d >= 0; d--) {
    list.unshift(rest % shape[d]);
    rest = Math.floor(rest / shape[d]);
  }
  return `[${list.join(",")}]`;
}

/** How far a number is beyond what is allowed: at most 1 is well. */
function excess(got: number, want: number, { atol, rtol }: Tolerance, exact: boolean): number {
  if (Object.is(got, want) || got === want) return 0;
  // References are rounded to f32: there, what is too large for it is infinite.
  if (!Number.isFinite(want) && Math.fround(got) === want) return 0;
  if (exact || !Number.isFinite(got) || !Number.isFinite(want)) return Number.POSITIVE_INFINITY;
  return Math.abs(got - want) / (atol + rtol * Math.abs(want));
}

/** Compares numbers: `|got - want| <= atol + rtol |want|`; NaN matches NaN, infinities match by sign. */
export function compareValues(
  name: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  shape: readonly number[],
  tolerance: Tolerance,
  exact = false,
): Mismatch | null {
  let worst = 0;
  let at = -1;
  let wrong = 0;
  for (let i = 0; i < want.length; i++) {
    const over = excess(got[i], want[i], tolerance, exact);
    if (over > 1) wrong++;
    if (over > 1 && over > worst) [worst, at] = [over, i];
  }
  if (at === -1) return null;
  const error = Math.abs(got[at] - want[at]);
  const size = Number.isNaN(error) ? "" : `, max error ${error.toExponential(2)}`;
  const where = `${got[at]} instead of ${want[at]} at ${coordinates(at, shape)}`;
  return { name, problem: `${wrong} of ${want.length} differ${size}: ${where}` };
}

/** Compares a tensor with a stored one, shape and kind of dtype first. */
export async function compareTensor(
  name: string,
  got: Tensor,
  want: Stored,
  tolerance: Tolerance,
): Promise<Mismatch | null> {
  if (got.shape.join() !== want.shape.join()) {
    return { name, problem: `shape [${got.shape.join(",")}] instead of [${want.shape.join(",")}]` };
  }
  if (dtypeKinds[got.dtype] !== want.kind) return { name, problem: `${got.dtype} instead of ${want.kind}` };
  return compareValues(name, await got.data(), want.values, want.shape, tolerance, want.kind !== "float");
}
