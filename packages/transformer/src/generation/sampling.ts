import { ArgumentError, type Key, threefry2x32 } from "@saccade/core";
import { descend } from "./descend.ts";

export interface SamplingOptions {
  /** Divides the logits; 0 takes the likeliest token. Default 1. */
  readonly temperature?: number;
  /** Only the k likeliest tokens. Default all. */
  readonly topK?: number;
  /** Only the likeliest tokens that together hold probability p (of what `topK` leaves), at least one. Default 1. */
  readonly topP?: number;
}

/** @throws ArgumentError for a value out of range */
export function checkSampling(owner: string, { temperature = 1, topK, topP = 1 }: SamplingOptions): void {
  if (!(temperature >= 0) || !Number.isFinite(temperature)) {
    throw new ArgumentError(`${owner}: temperature must be finite and not negative (got ${temperature})`);
  }
  if (topK !== undefined && (!Number.isInteger(topK) || topK < 1)) {
    throw new ArgumentError(`${owner}: topK must be a positive integer (got ${topK})`);
  }
  if (!(topP > 0 && topP <= 1)) throw new ArgumentError(`${owner}: topP must be in (0, 1] (got ${topP})`);
}

/** A model that diverged is told apart from one that has something to say. */
function checkLogits(owner: string, logits: ArrayLike<number>): void {
  if (logits.length === 0) throw new ArgumentError(`${owner}: there are no logits`);
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) {
    if (Number.isNaN(logits[i])) throw new ArgumentError(`${owner}: logit ${i} is NaN`);
    if (logits[i] > best) best = logits[i];
  }
  if (!Number.isFinite(best)) throw new ArgumentError(`${owner}: the largest logit is ${best}`);
}

/**
 * Index of the largest number; the first of equals.
 *
 * @throws ArgumentError if there are no logits, one is NaN, or the largest is infinite
 * @example greedyToken([0.1, 2, 0.3]); // => 1
 */
export function greedyToken(logits: ArrayLike<number>): number {
  checkLogits("greedyToken", logits);
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
  return best;
}

/**
 * One token drawn from `softmax(logits / temperature)`, restricted to the `topK` likeliest and then to the nucleus
 * `topP`. A function of its key.
 *
 * @param logits  one per token; -Infinity forbids a token
 * @throws ArgumentError for an option out of range; if there are no logits, one is NaN, or the largest is infinite
 * @see Holtzman et al. 2019, arXiv:1904.09751, for the nucleus
 * @example sampleToken([0.1, 2, 0.3], { topK: 1 }, new Key(0)); // => 1
 */
export function sampleToken(logits: ArrayLike<number>, options: SamplingOptions, key: Key): number {
  checkSampling("sampleToken", options);
  checkLogits("sampleToken", logits);
  if (options.temperature === 0) return greedyToken(logits);
  const { temperature = 1, topK = Infinity, topP = 1 } = options;
  const weights = softmaxWeights(logits, temperature);
  const positive = weights.filter((weight) => weight > 0);
  const total = positive.reduce((sum, weight) => sum + weight, 0);
  // The likeliest come first: what the filters leave is a beginning, known by its mass.
  const likeliest = topK < positive.length ? descend(positive, topK, "count").mass : total;
  const nucleus = topP < 1 ? descend(positive, topP * likeliest, "mass").mass : likeliest;
  const [word] = threefry2x32(key.words, 0, 0);
  const { weight, equalsBefore } = descend(positive, (word >>> 0) * 2 ** -32 * nucleus, "mass");
  let id = weights.indexOf(weight);
  for (let i = 0; i < equalsBefore; i++) id = weights.indexOf(weight, id + 1);
  return id;
}

/** `e^(logit / temperature)`, the largest 1. */
function softmaxWeights(logits: ArrayLike<number>, temperature: number): Float64Array {
  let best = logits[0];
  for (let i = 1; i < logits.length; i++) if (logits[i] > best) best = logits[i];
  const weights = new Float64Array(logits.length);
  for (let i = 0; i < logits.length; i++) weights[i] = Math.exp((logits[i] - best) / temperature);
  return weights;
}
