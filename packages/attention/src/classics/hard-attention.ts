import {
  ArgumentError,
  add,
  argmax,
  cast,
  detach,
  gather,
  gt,
  type Key,
  log,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  rand,
  requireFloat,
  requireKnown,
  ShapeError,
  softmax,
  squeeze,
  sub,
  sum,
  type Tensor,
  tidy,
  unsqueeze,
  where,
} from "@saccade/core";
import { requireShape } from "../shapes.ts";
import { type Attended, blend, type MemoryOptions, maskScores } from "./attended.ts";

/** How hard attention picks, and how it learns. */
export interface HardAttentionOptions extends Pick<MemoryOptions, "mask"> {
  /** Draws a key with the probability of its weight; without one, the likeliest is taken. */
  readonly key?: Key | undefined;
  /**
   * "reinforce": no gradient goes from the context to scores; use `reinforceLoss`. "straightThrough": the gradient of
   * soft weights, which is biased. Default "reinforce".
   */
  readonly estimator?: "reinforce" | "straightThrough";
}

/** Weights are of zeros and one 1. */
export interface HardAttended extends Attended {
  /** Logarithm of the probability of what was picked: `[B, T]`, with a gradient to scores; 0 where nothing may be. */
  readonly logProbability: Tensor;
  /** `-sum_j p_j log p_j` of what might be picked: `[B, T]`, in nats, with a gradient to scores. */
  readonly entropy: Tensor;
}

/**
 * Hard attention: each query takes one value, drawn from `softmax(scores)` (by the Gumbel-max trick) or the likeliest.
 *
 * @param scores  `[B, T, S]`
 * @param values  `[B, S, Dv]`
 * @returns zeros for a query that may attend nowhere
 * @throws ArgumentError for an unknown estimator
 * @see Xu et al. 2015, arXiv:1502.03044, section 4.1; Bengio et al. 2013, arXiv:1308.3432 for straight-through
 * @example
 * const values = tensor([[[1, 2], [3, 4]]]);
 * hardAttention(tensor([[[0, 1]]]), values).context.array(); // => [[[3, 4]]]
 */
export function hardAttention(
  scores: Tensor,
  values: Tensor,
  options: HardAttentionOptions = {},
): HardAttended {
  const owner = "hardAttention";
  requireKnown(owner, options, { mask: true, key: true, estimator: true });
  const { mask = null, key, estimator = "reinforce" } = options;
  if (estimator !== "reinforce" && estimator !== "straightThrough") {
    throw new ArgumentError(
      `${owner}: estimator must be "reinforce" or "straightThrough" (got "${estimator}")`,
    );
  }
  requireFloat(owner, scores, "scores");
  requireShape(owner, "scores", scores, ["B", "T", "S"]);
  if (scores.shape[2] === 0)
    throw new ArgumentError(`${owner}: there is no key to pick (got ${scores.describe()})`);
  return tidy(() => {
    const { dtype, backend, shape } = scores;
    const masked = maskScores(owner, scores, mask);
    const noisy = key ? add(masked, gumbel(key, shape, { dtype, backend })) : masked;
    const picked = argmax(detach(noisy), -1); // [B, T]
    const soft = softmax(masked, -1);
    const possible = cast(gt(detach(soft).amax(-1, { keepDims: true }), 0), dtype); // [B, T, 1]
    const hard = mul(cast(oneHot(picked, shape[2]), dtype), possible);
    const weights = estimator === "reinforce" ? hard : add(hard, sub(soft, detach(soft)));
    const logarithms = logSoftmax(scoresWhere(masked, possible), -1);
    const chosen = squeeze(gather(logarithms, unsqueeze(picked, -1), -1), -1);
    const surprise = where(gt(detach(soft), 0), logarithms, 0);
    return {
      ...blend(owner, weights, values),
      logProbability: mul(chosen, squeeze(possible, -1)),
      entropy: neg(sum(mul(soft, surprise), -1)),
    };
  });
}

/** Zeros in rows where nothing is possible: their logarithms would be NaN. */
function scoresWhere(masked: Tensor, possible: Tensor): Tensor {
  return where(gt(possible, 0), masked, 0);
}

/** `-log(-log u)`: the largest of scores with it is drawn with the probability of its softmax. */
function gumbel(key: Key, shape: readonly number[], where: Pick<Tensor, "dtype" | "backend">): Tensor {
  const uniform = rand(key, shape, { low: 2 ** -24, high: 1 - 2 ** -24, ...where });
  return neg(log(neg(log(uniform))));
}

/**
 * The loss whose gradient is that of the expected reward, by samples: `-mean((R - b) log p)`. The reward and the
 * baseline are constants; a baseline (of earlier rewards, say) lowers the variance and not the mean.
 *
 * Xu et al. learn from `loss + lambda_r reinforceLoss - lambda_e entropy.mean()`, where R is the logarithm of the word's
 * probability, `b <- 0.9 b + 0.1 R`, and `entropy` is that of `hardAttention`: it keeps attention from settling early.
 *
 * @param logProbability  of what was drawn, `[B, T]`
 * @param reward  R: broadcasts to `[B, T]`
 * @param baseline  b: broadcasts to `[B, T]`; default 0
 * @returns a scalar
 * @throws ShapeError where reward or baseline do not broadcast to `[B, T]`: `[B]` is `[B, 1]` for one step, say
 * @see Xu et al. 2015, arXiv:1502.03044, section 4.1; Williams 1992, REINFORCE
 * @example
 * reinforceLoss(tensor([[-1, -2]]), tensor([[3, 1]]), 1).array(); // => 1
 */
export function reinforceLoss(logProbability: Tensor, reward: Tensor, baseline: Tensor | number = 0): Tensor {
  requireShape("reinforceLoss", "logProbability", logProbability, ["B", "T"]);
  return tidy(() => {
    const advantage = detach(sub(reward, baseline));
    const weighted = mul(advantage, logProbability);
    if (weighted.size !== logProbability.size || weighted.rank !== 2) {
      throw new ShapeError(
        `reinforceLoss: reward - baseline must broadcast to [B, T] (got [${advantage.shape}] for [${logProbability.shape}])`,
      );
    }
    return neg(mean(weighted));
  });
}
