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
  maskedBy,
  moddedScores,
  plainScores,
  seenOf,
  timesTransposed,
  weightsFrom,
} from "../scaled-dot-product/compose.ts";
import { queriesOf, rangesOfQueries, withRanges } from "../scaled-dot-product/query-ranges.ts";
import { type ScoreInputs, scoreInputs } from "../scaled-dot-product/score-inputs.ts";
import { BLOCK } from "../scaled-dot-product/score-view.ts";
import type { MaskSizes } from "./block-states.ts";
import { mayLoseGradients } from "./lost-gradients.ts";
import { type Span, seenKeys } from "./seen-keys.ts";

interface CapturedGradientAttrs extends AttentionAttrs {
  /** Which captured tensors, by number. */
  readonly wanted: readonly number[];
  /** Scores that are computed at one time, about; at least those of one query of each head and batch item. */
  readonly scoresAtOnce: number;
}

/** What dropout multiplies the weights of some queries with, `[B, H, t, endKey]`; null without. */
function keptOf(
  [q]: BackwardInputs,
  attrs: AttentionAttrs,
  [start, end]: Span,
  endKey: number,
): Tensor | null {
  if (attrs.dropout === 0) return null;
  const [B, H, T] = q.shape;
  const all = ones([B, H, end - start, endKey], { dtype: q.dtype, backend: q.backend });
  return dropWeights(all, { ...attrs, queries: { first: start, of: T } });
}

/** The part of the gradients that comes from some queries, and the keys between which all are that they see. */
function partOf(
  inputs: BackwardInputs,
  attrs: CapturedGradientAttrs,
  program: ScoreProgram,
  [start, end]: Span,
  [firstKey, endKey]: Span,
): readonly Tensor[] {
  const [q, k, v, mask, bias, , ranges, lse, delta, dOut] = inputs;
  const own = (x: Tensor): Tensor => queriesOf(x, 2, start, end - start);
  const row = (x: Tensor): Tensor => narrow(x, 2, start, end - start);
  const keys = (x: Tensor, axis: number): Tensor => queriesOf(x, axis, firstKey, endKey - firstKey);
  const queries = Array.from({ length: end - start }, (_, i) => start + i);
  const whole = scoreInputs(inputs, inputs.slice(10));
  const scores: ScoreInputs = {
    ...whole,
    q: own(q),
    k: keys(k, 2),
    mask: mask && keys(own(mask), 3),
    bias: bias && keys(own(bias), 3),
    ranges: ranges ? narrow(ranges, 1, start, end - start) : rangesOfQueries(inputs, attrs, queries),
    queries,
    firstKey,
  };
  const how = withRanges(attrs);
  const kept = keptOf(inputs, attrs, [start, end], endKey);
  const { plain } = plainScores(scores, how);
  const visible = seenOf(scores, how);
  const dScores = ([modded]: readonly Tensor[]): Tensor[] => {
    const weights = weightsFrom(maskedBy(visible, modded), row(lse));
    const dAttended = timesTransposed(own(dOut), keys(v, 2));
    const dWeights = kept ? mul(dAttended, keys(kept, 3)) : dAttended;
    const found = mul(weights, sub(dWeights, unsqueeze(row(delta), -1)));
    // Gradients of this gradient meet what a program gives for pairs that nobody sees, NaN it may be.
    return [visible && mayLoseGradients(program) ? where(visible, found, 0) : found];
  };
  const sources = attrs.wanted.map((i) => whole.captured[i]);
  return vjp(() => [moddedScores(scores, plain, program, visible)[0]], sources, dScores).grads;
}

/** How many queries at a time: with a window no more than it is wide, so that half of what is computed is seen. */
function queriesAtOnce(attrs: CapturedGradientAttrs, { B, H, S }: MaskSizes): number {
  const { windowLeft, windowRight, causal, scoresAtOnce } = attrs;
  const right = causal ? 0 : windowRight;
  const window = windowLeft < 0 || right < 0 ? S : windowLeft + right + 1;
  const most = Math.max(BLOCK, window);
  return Math.max(1, Math.min(most, Math.floor(scoresAtOnce / (B * H * Math.min(S, window + most)))));
}

function compose(inputs: BackwardInputs, attrs: CapturedGradientAttrs): readonly Tensor[] {
  const [q, k] = inputs;
  const [B, H, T] = q.shape;
  const sizes = { B, H, T, S: k.shape[2] };
  const captured = inputs.slice(11).filter((x) => x !== null);
  let total: readonly Tensor[] = attrs.wanted.map((i) => fullLike(captured[i], 0));
  const program = attrs.mods?.score;
  if (!program || B * H * T * sizes.S === 0) return total;
  const count = queriesAtOnce(attrs, sizes);
  for (let start = 0; start < T; start += count) {
    const before = total;
    const queries: Span = [start, Math.min(start + count, T)];
    const keys: Span = inputs[6] ? [0, sizes.S] : seenKeys(attrs, sizes, queries);
    if (keys[0] === keys[1]) continue;
    total = tidy(() => partOf(inputs, attrs, program, queries, keys).map((x, i) => add(before[i], x)));
    for (const x of before) x.dispose();
  }
  return total;
}

/**
 * Gradients of the captured tensors that a function of scores reads, from what the backward pass has: scores are
 * computed again, some queries at a time with the keys that they may see, and what each pair gives is added where it was
 * read. Memory is that of these scores; sums are in a fixed order.
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
