import {
  add,
  expand,
  fullLike,
  mul,
  noGrad,
  type OptionNames,
  requireKnown,
  requirePositiveInteger,
  reshape,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
} from "@saccade/core";
import { requireBatch, type Score, scoreGradients, scoreOf } from "./input-gradients.ts";
import { type QuadratureRule, quadrature } from "./quadrature.ts";

/** Of `integratedGradients`. */
export interface IntegratedGradientsOptions {
  /** Where the way begins: broadcasts to the embeddings. Default zeros. */
  readonly baseline?: Tensor;
  /** Points on the way, at each of which a gradient is computed. Default 32. */
  readonly steps?: number;
  /** How they are placed and weighted. Default `"gaussLegendre"`. */
  readonly rule?: QuadratureRule;
  /**
   * How many points a call of the score gets, one copy of the batch behind the other: `[n B, ...]`. More are faster, if it
   * takes batches of any size. Default 1.
   */
  readonly stepsPerCall?: number;
}

const optionNames: OptionNames<IntegratedGradientsOptions> = {
  baseline: true,
  steps: true,
  rule: true,
  stepsPerCall: true,
};

/** What `integratedGradients` gives. */
export interface IntegratedGradients {
  /** What each element contributes to the score, in the shape of the embeddings; `sum(-1)` is that of tokens. */
  readonly attributions: Tensor;
  /** `[B]`: the sum of an item's attributions less `f(x) - f(baseline)`, which it would be without the error of the rule. */
  readonly convergenceDelta: Tensor;
}

/**
 * Integrated gradients: what each element of the embeddings contributes to a score, on the straight way from a baseline:
 *
 * ```
 * a_i = (x_i - x'_i) integral from 0 to 1 of df(x' + t (x - x')) / dx_i dt,    sum_i a_i = f(x) - f(x')
 * ```
 *
 * The sum is exact but for the rule's error, which `convergenceDelta` is: more steps make it smaller.
 *
 * @param score  `[B, ...]` to `[B]`; `fromEmbeddings` makes one of a model over tokens
 * @param embeddings  `[B, ..., D]`
 * @returns tensors in the current scope
 * @throws ShapeError unless the score is a number for each item; ArgumentError for an option unknown or out of range
 * @see Sundararajan, Taly & Yan 2017, arXiv:1703.01365, section 3, eq. 1
 * @example
 * const score = (e: Tensor) => e.square().sum([1, 2]);
 * const { attributions, convergenceDelta } = integratedGradients(score, tensor([[[1, 2], [3, 0]]]), { steps: 4 });
 * attributions; // => [[[1, 4], [9, 0]]]
 * convergenceDelta; // => [0]
 */
export function integratedGradients(
  score: Score,
  embeddings: Tensor,
  options: IntegratedGradientsOptions = {},
): IntegratedGradients {
  requireKnown("integratedGradients", options, optionNames);
  requireBatch("integratedGradients", embeddings);
  const { steps = 32, rule = "gaussLegendre", stepsPerCall = 1 } = options;
  requirePositiveInteger("integratedGradients", "steps", steps);
  requirePositiveInteger("integratedGradients", "stepsPerCall", stepsPerCall);
  const { points, weights } = quadrature(rule, steps);
  const attribute = (): IntegratedGradients => {
    const from = expand(options.baseline ?? fullLike(embeddings, 0), embeddings.shape);
    const way = sub(embeddings, from);
    let mean = fullLike(embeddings, 0);
    for (let k = 0; k < steps; k += stepsPerCall) {
      const some = [k, k + stepsPerCall] as const;
      const [before, own] = [mean, weights.slice(...some)];
      mean = tidy(() => add(before, weightedGradients(score, from, way, points.slice(...some), own)));
      before.dispose();
    }
    const attributions = mul(way, mean);
    const ends = [embeddings, from].map((x) => tidy(() => scoreOf("integratedGradients", score, x)));
    const rest = embeddings.shape.slice(1).map((_, d) => d + 1);
    return { attributions, convergenceDelta: sub(sum(attributions, rest), sub(ends[0], ends[1])) };
  };
  return noGrad(() => tidy(attribute));
}

/** The sum over points of weighted gradients, `[B, ...]`. */
function weightedGradients(
  score: Score,
  from: Tensor,
  way: Tensor,
  points: readonly number[],
  weights: readonly number[],
): Tensor {
  const { shape, dtype, backend } = way;
  const n = points.length;
  const column = (numbers: readonly number[]): Tensor =>
    tensor(Float64Array.from(numbers), { shape: [n, ...shape.map(() => 1)], dtype, backend });
  const places = add(from, mul(column(points), way)); // [n, B, ...]
  const batch = reshape(places, [n * shape[0], ...shape.slice(1)]);
  const gradients = reshape(scoreGradients("integratedGradients", score, batch), [n, ...shape]);
  return sum(mul(gradients, column(weights)), 0);
}
