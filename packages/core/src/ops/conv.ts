import { lowered } from "../autocast.ts";
import { requireFloat } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape, sizeOf } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add } from "./arithmetic.ts";
import { windowsAsColumns } from "./im2col.ts";
import { matmul } from "./matmul.ts";
import { pad } from "./pad.ts";
import { reshape, squeeze, unsqueeze } from "./reshape.ts";
import { batched, padPairs, type Spatial, spatial, spatialWindows } from "./spatial.ts";

export interface ConvOptions {
  /** Default 1. */
  readonly stride?: Spatial;
  /** Zeros on both sides of each dimension, or "same" (as many outputs as inputs; stride 1) or "valid" (none). Default 0. */
  readonly padding?: Spatial | "same" | "valid";
  /** Default 1. */
  readonly dilation?: Spatial;
  /** Independent groups of channels. Default 1. */
  readonly groups?: number;
}

/** Zeros in front of and behind each spatial dimension. */
function paddingOf(
  name: string,
  options: ConvOptions,
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
) {
  const { padding = 0 } = options;
  if (padding === "valid") return { before: kernel.map(() => 0), after: kernel.map(() => 0) };
  if (padding !== "same") {
    const both = spatial(name, "padding", padding, kernel.length, 0);
    return { before: both, after: both };
  }
  if (stride.some((step) => step !== 1))
    throw new ArgumentError(`${name}: padding "same" needs stride 1 (got ${formatShape(stride)})`);
  const total = kernel.map((size, i) => dilation[i] * (size - 1));
  return { before: total.map((n) => Math.floor(n / 2)), after: total.map((n) => n - Math.floor(n / 2)) };
}

/** x [N, C, *space] and weight [O, C / groups, *kernel], as a matrix product with the columns of windows. */
function convolve(
  name: string,
  rank: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: ConvOptions,
): Tensor {
  return tidy(() => {
    requireFloat(name, x);
    if (!batched(name, x, rank))
      return squeeze(convolve(name, rank, unsqueeze(x, 0), weight, bias, options), 0);
    const { groups = 1 } = options;
    const [batch, channels] = x.shape;
    const [outChannels, depth, ...kernel] = weight.shape;
    const fits = weight.rank === rank + 2 && depth * groups === channels && outChannels % groups === 0;
    if (!fits || (bias && (bias.rank !== 1 || bias.size !== outChannels))) {
      const rest = bias ? `, bias ${formatShape(bias.shape)}` : "";
      throw new ShapeError(
        `${name}: sizes do not fit (x ${formatShape(x.shape)}, weight ${formatShape(weight.shape)}${rest}, ${groups} groups)`,
      );
    }
    const stride = spatial(name, "stride", options.stride ?? 1, rank, 1);
    const dilation = spatial(name, "dilation", options.dilation ?? 1, rank, 1);
    const { before, after } = paddingOf(name, options, kernel, stride, dilation);
    const windows = spatialWindows(pad(x, padPairs(before, after)), { kernel, stride, dilation });
    const out = windows.shape.slice(2, 2 + rank);
    const inKernel = depth * sizeOf(kernel);
    const columns = reshape(windowsAsColumns(windows, rank), [batch, groups, inKernel, sizeOf(out)]);
    const filters = reshape(weight, [groups, outChannels / groups, inKernel]);
    const y = reshape(matmul(filters, columns), [batch, outChannels, ...out]);
    return bias ? add(y, reshape(bias, [outChannels, ...out.map(() => 1)])) : y;
  });
}

/**
 * Convolution (cross-correlation) along one dimension.
 *
 * @param x  `[N, C, L]` or `[C, L]`, float
 * @param weight  `[O, C / groups, K]`
 * @param bias  `[O]`, or null
 * @returns `[N, O, (L + 2 padding - dilation (K - 1) - 1) / stride + 1]`
 * @throws ShapeError if sizes do not fit, or the kernel is longer than x
 * @example conv1d(tensor([[[1, 2, 3]]]), tensor([[[1, 1]]])); // => [[[3, 5]]]
 */
export function conv1d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvOptions = {},
): Tensor {
  return tidy(() => convolve("conv1d", 1, ...lowered(x, weight, bias), options));
}

/**
 * Convolution (cross-correlation) of images.
 *
 * @param x  `[N, C, H, W]` or `[C, H, W]`, float
 * @param weight  `[O, C / groups, kh, kw]`
 * @param bias  `[O]`, or null
 * @returns `[N, O, (H + 2 padding - dilation (kh - 1) - 1) / stride + 1, ...]`
 * @throws ShapeError if sizes do not fit, or the kernel is larger than x
 * @example conv2d(ones([1, 3, 8, 8]), ones([5, 3, 4, 4]), null, { stride: 4 }).shape; // => [1, 5, 2, 2]
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvOptions = {},
): Tensor {
  return tidy(() => convolve("conv2d", 2, ...lowered(x, weight, bias), options));
}
