import { requireFloat } from "../dtype.ts";
import { sizeOf } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { maxWithIndices } from "./arg-reduce.ts";
import { expand } from "./expand.ts";
import { gather } from "./gather.ts";
import { indexTensor } from "./index-tensor.ts";
import { pad } from "./pad.ts";
import { type PoolGeometry, type PoolOptions, poolGeometry } from "./pool-geometry.ts";
import { reshape } from "./reshape.ts";
import { batched, padPairs, type Spatial, spatialWindows } from "./spatial.ts";
import type { ValuesAndIndices } from "./top-k.ts";

export interface MaxPoolOptions extends PoolOptions {
  /** Elements between those of a window. Default 1. */
  readonly dilation?: Spatial;
}

/**
 * Row-major position in x's space of every element of every window: `[windows, kernel]`, flat. Padding stands for the
 * window's first element, which is what is taken where a window holds nothing above -Infinity.
 */
function positions(
  space: readonly number[],
  { kernel, stride, padding, dilation, out }: PoolGeometry,
): number[] {
  const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  const windows = space.reduce<number[][]>(
    (done, size, d) => {
      const along = count(out[d]).map((i) =>
        count(kernel[d]).map((j) => i * stride[d] - padding[d] + j * dilation[d]),
      );
      const place = (base: number, at: number): number =>
        base < 0 || at < 0 || at >= size ? -1 : base * size + at;
      return done.flatMap((window) =>
        along.map((places) => window.flatMap((base) => places.map((at) => place(base, at)))),
      );
    },
    [[0]],
  );
  return windows.flatMap((window) => {
    const first = window.find((at) => at >= 0) ?? 0;
    return window.map((at) => (at < 0 ? first : at));
  });
}

function maxPool(
  name: string,
  rank: number,
  x: Tensor,
  kernelSize: Spatial,
  options: MaxPoolOptions,
): ValuesAndIndices {
  return tidy(() => {
    requireFloat(name, x);
    batched(name, x, rank);
    const lead = x.shape.slice(0, x.rank - rank);
    const space = x.shape.slice(-rank);
    const geometry = poolGeometry(name, space, kernelSize, options);
    const { out, kernel } = geometry;
    const padded = pad(x, padPairs(geometry.padding, geometry.after), { value: Number.NEGATIVE_INFINITY });
    const windows = spatialWindows(padded, geometry);
    const rows = reshape(windows, [...lead, sizeOf(out), sizeOf(kernel)]);
    const best = maxWithIndices(rows, -1, { keepDims: true });
    const table = indexTensor(positions(space, geometry), x.backend, [
      ...lead.map(() => 1),
      sizeOf(out),
      sizeOf(kernel),
    ]);
    const indices = gather(expand(table, rows.shape), best.indices, -1);
    return { values: reshape(best.values, [...lead, ...out]), indices: reshape(indices, [...lead, ...out]) };
  });
}

/**
 * The largest element of windows along one dimension.
 *
 * @param x  `[N, C, L]` or `[C, L]`, float
 * @throws ShapeError if no window fits; ArgumentError for padding beyond half a window
 * @example maxPool1d(tensor([[1, 3, 2, 0]]), 2); // => [[3, 2]]
 */
export function maxPool1d(x: Tensor, kernelSize: Spatial, options: MaxPoolOptions = {}): Tensor {
  return tidy(() => maxPool("maxPool1d", 1, x, kernelSize, options).values);
}

/**
 * The largest element of windows of images.
 *
 * @param x  `[N, C, H, W]` or `[C, H, W]`, float
 * @throws ShapeError if no window fits; ArgumentError for padding beyond half a window
 * @example maxPool2d(ones([2, 3, 6, 7]), 2).shape; // => [2, 3, 3, 3]
 */
export function maxPool2d(x: Tensor, kernelSize: Spatial, options: MaxPoolOptions = {}): Tensor {
  return tidy(() => maxPool("maxPool2d", 2, x, kernelSize, options).values);
}

/**
 * `maxPool1d`, and where in L each element was (i32; the first of equals).
 *
 * @example maxPool1dWithIndices(tensor([[1, 3, 2, 0]]), 2).indices; // => [[1, 2]]
 */
export function maxPool1dWithIndices(
  x: Tensor,
  kernelSize: Spatial,
  options: MaxPoolOptions = {},
): ValuesAndIndices {
  return maxPool("maxPool1d", 1, x, kernelSize, options);
}

/** `maxPool2d`, and where in `H W`, row-major, each element was (i32; the first of equals). */
export function maxPool2dWithIndices(
  x: Tensor,
  kernelSize: Spatial,
  options: MaxPoolOptions = {},
): ValuesAndIndices {
  return maxPool("maxPool2d", 2, x, kernelSize, options);
}
