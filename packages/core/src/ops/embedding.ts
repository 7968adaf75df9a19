import { requireDtype, requireFloat } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { scoped } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { ne } from "./compare.ts";
import { expand } from "./expand.ts";
import { full } from "./fill.ts";
import { gather, indexSelect, scatterAddInto } from "./gather.ts";
import { reshape } from "./reshape.ts";
import { scaleGradient } from "./scale-gradient.ts";
import { reciprocal } from "./unary.ts";

export interface EmbeddingLookup {
  /** The row of padding: it is read as any other, but gets no gradient. Negative counts from the end. */
  readonly paddingIdx?: number;
  /** Divide the gradient of a row by how often it was looked up. Default false. */
  readonly scaleGradByFreq?: boolean;
}

/** How often each index of `[N]` occurs among all of them, `[N]`. */
function occurrences(index: Tensor, count: number, like: Tensor): Tensor {
  const one = expand(full([], 1, { dtype: like.dtype, backend: like.backend }), index.shape);
  return gather(scatterAddInto([count], index, one, 0), index, 0);
}

/** `paddingIdx` in `[0, rows)`, or null. @internal */
export function paddingRow(name: string, paddingIdx: number | undefined, rows: number): number | null {
  if (paddingIdx === undefined) return null;
  if (!Number.isInteger(paddingIdx) || paddingIdx < -rows || paddingIdx >= rows) {
    throw new ArgumentError(`${name}: paddingIdx must be a row (got ${paddingIdx} of ${rows})`);
  }
  return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
}

/**
 * Rows of a table, by index.
 *
 * @param index  `[...]`, i32 in `[0, V)`; another gives a row of NaN
 * @param weight  `[V, D]`, float
 * @returns `[..., D]`
 * @example embedding(tensor([1, 0], { dtype: "i32" }), tensor([[1, 2], [3, 4]])); // => [[3, 4], [1, 2]]
 */
export function embedding(index: Tensor, weight: Tensor, options: EmbeddingLookup = {}): Tensor {
  return scoped(() => {
    requireDtype("embedding", index, "i32", "index");
    requireFloat("embedding", weight, "weight");
    if (weight.rank !== 2)
      throw new ShapeError(`embedding: the weight must be [rows, width] (got ${weight.describe()})`);
    const [count, width] = weight.shape;
    const flat = reshape(index, [index.size]);
    const padding = paddingRow("embedding", options.paddingIdx, count);
    let rows = indexSelect(weight, flat, 0);
    if (padding !== null || options.scaleGradByFreq) {
      const counted = full([index.size], 1, { dtype: weight.dtype, backend: weight.backend });
      const kept = padding === null ? counted : cast(ne(flat, padding), weight.dtype);
      const factor = options.scaleGradByFreq ? mul(kept, reciprocal(occurrences(flat, count, weight))) : kept;
      rows = scaleGradient(rows, reshape(factor, [index.size, 1]));
    }
    return reshape(rows, [...index.shape, width]);
  });
}
