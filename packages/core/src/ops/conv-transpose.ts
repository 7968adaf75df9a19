import { lowered } from "../autocast.ts";
import { requireFloat } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape, sizeOf } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add } from "./arithmetic.ts";
import { foldSpatial } from "./im2col.ts";
import { matmul } from "./matmul.ts";
import { permute, transpose } from "./permute.ts";
import { reshape, squeeze, unsqueeze } from "./reshape.ts";
import { narrow } from "./slice.ts";
import { batched, type Spatial, spatial } from "./spatial.ts";

export interface ConvTransposeOptions {
  /** Default 1. */
  readonly stride?: Spatial;
  /** Elements taken away on both sides of the result. Default 0. */
  readonly padding?: Spatial;
  /** Elements added at the end of each dimension of the result; less than the stride or the dilation. Default 0. */
  readonly outputPadding?: Spatial;
  /** Default 1. */
  readonly dilation?: Spatial;
  /** Default 1. */
  readonly groups?: number;
}

/** x [N, C, *space] and weight [C, O / groups, *kernel]: every element of x writes a kernel; they add up. */
function spread(
  name: string,
  rank: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: ConvTransposeOptions,
): Tensor {
  return tidy(() => {
    requireFloat(name, x);
    if (!batched(name, x, rank))
      return squeeze(spread(name, rank, unsqueeze(x, 0), weight, bias, options), 0);
    const { groups = 1 } = options;
    const [batch, channels, ...space] = x.shape;
    const [inChannels, depth, ...kernel] = weight.shape;
    const outChannels = depth * groups;
    const fits = weight.rank === rank + 2 && inChannels === channels && channels % groups === 0;
    if (!fits || (bias && (bias.rank !== 1 || bias.size !== outChannels))) {
      const rest = bias ? `, bias ${formatShape(bias.shape)}` : "";
      throw new ShapeError(
        `${name}: sizes do not fit (x ${formatShape(x.shape)}, weight ${formatShape(weight.shape)}${rest}, ${groups} groups)`,
      );
    }
    const of = (what: string, value: Spatial, least: number) => spatial(name, what, value, rank, least);
    const stride = of("stride", options.stride ?? 1, 1);
    const dilation = of("dilation", options.dilation ?? 1, 1);
    const padding = of("padding", options.padding ?? 0, 0);
    const extra = of("outputPadding", options.outputPadding ?? 0, 0);
    extra.forEach((n, i) => {
      if (n >= Math.max(stride[i], dilation[i])) {
        throw new ArgumentError(
          `${name}: outputPadding must be less than stride or dilation (got ${formatShape(extra)})`,
        );
      }
    });
    const full = space.map(
      (size, i) => (size - 1) * stride[i] + dilation[i] * (kernel[i] - 1) + 1 + extra[i],
    );
    const filters = transpose(reshape(weight, [groups, channels / groups, depth * sizeOf(kernel)]));
    const columns = matmul(filters, reshape(x, [batch, groups, channels / groups, sizeOf(space)])); // [N, G, depth * kernel, space]
    const windows = reshape(columns, [batch, outChannels, ...kernel, ...space]);
    const order = [0, 1, ...kernel.map((_, i) => 2 + rank + i), ...kernel.map((_, i) => 2 + i)];
    const image = foldSpatial(permute(windows, order), { kernel, stride, dilation }, full);
    const y = full.reduce((cropped, size, i) => {
      const length = size - 2 * padding[i];
      if (length <= 0)
        throw new ShapeError(
          `${name}: padding ${formatShape(padding)} leaves nothing of ${formatShape(full)}`,
        );
      return padding[i] === 0 ? cropped : narrow(cropped, 2 + i, padding[i], length);
    }, image);
    return bias ? add(y, reshape(bias, [outChannels, ...space.map(() => 1)])) : y;
  });
}

/**
 * The adjoint of `conv1d` (a "deconvolution"): every element of x writes a kernel into the result, where they add up.
 *
 * @param x  `[N, C, L]` or `[C, L]`, float
 * @param weight  `[C, O / groups, K]`
 * @param bias  `[O]`, or null
 * @returns `[N, O, (L - 1) stride - 2 padding + dilation (K - 1) + outputPadding + 1]`
 * @throws ShapeError if sizes do not fit; ArgumentError if outputPadding is too large
 * @example convTranspose1d(tensor([[[1, 2]]]), tensor([[[1, 1]]])); // => [[[1, 3, 2]]]
 */
export function convTranspose1d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvTransposeOptions = {},
): Tensor {
  return tidy(() => spread("convTranspose1d", 1, ...lowered(x, weight, bias), options));
}

/**
 * The adjoint of `conv2d`, as `convTranspose1d`.
 *
 * @param x  `[N, C, H, W]` or `[C, H, W]`, float
 * @param weight  `[C, O / groups, kh, kw]`
 * @param bias  `[O]`, or null
 * @example convTranspose2d(ones([1, 2, 3, 4]), ones([2, 3, 2, 2]), null, { stride: 2 }).shape; // => [1, 3, 6, 8]
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvTransposeOptions = {},
): Tensor {
  return tidy(() => spread("convTranspose2d", 2, ...lowered(x, weight, bias), options));
}
