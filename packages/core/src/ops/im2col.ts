import { ShapeError } from "../errors.ts";
import { formatShape, sizeOf } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { pad } from "./pad.ts";
import { permute } from "./permute.ts";
import { reshape } from "./reshape.ts";
import { narrow } from "./slice.ts";
import { padPairs, type Spatial, spatial, spatialWindows, type WindowGeometry } from "./spatial.ts";
import { foldWindows, windowCount } from "./unfold.ts";

export interface WindowOptions {
  /** Default 1. */
  readonly stride?: Spatial;
  /** Zeros on both sides of each dimension. Default 0. */
  readonly padding?: Spatial;
  /** Elements between those of a window. Default 1. */
  readonly dilation?: Spatial;
}

function geometry(
  name: string,
  kernel: Spatial,
  options: WindowOptions,
  rank: number,
): WindowGeometry & { readonly padding: readonly number[] } {
  const of = (what: string, value: Spatial, least: number) => spatial(name, what, value, rank, least);
  return {
    kernel: of("kernelSize", kernel, 1),
    stride: of("stride", options.stride ?? 1, 1),
    dilation: of("dilation", options.dilation ?? 1, 1),
    padding: of("padding", options.padding ?? 0, 0),
  };
}

/** `[N, C, *out, *kernel] -> [N, C * kernel, out]`. @internal */
export function windowsAsColumns(windows: Tensor, rank: number): Tensor {
  const order = [0, 1, ...windows.shape.slice(2).map((_, d) => 2 + ((d + rank) % (2 * rank)))];
  const [batch, channels] = windows.shape;
  const [out, kernel] = [windows.shape.slice(2, 2 + rank), windows.shape.slice(2 + rank)];
  return reshape(permute(windows, order), [batch, channels * sizeOf(kernel), sizeOf(out)]);
}

/** Adds windows up: `[lead, *out, *kernel] -> [lead, *space]`, the adjoint of `spatialWindows`. @internal */
export function foldSpatial(windows: Tensor, geometry: WindowGeometry, space: readonly number[]): Tensor {
  const rank = space.length;
  const lead = windows.rank - 2 * rank;
  let folded = windows;
  for (let i = rank - 1; i >= 0; i--) {
    folded = foldWindows(folded, {
      axis: lead + i,
      step: geometry.stride[i],
      dilation: geometry.dilation[i],
      length: space[i],
    });
  }
  return folded;
}

/**
 * Windows of images as columns (PyTorch's `F.unfold`): `[N, C, H, W] -> [N, C kh kw, windows]`.
 *
 * @param kernel  size of a window
 * @throws ShapeError if no window fits
 * @example im2col(ones([1, 2, 4, 6]), 2, { stride: 2, padding: 1 }).shape; // => [1, 8, 12]
 */
export function im2col(x: Tensor, kernel: Spatial, options: WindowOptions = {}): Tensor {
  return tidy(() => {
    const rank = x.rank - 2;
    if (rank < 1) throw new ShapeError(`im2col: x must be [N, C, ...] (got ${x.describe()})`);
    const { padding, ...windows } = geometry("im2col", kernel, options, rank);
    return windowsAsColumns(spatialWindows(pad(x, padPairs(padding)), windows), rank);
  });
}

/**
 * Columns of windows added up into images (PyTorch's `F.fold`), the adjoint of `im2col`: `[N, C kh kw, windows] ->
 * [N, C, *space]`.
 *
 * @param space  size of the images
 * @throws ShapeError if the columns do not fit
 * @example col2im(ones([1, 4, 4]), [3, 3], 2).shape; // => [1, 1, 3, 3]
 */
export function col2im(
  columns: Tensor,
  space: readonly number[],
  kernel: Spatial,
  options: WindowOptions = {},
): Tensor {
  return tidy(() => {
    const { padding, ...windows } = geometry("col2im", kernel, options, space.length);
    const padded = space.map((size, i) => size + 2 * padding[i]);
    const out = padded.map((size, i) =>
      windowCount(size, windows.kernel[i], windows.stride[i], windows.dilation[i]),
    );
    const inKernel = sizeOf(windows.kernel);
    if (columns.rank !== 3 || columns.shape[1] % inKernel !== 0 || columns.shape[2] !== sizeOf(out)) {
      throw new ShapeError(
        `col2im: ${columns.describe()} is not [N, C * ${inKernel}, ${sizeOf(out)}] (images ${formatShape(space)})`,
      );
    }
    const [batch] = columns.shape;
    const rank = space.length;
    const spread = reshape(columns, [batch, columns.shape[1] / inKernel, ...windows.kernel, ...out]);
    const order = [0, 1, ...spread.shape.slice(2).map((_, d) => 2 + ((d + rank) % (2 * rank)))];
    const image = foldSpatial(permute(spread, order), windows, padded);
    return space.reduce((cropped, size, i) => narrow(cropped, 2 + i, padding[i], size), image);
  });
}
