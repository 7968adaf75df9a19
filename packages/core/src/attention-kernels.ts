/** The part of the Backend interface that is about attention: types only, as `backend.ts`, which includes it. */
import type { KeyWords, Signature, View } from "./backend.ts";
import type { RowSlice } from "./random/keep-rule.ts";
import type { ScoreProgram } from "./score-program.ts";

/** How a query attends: the part of the attention spec that kernels see. */
export interface AttentionAttrs {
  /** Factor on `q . k`. */
  readonly scale: number;
  /** Key `j` is visible to query `i` only if `j <= i + S - T` (bottom-right aligned). */
  readonly causal: boolean;
  /** Visible only if `i + S - T - j <= left` and `j - (i + S - T) <= right`; -1 is unbounded. */
  readonly windowLeft: number;
  readonly windowRight: number;
  /** `softcap * tanh(score / softcap)` on the scaled score, before bias and masks; 0 is off. */
  readonly softcap: number;
  /** Probability of dropping a weight, which the kernel `dropout` says how: row `(b * H + h) * T + i`, column j. What rounds to 0 is off. */
  readonly dropout: number;
  readonly key: KeyWords;
  /** Where the queries are among all that dropout and functions of scores count (as T and i); absent: they are all. */
  readonly queries?: RowSlice;
  /** What the caller's own functions do to scores. */
  readonly mods?: ScoreMods;
}

/** Functions of a score, as programs that kernels compile or interpret. At least one is there. */
export interface ScoreMods {
  /** What a score becomes, behind cap, bias and slopes and before anything is masked. For backward its second result is its derivative by the score. */
  readonly score: ScoreProgram | null;
  /** Whether a query sees a key (its result is not 0), beside all else that has to let it. It does not know the score. */
  readonly mask: ScoreProgram | null;
}

/** Which gradients are wanted beside those of q, k and v. */
export interface AttentionBackwardAttrs extends AttentionAttrs {
  readonly biasGradient: boolean;
  /** Of ALiBi's slopes. */
  readonly slopesGradient: boolean;
}

/**
 * `q [B, H, T, E], k [B, K, S, E], v [B, K, S, Ev]`, K divides H; each of the others may be null. A score is
 * `mod(cap(q . k * scale) + bias - slopes[h] |place - j|)` (see `AttentionAttrs`), and -inf where query i does not see
 * key j.
 *
 * - mask u8 and bias: `[B, H, T, S]` (broadcast by stride 0).
 * - slopes `[H]`, in the dtype of q. The place of query i among the keys is `i + S - T`, or what `ranges` says.
 * - ranges i32 `[B, T, 3]`, contiguous: the first key that the query may see, the key behind the last, its place. There
 *   is `0 <= first <= end <= S`, and neither first nor end decreases along T. Sequence lengths, packed sequences,
 *   causality and windows are all in it; attrs have the latter two off. A query that is padding has an empty range.
 */
type AttentionInputs = [
  q: View,
  k: View,
  v: View,
  mask: View | null,
  bias: View | null,
  slopes: View | null,
  ranges: View | null,
];

/**
 * Behind all other inputs, if attrs have `mods`, and else nothing.
 *
 * - blocks i32 `[B, H, ceil(T / 64), ceil(S / 64)]` (broadcast by stride 0), null without a mask function: what 64 queries
 *   see of 64 keys by it. 0: nothing (such a block need not be computed). 1: the function says. 2: everything.
 * - captured: what `load` steps of both programs read, f16, f32 or i32, of any rank and strides.
 */
type ModInputs = [] | [blocks: View | null, ...captured: View[]];

/** Attention and its gradient; fused kernels, see `FusedKernels`. */
export interface AttentionKernels {
  /**
   * out [B, H, T, Ev] and log-sum-exp [B, H, T] of the masked scores and, where there are sinks [H], of the head's sink:
   * one more score, whose weight goes nowhere. -inf for a row of -inf alone, whose output is 0.
   */
  attention: Signature<
    [...AttentionInputs, sinks: View | null, ...ModInputs],
    [out: View, lse: View],
    AttentionAttrs
  >;
  /**
   * delta [B, H, T] = sum(dOut * out) over Ev. Behind dq, dk and dv come the gradients that attrs ask for: dBias in bias'
   * full broadcast shape [B, H, T, S]; dSlopes [B, H, T], of which core takes the sum over B and T. With bias, out and
   * dropout as in forward. lse holds all that has to be known of sinks.
   */
  attentionBackward: Signature<
    [...AttentionInputs, lse: View, delta: View, dOut: View, ...ModInputs],
    [dq: View, dk: View, dv: View, ...dBiasThenSlopes: View[]],
    AttentionBackwardAttrs
  >;
}
