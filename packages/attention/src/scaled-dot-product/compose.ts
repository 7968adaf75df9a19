import {
  type AttentionAttrs,
  type AttentionBackwardAttrs,
  add,
  cast,
  concat,
  div,
  dropout,
  eq,
  exp,
  expand,
  Key,
  logicalAnd,
  logsumexp,
  matmul,
  mul,
  narrow,
  neg,
  reshape,
  type ScoreProgram,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
  unsqueeze,
  where,
} from "@saccade/core";
import { evaluateProgram, truthOf } from "../score-mods/evaluate-program.ts";
import { mayLoseGradients } from "../score-mods/lost-gradients.ts";
import { type ScoreGrid, scoreSources } from "../score-mods/score-sources.ts";
import type { BackwardInputs } from "./attention-backward-op.ts";
import type { AttentionInputs } from "./attention-op.ts";
import { type ScoreInputs, scoreInputs } from "./score-inputs.ts";
import { distances, visibility } from "./visibility.ts";

/**
 * `[B, H, T, E] -> [B, K, H/K T, E]`: the query heads that share a key head, as more rows of one product. Keys and
 * values are never repeated, and their gradients come out summed over the heads.
 */
function groupHeads(x: Tensor, keyHeads: number): Tensor {
  const [B, H, T, E] = x.shape;
  return H === keyHeads ? x : reshape(x, [B, keyHeads, (H / keyHeads) * T, E]);
}

/** `x y^T`, head by head: `[B, H, T, E], [B, K, S, E] -> [B, H, T, S]`. */
export function timesTransposed(x: Tensor, y: Tensor): Tensor {
  const [B, H, T] = x.shape;
  return reshape(matmul(groupHeads(x, y.shape[1]), transpose(y)), [B, H, T, y.shape[2]]);
}

/** `x y`, head by head: `[B, H, T, S], [B, K, S, E] -> [B, H, T, E]`. */
function times(x: Tensor, y: Tensor): Tensor {
  const [B, H, T] = x.shape;
  return reshape(matmul(groupHeads(x, y.shape[1]), y), [B, H, T, y.shape[3]]);
}

/** `x^T y`, summed over the heads that share a key head: `[B, H, T, S], [B, H, T, E] -> [B, K, S, E]`. */
function transposedTimes(x: Tensor, y: Tensor, keyHeads: number): Tensor {
  return matmul(transpose(groupHeads(x, keyHeads)), groupHeads(y, keyHeads));
}

/** Scores before functions of scores and masks. */
interface PlainScores {
  /** `[B, H, T, S]`: scaled, capped, biased. */
  readonly plain: Tensor;
  /** `tanh(score / softcap)`, or null without a cap. */
  readonly capped: Tensor | null;
}

/** Scale, cap, ALiBi and bias, in this order. */
export function plainScores(inputs: ScoreInputs, attrs: AttentionAttrs): PlainScores {
  const { q, k, bias, slopes } = inputs;
  const scaled = mul(timesTransposed(q, k), attrs.scale);
  const capped = attrs.softcap > 0 ? tanh(div(scaled, attrs.softcap)) : null;
  const uncapped = capped ? mul(capped, attrs.softcap) : scaled;
  const biased = bias ? add(uncapped, bias) : uncapped;
  const plain = slopes ? sub(biased, mul(reshape(slopes, [-1, 1, 1]), distances(inputs))) : biased;
  return { plain, capped };
}

/** The pairs that scores are of. */
function gridOf({ q, k, ranges, heads, queries, firstKey }: ScoreInputs): ScoreGrid {
  const shape = [...q.shape.slice(0, 3), k.shape[2]];
  return { shape, dtype: q.dtype, backend: q.backend, ranges, heads, queries, firstKey };
}

/** What queries see, by masks and by the caller's function; null is everything. */
export function seenOf(inputs: ScoreInputs, attrs: AttentionAttrs): Tensor | null {
  const visible = visibility(inputs, attrs);
  const mask = attrs.mods?.mask;
  if (!mask) return visible;
  const grid = gridOf(inputs);
  const [seen] = evaluateProgram(mask, scoreSources(grid, null), inputs.captured, grid);
  return visible ? logicalAnd(visible, truthOf(seen)) : truthOf(seen);
}

/** Functions of scores on plain ones: what they become, and whatever else the program gives, in full size. */
export function moddedScores(
  inputs: ScoreInputs,
  plain: Tensor,
  program: ScoreProgram,
  visible: Tensor | null,
): Tensor[] {
  const grid = gridOf(inputs);
  const gate = mayLoseGradients(program) ? visible : null;
  const results = evaluateProgram(program, scoreSources(grid, plain), inputs.captured, grid, gate);
  return results.map((result) => expand(cast(result, plain.dtype), plain.shape));
}

/** Scores as softmax takes them. */
export function maskedBy(visible: Tensor | null, scores: Tensor): Tensor {
  return visible ? where(visible, scores, Number.NEGATIVE_INFINITY) : scores;
}

