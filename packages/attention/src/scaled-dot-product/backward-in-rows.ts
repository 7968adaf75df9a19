import {
  type AttentionBackwardAttrs,
  add,
  cast,
  concat,
  copy,
  expand,
  narrow,
  run,
  sum,
  type Tensor,
  tidy,
} from "@saccade/core";
import { attentionBackwardOp, type BackwardInputs } from "./attention-backward-op.ts";
import { queriesOf, rangesOfQueries, withRanges } from "./query-ranges.ts";
import { BLOCK } from "./score-view.ts";

/** Along queries and along keys: whether a bias is the same for all of them. */
function sharedSides(bias: Tensor): readonly [queries: boolean, keys: boolean] {
  const size = (fromEnd: number): number => (fromEnd > bias.rank ? 1 : bias.shape[bias.rank - fromEnd]);
  return [size(2) === 1, size(1) === 1];
}

/** What some queries have, as sequences have it: where they look and stand. */
function rangesOf(
  inputs: BackwardInputs,
  attrs: AttentionBackwardAttrs,
  start: number,
  count: number,
): Tensor {
  const ranges = inputs[6];
  if (ranges) return copy(narrow(ranges, 1, start, count));
  const queries = Array.from({ length: count }, (_, i) => start + i);
  return copy(expand(rangesOfQueries(inputs, attrs, queries), [inputs[0].shape[0], count, 3]));
}

/** The backward pass of some queries: dq, dk, dv, dBias summed where it is shared, dSlopes. */
function partOf(
  inputs: BackwardInputs,
  attrs: AttentionBackwardAttrs,
  shared: readonly [boolean, boolean],
  [start, count]: readonly [number, number],
): readonly Tensor[] {
  const [q, k, v, mask, bias, slopes, , lse, delta, dOut, blocks = null, ...captured] = inputs;
  const own = (x: Tensor): Tensor => queriesOf(x, 2, start, count);
  const seen = blocks && narrow(blocks, 2, start / BLOCK, Math.ceil(count / BLOCK));
  const part = [
    own(q),
    k,
    v,
    mask && own(mask),
    bias && own(bias),
    slopes,
    rangesOf(inputs, attrs, start, count),
    narrow(lse, 2, start, count),
    narrow(delta, 2, start, count),
    own(dOut),
    ...(attrs.mods ? [seen, ...captured] : []),
  ] as const;
  const [dq, dk, dv, dBias, ...dSlopes] = run(attentionBackwardOp, part, {
    ...withRanges(attrs),
    queries: { first: start, of: q.shape[2] },
  });
  const axes = [...(shared[0] ? [2] : []), ...(shared[1] ? [3] : [])];
  return [dq, dk, dv, sum(dBias, axes, { keepDims: true }), ...dSlopes];
}

/**
 * The backward pass of attention: of `attentionBackwardOp`, whose gradient of the bias is one number for each score. A bias
 * that is the same for all queries, or for all keys, does not need so many at a time: some queries go through it after
 * others. Memory is O(T) then.
 *
 * @param scoresAtOnce  scores of that many pairs have a gradient at one time, about; at least those of 64 queries
 * @returns dq, dk, dv, and what is wanted of dBias, to be summed to its shape, and of dSlopes `[B, H, T]`
 */
export function attentionBackward(
  inputs: BackwardInputs,
  attrs: AttentionBackwardAttrs,
  scoresAtOnce: number,
): readonly Tensor[] {
  const [q, k, , , bias] = inputs;
  const [B, H, T] = q.shape;
  const S = k.shape[2];
  const shared = bias && attrs.biasGradient ? sharedSides(bias) : ([false, false] as const);
  if (!(shared[0] || shared[1]) || B * H * T * S <= scoresAtOnce) {
    return run(attentionBackwardOp, inputs, attrs);
  }
  const count = BLOCK * Math.max(1, Math.floor(scoresAtOnce / (B * H * S * BLOCK)));
  // dk and dv are sums over queries, in the dtype of statistics; so is dBias where queries share it.
  const summed = [false, true, true, shared[0]];
  const wide = inputs[7].dtype;
  const parts: Tensor[][] = [];
  for (let start = 0; start < T; start += count) {
    const sums = parts.map(([last]) => last);
    const next = tidy(() =>
      partOf(inputs, attrs, shared, [start, Math.min(count, T - start)]).map((x, i) => {
        if (!summed[i]) return x;
        return sums.length > 0 ? add(sums[i], cast(x, wide)) : cast(x, wide);
      }),
    );
    for (const [i, x] of next.entries()) {
      const before = parts[i] ?? [];
      if (summed[i]) for (const old of before) old.dispose();
      parts[i] = summed[i] ? [x] : [...before, x];
    }
  }
  return parts.map((part, i) => (summed[i] ? cast(part[0], q.dtype) : concat(part, 2)));
}
