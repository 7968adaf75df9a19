import {
  ArgumentError,
  abs,
  amax,
  mul,
  noGrad,
  norm,
  type OptionNames,
  requireKnown,
  ShapeError,
  sum,
  type Tensor,
  tidy,
  valueAndGrad,
} from "@saccade/core";

/** A number for each item of a batch: embeddings `[B, ...]` to `[B]`. Items must not depend on each other. */
export type Score = (embeddings: Tensor) => Tensor;

/** The score of each item, `[B]`, checked. */
export function scoreOf(owner: string, score: Score, embeddings: Tensor): Tensor {
  const scores = score(embeddings);
  if (scores.rank === 1 && scores.shape[0] === embeddings.shape[0]) return scores;
  throw new ShapeError(
    `${owner}: the score must be a number for each item, [${embeddings.shape[0]}] (got ${scores.describe()})`,
  );
}

/** @throws ShapeError unless embeddings are a batch */
export function requireBatch(owner: string, embeddings: Tensor): void {
  if (embeddings.rank >= 2) return;
  throw new ShapeError(`${owner}: embeddings must be [B, ...] with a width (got ${embeddings.describe()})`);
}

/** Each item's gradient with respect to its embeddings, in the current scope. */
export function scoreGradients(owner: string, score: Score, embeddings: Tensor): Tensor {
  // A barrier, and in it a tape of its own: what is made of the gradients is constant to tapes further out.
  return noGrad(() =>
    tidy(() => valueAndGrad(() => sum(scoreOf(owner, score, embeddings)), [embeddings]).grads[0]),
  );
}

/**
 * Input times gradient: `x ⊙ df/dx`, what each element contributes to a score, were it linear.
 *
 * @param score  `[B, ...]` to `[B]`
 * @param embeddings  `[B, ..., D]`
 * @returns their shape, in the current scope; `sum(-1)` is that of tokens
 * @throws ShapeError unless the score is a number for each item; GradientError as `valueAndGrad`
 * @see Shrikumar et al. 2016, arXiv:1605.01713
 * @example
 * const score = (e: Tensor) => e.square().sum([1, 2]);
 * inputTimesGradient(score, tensor([[[1, 2], [3, 0]]])); // => [[[2, 8], [18, 0]]]
 */
export function inputTimesGradient(score: Score, embeddings: Tensor): Tensor {
  requireBatch("inputTimesGradient", embeddings);
  return tidy(() => noGrad(() => mul(embeddings, scoreGradients("inputTimesGradient", score, embeddings))));
}

/** Of `saliency`. */
export interface SaliencyOptions {
  /** How a token's gradient becomes one number: the largest magnitude, the sum of magnitudes, the length. Default `"l2"`. */
  readonly norm?: "l1" | "l2" | "max";
}

const saliencyNames: OptionNames<SaliencyOptions> = { norm: true };

const norms = {
  l1: (x: Tensor): Tensor => sum(abs(x), -1),
  l2: (x: Tensor): Tensor => norm(x, 2, -1),
  max: (x: Tensor): Tensor => amax(abs(x), -1),
} as const;

/**
 * Saliency: how much a score moves with each token's embedding, `|df/dx|`.
 *
 * @param score  `[B, ...]` to `[B]`
 * @param embeddings  `[B, ..., D]`
 * @returns `[B, ...]`, a number for each token, in the current scope
 * @throws ShapeError unless the score is a number for each item; ArgumentError for an unknown norm or option
 * @see Simonyan, Vedaldi & Zisserman 2014, arXiv:1312.6034, where a pixel has the largest magnitude of its channels:
 *   `norm: "max"`
 * @example
 * const score = (e: Tensor) => e.square().sum([1, 2]);
 * saliency(score, tensor([[[3, 4], [1, 0]]])); // => [[10, 2]]
 * saliency(score, tensor([[[3, 4], [1, 0]]]), { norm: "max" }); // => [[8, 2]]
 */
export function saliency(score: Score, embeddings: Tensor, options: SaliencyOptions = {}): Tensor {
  requireKnown("saliency", options, saliencyNames);
  requireBatch("saliency", embeddings);
  const { norm: name = "l2" } = options;
  if (!Object.hasOwn(norms, name)) {
    throw new ArgumentError(`saliency: norm must be one of l1, l2, max (got ${String(name)})`);
  }
  return tidy(() => noGrad(() => norms[name](scoreGradients("saliency", score, embeddings))));
}
