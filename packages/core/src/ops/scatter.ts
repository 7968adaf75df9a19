import { isFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, normalizeAxis } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add, div, mul } from "./arithmetic.ts";
import { maximum, truncDiv } from "./binary-math.ts";
import { cast } from "./cast.ts";
import { gt } from "./compare.ts";
import { expand } from "./expand.ts";
import { full } from "./fill.ts";
import { scatterAddInto } from "./gather.ts";
import { reshape } from "./reshape.ts";
import { narrow } from "./slice.ts";
import { where } from "./where.ts";

/** The part of src that the index covers. */
function covered(src: Tensor, index: Tensor): Tensor {
  return index.shape.reduce(
    (part, size, d) => (size === src.shape[d] ? part : narrow(part, d, 0, size)),
    src,
  );
}

/**
 * `x` with `src` added at `out[.., index[.., i, ..], ..]` along an axis; repeated indices accumulate, in order; those out
 * of range are dropped.
 *
 * @param index  i32, the rank of x, within src in every dimension
 * @example scatterAdd(tensor([1, 1, 1]), tensor([2, 2], { dtype: "i32" }), tensor([3, 4]), 0); // => [1, 1, 8]
 */
export function scatterAdd(x: Tensor, index: Tensor, src: Tensor, axis: number): Tensor {
  return tidy(() => add(x, scatterAddInto(x.shape, index, covered(cast(src, x.dtype), index), axis)));
}

/**
 * `x` with `out[.., index[.., i, ..], ..] = src[.., i, ..]` along an axis, or a number in every place. Where an index
 * repeats, the mean of its sources is set (PyTorch sets any one of them).
 *
 * @param index  i32, the rank of x, within src in every dimension
 * @example scatter(tensor([1, 1, 1]), tensor([2, 0], { dtype: "i32" }), tensor([3, 4]), 0); // => [4, 1, 3]
 */
export function scatter(x: Tensor, index: Tensor, src: Tensor | number, axis: number): Tensor {
  return tidy(() => {
    const { dtype, backend } = x;
    const source =
      typeof src === "number"
        ? expand(full([], src, { dtype, backend }), index.shape)
        : covered(cast(src, dtype), index);
    const one = expand(full([], 1, { dtype: "i32", backend }), index.shape);
    const hits = scatterAddInto(x.shape, index, one, axis);
    const total = scatterAddInto(x.shape, index, source, axis);
    const share = maximum(hits, 1);
    const mean = isFloat(dtype) ? div(total, cast(share, dtype)) : cast(truncDiv(total, share), dtype);
    return where(gt(hits, 0), mean, x);
  });
}

/**
 * `x` with slices of `src` added along an axis, at a 1-D index: `out[.., index[i], ..] += alpha src[.., i, ..]`.
 *
 * @param index  i32 `[N]`
 * @throws ShapeError unless src has one slice per index
 * @example indexAdd(zeros([3]), tensor([2, 2], { dtype: "i32" }), tensor([3, 4]), 0, { alpha: 2 }); // => [0, 0, 14]
 */
export function indexAdd(
  x: Tensor,
  index: Tensor,
  src: Tensor,
  axis: number,
  options: { readonly alpha?: number } = {},
): Tensor {
  return tidy(() => {
    const at = normalizeAxis("indexAdd", axis, x.rank);
    if (index.rank !== 1 || src.rank !== x.rank || src.shape[at] !== index.size) {
      throw new ShapeError(
        `indexAdd: needs one slice of the source per index (got ${formatShape(index.shape)}, ${formatShape(src.shape)})`,
      );
    }
    const aligned = expand(
      reshape(
        index,
        src.shape.map((_, d) => (d === at ? index.size : 1)),
      ),
      src.shape,
    );
    const scaled = options.alpha === undefined ? src : mul(src, options.alpha);
    return scatterAdd(x, aligned, scaled, at);
  });
}
