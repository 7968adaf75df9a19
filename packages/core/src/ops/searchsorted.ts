import { promote } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../layout.ts";
import { tidy } from "../scope.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { add } from "./arithmetic.ts";
import { minimum } from "./binary-math.ts";
import { cast } from "./cast.ts";
import { ge, gt, logicalAnd, lt, shiftRight } from "./compare.ts";
import { full } from "./fill.ts";
import { gather } from "./gather.ts";
import { reshape } from "./reshape.ts";
import { logicalNot } from "./unary.ts";
import { where } from "./where.ts";

/** sorted [..., S], queries [..., N] -> i32 [..., N]. */
function bisect(sorted: Tensor, queries: Tensor, right: boolean): Tensor {
  const size = sorted.shape[sorted.rank - 1];
  const bound = (value: number): Tensor =>
    full(queries.shape, value, { dtype: "i32", backend: queries.backend });
  let low = bound(0);
  let high = bound(size);
  for (let left = size; left > 0; left >>= 1) {
    const middle = shiftRight(add(low, high), 1);
    const found = gather(sorted, minimum(middle, size - 1), -1);
    const open = lt(low, high);
    const reached = right ? gt(found, queries) : ge(found, queries); // false for NaN, which belongs last
    low = where(logicalAnd(open, logicalNot(reached)), add(middle, 1), low);
    high = where(logicalAnd(open, reached), middle, high);
  }
  return low;
}

/**
 * Where values belong in ascending sequences, by bisection: the first place (or, with `right`, the last) that keeps the
 * order. NaN belongs last.
 *
 * @param sorted  `[..., S]`, ascending along the last dimension
 * @param values  `[..., N]`, or any shape where `sorted` has one dimension
 * @returns i32, the shape of the values, in `[0, S]`
 * @throws ShapeError if leading dimensions differ
 * @example searchsorted(tensor([1, 3, 5]), tensor([3, 4])); // => [1, 2]
 */
export function searchsorted(
  sorted: Tensor,
  values: Tensor,
  options: { readonly right?: boolean } = {},
): Tensor {
  const { right = false } = options;
  const flat = sorted.rank === 1;
  if (
    !flat &&
    !(sorted.rank === values.rank && sameShape(sorted.shape.slice(0, -1), values.shape.slice(0, -1)))
  ) {
    throw new ShapeError(
      `searchsorted: ${formatShape(values.shape)} does not fit ${formatShape(sorted.shape)} beside the last dimension`,
    );
  }
  const dtype = promote(sorted.dtype, values.dtype);
  return noGrad(() =>
    tidy(() => {
      const queries = cast(flat ? reshape(values, [values.size]) : values, dtype);
      return reshape(bisect(cast(sorted, dtype), queries, right), values.shape);
    }),
  );
}
