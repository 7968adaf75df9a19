import type { SamplingOptions } from "../generation/sampling.ts";

/** What may be drawn. */
export interface Candidates {
  /** Likeliest first; of equals, the first first. */
  readonly ids: readonly number[];
  /** Of each id, summing to 1. */
  readonly probabilities: readonly number[];
}

/** What temperature (not 0) and filters make of finite logits, by sorting: what `sampleToken` is held to. */
export function candidates(logits: ArrayLike<number>, options: SamplingOptions): Candidates {
  const { temperature = 1, topK, topP = 1 } = options;
  const order = Array.from(logits, (_, i) => i).sort((i, j) => logits[j] - logits[i] || i - j);
  const kept = order.slice(0, topK ?? order.length);
  const best = logits[kept[0]];
  const weights = kept.map((i) => Math.exp((logits[i] - best) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let mass = 0;
  let count = 0;
  while (count < kept.length && mass < topP * total) mass += weights[count++];
  return {
    ids: kept.slice(0, count),
    probabilities: weights.slice(0, count).map((weight) => weight / mass),
  };
}
