import { tensor } from "../create.ts";
import { requireFloat } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul } from "./arithmetic.ts";
import { adaptiveAvgPool1d, adaptiveAvgPool2d } from "./avg-pool.ts";
import { indexSelect } from "./gather.ts";
import { indexTensor } from "./index-tensor.ts";
import { type Spatial, spatial } from "./spatial.ts";

/** Which elements give an output; "area" is the mean of pieces (`adaptiveAvgPool`), "linear" is for one spatial dimension, "bilinear" and "bicubic" for two, "trilinear" for three. */
export type InterpolateMode =
  | "nearest"
  | "nearest-exact"
  | "area"
  | "linear"
  | "bilinear"
  | "bicubic"
  | "trilinear";

export interface InterpolateOptions {
  /** Sizes of the result; this or `scaleFactor`. */
  readonly size?: Spatial;
  /** How many times larger; sizes are rounded down. */
  readonly scaleFactor?: Spatial;
  /** Default "nearest". */
  readonly mode?: InterpolateMode;
  /** Whether the centres of corner elements stay where they are; for the linear and cubic modes. Default false. */
  readonly alignCorners?: boolean;
}

/** How many spatial dimensions each mode is for. */
const DIMENSIONS: Readonly<Record<InterpolateMode, readonly number[]>> = {
  nearest: [1, 2, 3],
  "nearest-exact": [1, 2, 3],
  area: [1, 2],
  linear: [1],
  bilinear: [2],
  bicubic: [2],
  trilinear: [3],
};

/** One of the elements that an output is a sum of: for each output along an axis, which one and how much of it. */
interface Tap {
  readonly index: readonly number[];
  readonly weight: readonly number[];
}

/** Weights of the elements at -1, 0, 1, 2 for a point at t in [0, 1). @see Keys 1981, with a = -0.75 */
function cubicWeights(t: number): number[] {
  const a = -0.75;
  const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

/** Which inputs make each of `to` outputs along a dimension of `from` elements. `scale` is inputs per output. */
function taps(from: number, to: number, scale: number, mode: InterpolateMode, alignCorners: boolean): Tap[] {
  const outputs = Array.from({ length: to }, (_, i) => i);
  const clip = (at: number): number => Math.max(0, Math.min(from - 1, at));
  if (mode === "nearest" || mode === "nearest-exact") {
    const shift = mode === "nearest" ? 0 : 0.5;
    return [
      { index: outputs.map((i) => clip(Math.floor((i + shift) * scale))), weight: outputs.map(() => 1) },
    ];
  }
  const step = alignCorners ? (to > 1 ? (from - 1) / (to - 1) : 0) : scale;
  const cubic = mode === "bicubic";
  const points = outputs.map((i) => {
    const at = alignCorners ? i * step : (i + 0.5) * step - 0.5;
    return cubic ? at : Math.max(0, at);
  });
  const around = (offset: number, weightAt: (t: number) => number): Tap => ({
    index: points.map((at) => clip(Math.floor(at) + offset)),
    weight: points.map((at) => weightAt(at - Math.floor(at))),
  });
  if (cubic) return [-1, 0, 1, 2].map((offset, n) => around(offset, (t) => cubicWeights(t)[n]));
  return [around(0, (t) => 1 - t), around(1, (t) => t)];
}

function resample(x: Tensor, axis: number, list: readonly Tap[]): Tensor {
  const terms = list.map(({ index, weight }) => {
    const picked = indexSelect(x, indexTensor(index, x.backend), axis);
    if (weight.every((w) => w === 1)) return picked;
    const shape = x.shape.map((_, d) => (d === axis ? weight.length : 1));
    return mul(picked, tensor([...weight], { dtype: x.dtype, backend: x.backend, shape }));
  });
  return terms.reduce(add);
}

/**
 * Signals and images in another size.
 *
 * @param x  `[N, C, *space]`, float
 * @returns `[N, C, *size]`
 * @throws ArgumentError unless one of `size` and `scaleFactor` is given, or if the mode does not fit the dimensions
 * @example interpolate(tensor([[[1, 3]]]), { size: 4, mode: "linear" }); // => [[[1, 1.5, 2.5, 3]]]
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  return tidy(() => {
    const { size, scaleFactor, mode = "nearest", alignCorners = false } = options;
    requireFloat("interpolate", x);
    const rank = x.rank - 2;
    if (rank < 1) throw new ShapeError(`interpolate: x must be [N, C, ...] (got ${x.describe()})`);
    if ((size === undefined) === (scaleFactor === undefined))
      throw new ArgumentError("interpolate: give size or scaleFactor");
    if (!Object.hasOwn(DIMENSIONS, mode)) throw new ArgumentError(`interpolate: there is no mode "${mode}"`);
    if (!DIMENSIONS[mode].includes(rank))
      throw new ArgumentError(`interpolate: "${mode}" is not for ${rank} spatial dimensions`);
    if (alignCorners && (mode.startsWith("nearest") || mode === "area"))
      throw new ArgumentError(`interpolate: alignCorners is not for "${mode}"`);
    const space = x.shape.slice(2);
    const factors = typeof scaleFactor === "number" ? space.map(() => scaleFactor) : scaleFactor;
    const sizes = factors
      ? space.map((n, i) => Math.floor(n * factors[i]))
      : spatial("interpolate", "size", size ?? 1, rank, 1);
    if (!sizes.every((n) => n >= 1))
      throw new ArgumentError(
        `interpolate: scaleFactor ${String(scaleFactor)} leaves nothing of ${x.describe()}`,
      );
    if (mode === "area") return (rank === 1 ? adaptiveAvgPool1d : adaptiveAvgPool2d)(x, sizes);
    return sizes.reduce((y, to, i) => {
      const scale = factors ? 1 / factors[i] : space[i] / to;
      return resample(y, 2 + i, taps(space[i], to, scale, mode, alignCorners));
    }, x);
  });
}
