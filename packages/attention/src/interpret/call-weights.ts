import { cast, indexSelect, reshape, type Tensor, tensor } from "@saccade/core";
import type { AttentionCall } from "../scaled-dot-product/attention-hooks.ts";
import { scoresOf, timesTransposed, weightsFrom } from "../scaled-dot-product/compose.ts";
import { rangesOfQueries, withRanges } from "../scaled-dot-product/query-ranges.ts";
import { type ScoreInputs, scoreInputs } from "../scaled-dot-product/score-inputs.ts";

const isAll = (indices: readonly number[], size: number): boolean =>
  indices.length === size && indices.every((index, i) => index === i);

/** Keys or values `[B, K, S, E]` of heads, of H: all heads go on sharing theirs, some have their own. */
function ownRows(x: Tensor, heads: readonly number[], H: number): Tensor {
  const K = x.shape[1];
  if (isAll(heads, H)) return x;
  return pick(
    x,
    1,
    heads.map((head) => Math.floor((head * K) / H)),
  );
}

/** Elements of a dimension of `[B, H, T, S]` that x broadcasts to; x itself where they are all, or one for all. */
export function pick(x: Tensor, axis: number, indices: readonly number[]): Tensor {
  const at = axis - 4 + x.rank;
  if (at < 0 || x.shape[at] === 1) return x;
  if (isAll(indices, x.shape[at])) return x;
  return indexSelect(x, tensor(Int32Array.from(indices), { backend: x.backend }), at);
}

/**
 * Weights of the heads and queries that are asked for, `[B, h, t, S]`, by `e^(score - logSumExp)`: what is computed and
 * held is as much as they are. `ranges` `[B or 1, t, 3]`: what each of the queries may see, and its place.
 */
export function callWeights(
  call: AttentionCall,
  heads: readonly number[],
  queries: readonly number[],
): { readonly weights: Tensor; readonly ranges: Tensor } {
  const [q, k, , mask, bias, slopes, given] = call.inputs;
  const [B, H, T] = q.shape;
  const [h, t] = [heads.length, queries.length];
  const { dtype } = call.logSumExp;
  const rows = (x: Tensor): Tensor => pick(pick(x, 1, heads), 2, queries);
  const float = (x: Tensor | null): Tensor | null => x && cast(rows(x), dtype);
  const ranges = given
    ? reshape(pick(reshape(given, [B, 1, T, 3]), 2, queries), [B, t, 3])
    : rangesOfQueries(call.inputs, call.attrs, queries);
  const scores: ScoreInputs = {
    ...scoreInputs(call.inputs, call.inputs.slice(8)),
    q: cast(rows(q), dtype),
    k: cast(ownRows(k, heads, H), dtype),
    mask: mask && rows(mask),
    bias: float(bias),
    slopes: slopes && float(reshape(slopes, [H, 1, 1])),
    ranges,
    heads,
    queries,
  };
  const { masked } = scoresOf(scores, withRanges(call.attrs));
  const logSumExp = reshape(rows(reshape(call.logSumExp, [B, H, T, 1])), [B, h, t]);
  return { weights: weightsFrom(masked, logSumExp), ranges };
}

/**
 * The gradient of the weights of heads and queries, `dOut v^T`, `[B, h, t, S]`; of what was not dropped.
 *
 * @param outGradient  of the call's output, `[B, H, T, Ev]`
 * @param values  `[B, K, S, Ev]`
 */
export function weightGradients(
  outGradient: Tensor,
  values: Tensor,
  heads: readonly number[],
  queries: readonly number[],
  dtype: Tensor["dtype"],
): Tensor {
  const own = ownRows(values, heads, outGradient.shape[1]);
  const rows = pick(pick(outGradient, 1, heads), 2, queries);
  return timesTransposed(cast(rows, dtype), cast(own, dtype));
}
