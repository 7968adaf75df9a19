import {
  ArgumentError,
  add,
  cast,
  gt,
  type Key,
  mul,
  narrow,
  type OptionNames,
  pad,
  randn,
  requireFloat,
  requireKnown,
  requirePositiveInteger,
  sigmoid,
  softmax,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  unsqueeze,
  where,
  zeros,
} from "@saccade/core";
import { type InitOptions, Module, Parameter } from "@saccade/core/nn";
import { linearRecurrence } from "../linear-recurrence.ts";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { requireShape } from "../shapes.ts";
import { type Attended, blend, type MemoryOptions, type ScoredAttention } from "./attended.ts";

/**
 * Expected weights of attention that moves only forward: standing where it stood, it stops at key j with probability
 * `p_ij`, or goes on. `a_ij = p_ij q_ij`, `q_ij = (1 - p_i,j-1) q_i,j-1 + a_i-1,j`; the first query starts at key 0. For
 * p of zeros and ones this *is* hard monotonic attention.
 *
 * @param stop  p, `[B, T, S]`, within 0 and 1
 * @param previous  weights of the query before the first, `[B, S]`
 * @returns `[B, T, S]`: rows sum to at most 1, the rest ran off the end
 * @see Raffel et al. 2017, arXiv:1704.00784, section 2.3, equations 13 and 14, of which this is the recursive form:
 *   that by cumulative products divides by numbers that vanish
 * @example
 * const stop = tensor([[[0, 1, 0], [0, 0.5, 1]]]);
 * monotonicWeights(stop).array(); // => [[[0, 1, 0], [0, 0.5, 0.5]]]
 */
export function monotonicWeights(stop: Tensor, previous: Tensor | null = null): Tensor {
  requireFloat("monotonicWeights", stop, "stop");
  requireShape("monotonicWeights", "stop", stop, ["B", "T", "S"]);
  const [B, T, S] = stop.shape;
  if (previous) requireShape("monotonicWeights", "previous", previous, [B, S]);
  return tidy(() => {
    if (T === 0 || S === 0) return mul(stop, 1);
    const onward = pad(narrow(sub(1, stop), 2, 0, S - 1), [1, 0]); // 1 - p_i,j-1
    const { dtype, backend } = stop;
    const start = pad(zeros([B, S - 1], { dtype, backend }), [1, 0], { value: 1 });
    const rows: Tensor[] = [];
    for (let i = 0; i < T; i++) {
      const arrived = rows[i - 1] ?? previous ?? start;
      const reached = linearRecurrence(narrow(onward, 1, i, 1), unsqueeze(arrived, 1));
      rows.push(sum(mul(narrow(stop, 1, i, 1), reached), 1));
    }
    return stack(rows, 1);
  });
}

/**
 * Weights of the chunks of w keys that end where monotonic attention stops:
 * `b_ij = sum_{k=j}^{j+w-1} a_ik e^{u_ij} / sum_{l=k-w+1}^{k} e^{u_il}`.
 *
 * @param weights  a, of `monotonicWeights`: `[B, T, S]`
 * @param scores  u, `[B, T, S]`
 * @param width  w
 * @returns `[B, T, S]`
 * @see Chiu & Raffel 2018, arXiv:1712.05382, the expected weights of a chunk
 * @example
 * const stops = tensor([[[0, 0, 1, 0]]]);
 * chunkwiseWeights(stops, zeros([1, 1, 4]), 2).array(); // => [[[0, 0.5, 0.5, 0]]]
 */
export function chunkwiseWeights(weights: Tensor, scores: Tensor, width: number): Tensor {
  requireShape("chunkwiseWeights", "weights", weights, ["B", "T", "S"]);
  const [B, T, S] = weights.shape;
  requireShape("chunkwiseWeights", "scores", scores, [B, T, S]);
  requirePositiveInteger("chunkwiseWeights", "width", width);
  return tidy(() => {
    if (S === 0) return mul(weights, 1);
    // [B, T, S, w]: entry n of key k is the score of key k - (w - 1) + n.
    const padded = pad(scores, [width - 1, 0], { value: Number.NEGATIVE_INFINITY });
    const offsets = Array.from({ length: width }, (_, n) => n);
    const chunks = stack(
      offsets.map((n) => narrow(padded, 2, n, S)),
      3,
    );
    const shares = mul(softmax(chunks, -1), unsqueeze(weights, -1));
    return offsets
      .map((n) => {
        const share = sum(narrow(shares, 3, n, 1), 3);
        const behind = width - 1 - n; // goes to the key so far before
        return narrow(pad(share, [0, behind]), 2, Math.min(behind, S), S);
      })
      .reduce((total, part) => add(total, part));
  });
}