interface Scores extends PlainScores {
  /** `[B, H, T, S]` as softmax takes them: behind functions of scores, and -inf where a query may not look. */
  readonly masked: Tensor;
  /** The derivative of the function of scores, where its program gives it. */
  readonly slope: Tensor | null;
  /** u8, broadcasting to `[B, H, T, S]`; null is everything. */
  readonly visible: Tensor | null;
}

/** The scores that attention is the softmax of: scale, cap, ALiBi and bias, functions of scores, masks, in this order. */
export function scoresOf(inputs: ScoreInputs, attrs: AttentionAttrs): Scores {
  const { plain, capped } = plainScores(inputs, attrs);
  const program = attrs.mods?.score;
  const visible = seenOf(inputs, attrs);
  const [scores, slope = null] = program ? moddedScores(inputs, plain, program, visible) : [plain];
  return { plain, masked: maskedBy(visible, scores), capped, slope, visible };
}

/** Scores, and behind them the sinks `[H]` of their heads as those of one more key: `[B, H, T, S + 1]`. */
function withSinks(masked: Tensor, sinks: Tensor): Tensor {
  const [B, H, T] = masked.shape;
  return concat([masked, expand(reshape(sinks, [1, H, 1, 1]), [B, H, T, 1])], -1);
}

/** The weights of scores `[B, H, T, S]`. What sinks draw is missing in their sums. */
export function weightsOf(masked: Tensor, sinks: Tensor | null): Tensor {
  if (sinks === null) return softmax(masked);
  return narrow(softmax(withSinks(masked, sinks)), 3, 0, masked.shape[3]);
}

/** `e^(score - lse)`. A fully masked row has log-sum-exp -inf: its weights are 0. NaN stays NaN. */
export function weightsFrom(masked: Tensor, lse: Tensor): Tensor {
  const shift = where(eq(lse, Number.NEGATIVE_INFINITY), 0, lse);
  return exp(sub(masked, unsqueeze(shift, -1)));
}

/** `[B, H, T, S]`, of all queries or of those that `attrs.queries` says. */
export function dropWeights(weights: Tensor, attrs: AttentionAttrs): Tensor {
  const { dropout: p, key, queries } = attrs;
  return p > 0 ? dropout(weights, p, new Key(key), queries ? { rows: queries } : {}) : weights;
}

/** The definition of attention in plain ops: the specification of the fused kernels. -> out, log-sum-exp */
export function composeAttention(inputs: AttentionInputs, attrs: AttentionAttrs): readonly Tensor[] {
  const [, , v] = inputs;
  const sinks = inputs[7];
  const { masked } = scoresOf(scoreInputs(inputs, inputs.slice(8), attrs.queries), attrs);
  const joined = sinks ? withSinks(masked, sinks) : masked;
  return [times(dropWeights(weightsOf(masked, sinks), attrs), v), logsumexp(joined, -1)];
}

/** Behind a function of scores; 0 where nothing is seen, whatever its derivative. */
function slopedBy(dMasked: Tensor, slope: Tensor, visible: Tensor | null): Tensor {
  return mul(dMasked, visible ? where(visible, slope, 0) : slope);
}

/**
 * The gradient of attention in plain ops, from the log-sum-exp. -> dq, dk, dv, and dBias and dSlopes if they are wanted
 *
 * With weights `p = e^(s - lse)` and dropout `d`: `dv = d(p)^T dOut`, `ds = p (d(dOut v^T) - delta) f'(s)`, f the
 * function of scores.
 */
export function composeAttentionBackward(
  inputs: BackwardInputs,
  attrs: AttentionBackwardAttrs,
): readonly Tensor[] {
  const [q, k, v, , , , , lse, delta, dOut] = inputs;
  const K = k.shape[1];
  const scores = scoreInputs(inputs, inputs.slice(10), attrs.queries);
  const { masked, capped, slope, visible } = scoresOf(scores, attrs);
  const weights = weightsFrom(masked, lse);
  const dWeights = dropWeights(timesTransposed(dOut, v), attrs);
  const dMasked = mul(weights, sub(dWeights, unsqueeze(delta, -1)));
  const dScores = slope ? slopedBy(dMasked, slope, visible) : dMasked;
  const dScaled = capped ? mul(dScores, sub(1, square(capped))) : dScores;
  const dProducts = mul(dScaled, attrs.scale);
  const dq = times(dProducts, k);
  const dk = transposedTimes(dProducts, q, K);
  const dv = transposedTimes(dropWeights(weights, attrs), dOut, K);
  const dBias = attrs.biasGradient ? [dScores] : [];
  const dSlopes = attrs.slopesGradient ? [neg(sum(mul(dScores, distances(scores)), -1))] : [];
  return [dq, dk, dv, ...dBias, ...dSlopes];
}
