import { type AttentionAttrs, narrow, type Tensor, tensor } from "@saccade/core";

/**
 * What some queries see by their places alone: i32 `[1, t, 3]`, as `sequenceRanges` has it for sequences. In place of
 * causality and windows, which `wholeRanges` takes out of the attributes.
 */
export function rangesOfQueries(
  [q, k]: readonly [Tensor, Tensor, ...unknown[]],
  { causal, windowLeft, windowRight }: AttentionAttrs,
  queries: readonly number[],
): Tensor {
  const [T, S] = [q.shape[2], k.shape[2]];
  const rows = queries.flatMap((i) => {
    const place = i + S - T;
    const last = windowRight < 0 ? S - 1 : place + windowRight;
    const end = Math.max(0, Math.min(S, (causal ? Math.min(place, last) : last) + 1));
    return [windowLeft < 0 ? 0 : Math.max(0, place - windowLeft), end, place];
  });
  return tensor(Int32Array.from(rows), { shape: [1, queries.length, 3], backend: q.backend });
}

/** The attributes where ranges say what causality and windows said. */
export function withRanges<A extends AttentionAttrs>(attrs: A): A {
  return { ...attrs, causal: false, windowLeft: -1, windowRight: -1 };
}

/** Some queries of what has one for each along an axis of scores, or one for all. */
export function queriesOf(x: Tensor, axis: number, start: number, count: number): Tensor {
  const at = axis - 4 + x.rank;
  return at < 0 || x.shape[at] === 1 ? x : narrow(x, at, start, count);
}
