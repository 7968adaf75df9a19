import { tensor } from "../create.ts";
import { requireFloat } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./arithmetic.ts";
import { concat } from "./concat.ts";
import { pad } from "./pad.ts";
import { type PoolGeometry, type PoolOptions, poolGeometry } from "./pool-geometry.ts";
import { mean, sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { narrow } from "./slice.ts";
import { batched, padPairs, type Spatial, spatial } from "./spatial.ts";
import { unfold } from "./unfold.ts";

export interface AvgPoolOptions extends PoolOptions {
  /** Whether zeros of the padding count as elements. Default true. */
  readonly countIncludePad?: boolean;
}

/** How many elements each window along a dimension has: those in x, and in its padding if that counts. */
function counts(
  size: number,
  i: number,
  { kernel, stride, padding, out }: PoolGeometry,
  withPadding: boolean,
): number[] {
  const [low, high] = withPadding ? [-padding[i], size + padding[i]] : [0, size];
  return Array.from({ length: out[i] }, (_, n) => {
    const start = n * stride[i] - padding[i];
    return Math.min(start + kernel[i], high) - Math.max(start, low);
  });
}

function avgPool(
  name: string,
  rank: number,
  x: Tensor,
  kernelSize: Spatial,
  options: AvgPoolOptions,
): Tensor {
  return tidy(() => {
    requireFloat(name, x);
    batched(name, x, rank);
    const lead = x.rank - rank;
    const space = x.shape.slice(-rank);
    const geometry = poolGeometry(name, space, kernelSize, options);
    const padded = pad(x, padPairs(geometry.padding, geometry.after));
    // The sum over a window is one sum per dimension.
    return space.reduce((y, size, i) => {
      const total = sum(unfold(y, lead + i, geometry.kernel[i], geometry.stride[i]), -1);
      const shares = counts(size, i, geometry, options.countIncludePad ?? true).map((n) => 1 / n);
      if (shares.every((share) => share === shares[0])) return mul(total, shares[0]);
      const column = x.shape.map((_, d) => (d === lead + i ? shares.length : 1));
      return mul(total, tensor(shares, { dtype: x.dtype, backend: x.backend, shape: column }));
    }, padded);
  });
}

/**
 * The mean of windows along one dimension.
 *
 * @param x  `[N, C, L]` or `[C, L]`, float
 * @throws ShapeError if no window fits; ArgumentError for padding beyond half a window
 * @example avgPool1d(tensor([[1, 3, 2, 0]]), 2); // => [[2, 1]]
 */
export function avgPool1d(x: Tensor, kernelSize: Spatial, options: AvgPoolOptions = {}): Tensor {
  return avgPool("avgPool1d", 1, x, kernelSize, options);
}

/**
 * The mean of windows of images.
 *
 * @param x  `[N, C, H, W]` or `[C, H, W]`, float
 * @throws ShapeError if no window fits; ArgumentError for padding beyond half a window
 * @example avgPool2d(ones([2, 3, 6, 7]), 2).shape; // => [2, 3, 3, 3]
 */
export function avgPool2d(x: Tensor, kernelSize: Spatial, options: AvgPoolOptions = {}): Tensor {
  return avgPool("avgPool2d", 2, x, kernelSize, options);
}

/** Piece i of a dimension is `[floor(i size / pieces), ceil((i + 1) size / pieces))`; its mean takes its place. */
function averagePieces(x: Tensor, axis: number, pieces: number): Tensor {
  const size = x.shape[axis];
  if (size % pieces === 0) {
    const split = x.shape.flatMap((n, d) => (d === axis ? [pieces, size / pieces] : [n]));
    return mean(reshape(x, split), axis + 1);
  }
  const means = Array.from({ length: pieces }, (_, i) => {
    const start = Math.floor((i * size) / pieces);
    return mean(narrow(x, axis, start, Math.ceil(((i + 1) * size) / pieces) - start), axis, {
      keepDims: true,
    });
  });
  return concat(means, axis);
}

function adaptiveAvgPool(name: string, rank: number, x: Tensor, outputSize: Spatial): Tensor {
  return tidy(() => {
    requireFloat(name, x);
    batched(name, x, rank);
    const lead = x.rank - rank;
    const sizes = spatial(name, "outputSize", outputSize, rank, 1);
    if (x.size === 0) throw new ArgumentError(`${name}: no elements to average (got ${x.describe()})`);
    return sizes.reduce((y, pieces, i) => averagePieces(y, lead + i, pieces), x);
  });
}

/**
 * The mean of as many pieces of one dimension as asked for, as equal as they can be.
 *
 * @param x  `[N, C, L]` or `[C, L]`, float
 * @example adaptiveAvgPool1d(tensor([[1, 3, 2, 0]]), 2); // => [[2, 1]]
 */
export function adaptiveAvgPool1d(x: Tensor, outputSize: Spatial): Tensor {
  return adaptiveAvgPool("adaptiveAvgPool1d", 1, x, outputSize);
}

/**
 * The mean of as many pieces of images as asked for, as equal as they can be.
 *
 * @param x  `[N, C, H, W]` or `[C, H, W]`, float
 * @example adaptiveAvgPool2d(ones([2, 3, 7, 5]), 1).shape; // => [2, 3, 1, 1]
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: Spatial): Tensor {
  return adaptiveAvgPool("adaptiveAvgPool2d", 2, x, outputSize);
}
