import {
  type AttentionAttrs,
  add,
  defineOp,
  fullLike,
  mul,
  narrow,
  type Op,
  ones,
  type ScoreProgram,
  sub,
  type Tensor,
  tidy,
  unsqueeze,
  vjp,
  where,
} from "@saccade/core";
import type { BackwardInputs } from "../scaled-dot-product/attention-backward-op.ts";
import {
  dropWeights,
  moddedScores,
  scoresOf,
  timesTransposed,
  weightsFrom,
} from "../scaled-dot-product/compose.ts";
import { queriesOf, rangesOfQueries, withRanges } from "../scaled-dot-product/query-ranges.ts";
import { type ScoreInputs, scoreInputs } from "../scaled-dot-product/score-inputs.ts";
import { mayLoseGradients } from "./lost-gradients.ts";

interface CapturedGradientAttrs extends AttentionAttrs {
  /** Which captured tensors, by number. */
  readonly wanted: readonly number[];
  /** Scores that are computed at one time, about; at least those of one query of each head and batch item. */
  readonly scoresAtOnce: number;
}

/** The part of the gradients that comes from some queries. */
function partOf(
  inputs: BackwardInputs,
  attrs: CapturedGradientAttrs,
  program: ScoreProgram,
  kept: Tensor | null,
  [start, count]: readonly [number, number],
): readonly Tensor[] {
  const [q, , v, mask, bias, , ranges, lse, delta, dOut] = inputs;
  const own = (x: Tensor): Tensor => queriesOf(x, 2, start, count);
  const queries = Array.from({ length: count }, (_, i) => start + i);
  const whole = scoreInputs(inputs, inputs.slice(10));
  const scores: ScoreInputs = {
    ...whole,
    q: own(q),
    mask: mask && own(mask),
    bias: bias && own(bias),
    ranges: ranges ? narrow(ranges, 1, start, count) : rangesOfQueries(inputs, attrs, queries),
    queries,
  };
  const { masked, plain, visible } = scoresOf(scores, withRanges(attrs));
  const weights = weightsFrom(masked, narrow(lse, 2, start, count));
  const dAttended = timesTransposed(own(dOut), v);
  const dWeights = kept ? mul(dAttended, own(kept)) : dAttended;
  const dScores = mul(weights, sub(dWeights, unsqueeze(narrow(delta, 2, start, count), -1)));
  // Gradients of this gradient meet what a program gives for pairs that nobody sees, NaN it may be.
  const seen = visible && mayLoseGradients(program) ? where(visible, dScores, 0) : dScores;
  const sources = attrs.wanted.map((i) => whole.captured[i]);
  return vjp(() => [moddedScores(scores, plain, program, visible)[0]], sources, [seen]).grads;
}

function compose(inputs: BackwardInputs, attrs: CapturedGradientAttrs): readonly Tensor[] {
  const [q, k] = inputs;
  const [B, H, T] = q.shape;
  const S = k.shape[2];
  const captured = inputs.slice(11).filter((x) => x !== null);
  const none = attrs.wanted.map((i) => fullLike(captured[i], 0));
  const program = attrs.mods?.score;
  if (!program || B * H * T * S === 0) return none;
  // Which weights are kept is a function of their place among all of them: their factors are drawn as a whole.
  const all = { dtype: q.dtype, backend: q.backend };
  const kept = attrs.dropout > 0 ? dropWeights(ones([B, H, T, S], all), attrs) : null;
  const count = Math.max(1, Math.floor(attrs.scoresAtOnce / (B * H * S)));
  let total: readonly Tensor[] = [];
  for (let start = 0; start < T; start += count) {
    const before = total;
    total = tidy(() => {
      const part = partOf(inputs, attrs, program, kept, [start, Math.min(count, T - start)]);
      return before.length === 0 ? [...part] : part.map((x, i) => add(before[i], x));
    });
  }
  return total;
}

/**
 * Gradients of the captured tensors that a function of scores reads, from what the backward pass has: scores are
 * computed again, some queries at a time, and what each pair gives is added where it was read. Memory is that of
 * these scores (with dropout, of all); sums are in a fixed order.
 */
export const capturedGradientOp: Op<BackwardInputs, CapturedGradientAttrs> = defineOp<
  BackwardInputs,
  CapturedGradientAttrs
>("attentionCapturedGradient", {
  infer: (inputs, { wanted }) =>
    wanted.map((i) => {
      const { dtype, shape } = inputs[11 + i] as Tensor; // each is there: mods name it
      return { dtype, shape };
    }),
  compose,
});
