import { requireFloat } from "../dtype.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { div } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { eq } from "./compare.ts";
import { full } from "./fill.ts";
import { type Axes, type ReduceOptions, sum } from "./reduce.ts";
import { isNan, logicalNot } from "./unary.ts";
import { where } from "./where.ts";

/** The largest finite number of each float dtype. */
const LARGEST: Readonly<Record<string, number>> = { f32: 3.4028234663852886e38, f64: Number.MAX_VALUE };

/**
 * NaN and infinities replaced by numbers: 0 and the largest finite ones unless told otherwise. Gradient 0 there.
 *
 * @example nanToNum(tensor([NaN, 1, Infinity]), { posInf: 9 }); // => [0, 1, 9]
 */
export function nanToNum(
  x: Tensor,
  options: { readonly nan?: number; readonly posInf?: number; readonly negInf?: number } = {},
): Tensor {
  return tidy(() => {
    requireFloat("nanToNum", x);
    const { nan = 0, posInf = LARGEST[x.dtype], negInf = -LARGEST[x.dtype] } = options;
    const put = (mask: Tensor, value: number, other: Tensor): Tensor =>
      where(mask, full([], value, { dtype: x.dtype, backend: x.backend }), other);
    const withoutNan = put(isNan(x), nan, x);
    const bounded = put(eq(x, Number.POSITIVE_INFINITY), posInf, withoutNan);
    return put(eq(x, Number.NEGATIVE_INFINITY), negInf, bounded);
  });
}

/** `x`, with 0 for NaN. */
function withoutNan(x: Tensor): Tensor {
  return where(isNan(x), full([], 0, { dtype: x.dtype, backend: x.backend }), x);
}

/**
 * Sum over axes (all unless told otherwise), NaN left out.
 *
 * @example nansum(tensor([1, NaN, 2])); // => 3
 */
export function nansum(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return tidy(() => {
    requireFloat("nansum", x);
    return sum(withoutNan(x), axes, options);
  });
}

/**
 * Arithmetic mean over axes (all unless told otherwise), NaN left out; NaN where nothing else is.
 *
 * @example nanmean(tensor([1, NaN, 2])); // => 1.5
 */
export function nanmean(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return tidy(() => {
    const count = sum(logicalNot(isNan(x)), axes, options);
    return div(nansum(x, axes, options), cast(count, x.dtype));
  });
}
