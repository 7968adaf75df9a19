import { widened } from "../autocast.ts";
import { requireFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape } from "../layout.ts";
import { tidy } from "../scope.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { scalePerChannel } from "./group-norm.ts";
import { assign } from "./in-place.ts";
import { lerp } from "./pointwise.ts";
import { mean } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { rsqrt, square } from "./unary.ts";

export interface BatchNormOptions {
  /** `[C]`. Default: no scale. */
  readonly weight?: Tensor | null;
  /** `[C]`. Default: no shift. */
  readonly bias?: Tensor | null;
  /** `[C]`: used outside training; in training, moved in place towards the statistics of the batch. */
  readonly runningMean?: Tensor | null;
  readonly runningVar?: Tensor | null;
  /** Normalise by the batch's own statistics. Default: whether there are no running ones. */
  readonly training?: boolean;
  /** How far the running statistics move. Default 0.1. */
  readonly momentum?: number;
  /** Default 1e-5. */
  readonly eps?: number;
}

/** The running variance follows the unbiased one. */
function moveStatistics(options: BatchNormOptions, center: Tensor, spread: Tensor, count: number): void {
  const { runningMean, runningVar, momentum = 0.1 } = options;
  noGrad(() => {
    if (runningMean) assign(runningMean, lerp(runningMean, reshape(center, [-1]), momentum));
    if (runningVar)
      assign(runningVar, lerp(runningVar, mul(reshape(spread, [-1]), count / (count - 1)), momentum));
  });
}

/**
 * Normalises each channel over the batch (and space): `(x - mean) / sqrt(var + eps) weight + bias`.
 *
 * @param input  `[N, C, ...]`, float
 * @throws ShapeError if a parameter has not one number per channel, or there is one value per channel in training
 * @see Ioffe & Szegedy 2015, arXiv:1502.03167
 * @example batchNorm(tensor([[1, 5], [3, 5]])); // => [[-1, 0], [1, 0]]
 */
export function batchNorm(input: Tensor, options: BatchNormOptions = {}): Tensor {
  return tidy(() => {
    const [x] = widened(input);
    const { weight = null, bias = null, runningMean, runningVar, eps = 1e-5 } = options;
    requireFloat("batchNorm", x);
    if (x.rank < 2) throw new ShapeError(`batchNorm: x must be [N, C, ...] (got ${x.describe()})`);
    const channels = x.shape[1];
    for (const statistic of [runningMean, runningVar]) {
      if (statistic && (statistic.rank !== 1 || statistic.size !== channels)) {
        throw new ShapeError(
          `batchNorm: ${channels} channels but running statistics ${formatShape(statistic.shape)} (x ${formatShape(x.shape)})`,
        );
      }
    }
    const perChannel = [channels, ...x.shape.slice(2).map(() => 1)];
    if (!(options.training ?? !(runningMean && runningVar))) {
      if (!runningMean || !runningVar)
        throw new ShapeError("batchNorm: outside training it needs runningMean and runningVar");
      const normal = mul(
        sub(x, reshape(runningMean, perChannel)),
        reshape(rsqrt(add(runningVar, eps)), perChannel),
      );
      return scalePerChannel("batchNorm", normal, weight, bias);
    }
    const count = x.size / channels;
    if (count <= 1)
      throw new ShapeError(`batchNorm: training needs more than one value per channel (got ${x.describe()})`);
    const axes = x.shape.map((_, d) => d).filter((d) => d !== 1);
    const center = mean(x, axes, { keepDims: true });
    const centered = sub(x, center);
    const spread = mean(square(centered), axes, { keepDims: true });
    moveStatistics(options, center, spread, count);
    return scalePerChannel("batchNorm", mul(centered, rsqrt(add(spread, eps))), weight, bias);
  });
}
