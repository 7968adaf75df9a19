import { ArgumentError, type Key, threefry2x32 } from "@saccade/core";

export interface SamplingOptions {
  /** Divides the logits; 0 takes the likeliest token. Default 1. */
  readonly temperature?: number;
  /** Only the k likeliest tokens. Default all. */
  readonly topK?: number;
  /** Only the likeliest tokens that together hold probability p. Default 1. */
  readonly topP?: number;
}

/** @throws ArgumentError for a value out of range */
export function checkSampling({ temperature = 1, topK, topP = 1 }: SamplingOptions): void {
  if (!(temperature >= 0) || !Number.isFinite(temperature))
    throw new ArgumentError(`generate: temperature must be >= 0 (got ${temperature})`);
  if (topK !== undefined && (!Number.isInteger(topK) || topK < 1))
    throw new ArgumentError(`generate: topK must be a positive integer (got ${topK})`);
  if (!(topP > 0 && topP <= 1)) throw new ArgumentError(`generate: topP must be in (0, 1] (got ${topP})`);
}

/** Index of the largest number; the first of equals. */
export function greedyToken(logits: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
  return best;
}

/** The candidates that the filters leave, likeliest first, with probabilities that sum to 1. */
function candidates(
  logits: ArrayLike<number>,
  { temperature = 1, topK, topP = 1 }: SamplingOptions,
): { ids: number[]; probabilities: number[] } {
  const order = Array.from(logits, (_, i) => i).sort((i, j) => logits[j] - logits[i] || i - j);
  const kept = order.slice(0, topK ?? order.length);
  const best = logits[kept[0]];
  const weights = kept.map((i) => Math.exp((logits[i] - best) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let mass = 0;
  let count = 0;
  while (count < kept.length && mass < topP * total) mass += weights[count++];
  return { ids: kept.slice(0, count), probabilities: weights.slice(0, count).map((weight) => weight / mass) };
}

/**
 * One token drawn from `softmax(logits / temperature)`, restricted to the `topK` likeliest and to the nucleus `topP`.
 * A function of its key.
 *
 * @see Holtzman et al. 2019, arXiv:1904.09751, for the nucleus
 * @example const id = sampleToken([0.1, 2, 0.3], { topK: 2 }, new Key(0));
 */
export function sampleToken(logits: ArrayLike<number>, options: SamplingOptions, key: Key): number {
  checkSampling(options);
  if (logits.length === 0) throw new ArgumentError("sampleToken: there are no logits");
  if (options.temperature === 0) return greedyToken(logits);
  const { ids, probabilities } = candidates(logits, options);
  const [word] = threefry2x32(key.words, 0, 0);
  let rest = (word >>> 0) * 2 ** -32;
  for (let i = 0; i < ids.length; i++) {
    rest -= probabilities[i];
    if (rest < 0) return ids[i];
  }
  return ids[ids.length - 1];
}