/** Alignments of monotonic attention. */
export interface MonotonicAttentionConfig {
  /** Scores whose sigmoid is the probability to stop. */
  readonly alignment: ScoredAttention;
  /** Added to them, learned: begins here. Negative, or long inputs are not walked through. Default -1. */
  readonly offset?: number;
  /** Standard deviation of the noise that drives probabilities to 0 and 1, where `forward` gets a key. Default 1. */
  readonly noise?: number;
  /** Scores within chunks, of `chunkWidth` keys. None: only the key where attention stops is seen. */
  readonly chunkAlignment?: ScoredAttention;
  readonly chunkWidth?: number;
}

/** What `MonotonicAttention.forward` takes beside query and keys. */
export interface MonotonicOptions extends MemoryOptions {
  /** Adds noise, for training. */
  readonly key?: Key | undefined;
  /** Stops at the first key whose probability is above 1/2: for decoding; no gradient goes to alignments. Default false. */
  readonly hard?: boolean;
  /** Where the query before the first stopped, `[B, S]`: `stops` of the step before, its last row. */
  readonly previous?: Tensor | null;
}

const configNames: OptionNames<MonotonicAttentionConfig> = {
  alignment: true,
  offset: true,
  noise: true,
  chunkAlignment: true,
  chunkWidth: true,
};
const optionNames: OptionNames<MonotonicOptions> = {
  values: true,
  mask: true,
  key: true,
  hard: true,
  previous: true,
};

/** Weights over values, and where attention stops: the same without chunks. */
export interface MonotonicallyAttended extends Attended {
  /** `[B, T, S]` */
  readonly stops: Tensor;
}

/**
 * Monotonic attention, soft for training, hard for decoding; with `chunkAlignment`, chunkwise (MoChA).
 * `p_ij = sigmoid(e_ij + r + noise)`, then `monotonicWeights`, then `chunkwiseWeights`.
 *
 * Noise comes before the sigmoid, and only where a key is given. The paper's energy is additive, with v as `g v / |v|`:
 * here e is that of `alignment`, as it is.
 *
 * @see Raffel et al. 2017, arXiv:1704.00784, section 2; Chiu & Raffel 2018, arXiv:1712.05382
 * @example
 * const layer = new MonotonicAttention({ alignment: new DotAttention() }, {});
 * const [query, keys] = [ones([1, 2, 3]), ones([1, 4, 3])];
 * layer.forward(query, keys, { hard: true }).weights.slice(0, 0).array(); // => [1, 0, 0, 0]
 */
export class MonotonicAttention extends Module {
  readonly alignment: ScoredAttention;
  readonly chunkAlignment: ScoredAttention | null;
  /** r: one number. */
  readonly offset: Parameter;
  readonly chunkWidth: number;
  readonly noise: number;

  constructor(config: MonotonicAttentionConfig, where: InitOptions = {}) {
    super();
    requireKnown("MonotonicAttention", config, configNames);
    const { alignment, offset = -1, noise = 1, chunkAlignment = null, chunkWidth = 1 } = config;
    requirePositiveInteger("MonotonicAttention", "chunkWidth", chunkWidth);
    if (chunkWidth > 1 && !chunkAlignment) {
      throw new ArgumentError("MonotonicAttention: chunkWidth needs a chunkAlignment");
    }
    this.alignment = alignment;
    this.chunkAlignment = chunkAlignment;
    this.offset = new Parameter(tensor([offset], where));
    this.chunkWidth = chunkWidth;
    this.noise = noise;
  }

  /** @param query  `[B, T, Dq]` @param keys  `[B, S, Dk]` @throws ArgumentError for `hard` with a key */
  forward(query: Tensor, keys: Tensor, options: MonotonicOptions = {}): MonotonicallyAttended {
    requireKnown("MonotonicAttention", options, optionNames);
    const { values = keys, mask = null, key, hard = false, previous = null } = options;
    if (hard && key) throw new ArgumentError("MonotonicAttention: noise is for training; hard takes no key");
    return tidyAs(this, () => {
      const scores = add(this.alignment.scores(query, keys), this.offset);
      const { dtype, backend, shape } = scores;
      const noisy = key ? add(scores, randn(key, shape, { std: this.noise, dtype, backend })) : scores;
      const soft = hard ? cast(gt(noisy, 0), dtype) : sigmoid(noisy);
      const stops = monotonicWeights(mask ? where(mask, soft, 0) : soft, previous);
      if (!this.chunkAlignment) return { ...blend("MonotonicAttention", stops, values), stops };
      const within = this.chunkAlignment.scores(query, keys);
      const hidden = mask ? where(mask, within, Number.NEGATIVE_INFINITY) : within;
      const weights = chunkwiseWeights(stops, hidden, this.chunkWidth);
      return { ...blend("MonotonicAttention", weights, values), stops };
    });
  }
}
