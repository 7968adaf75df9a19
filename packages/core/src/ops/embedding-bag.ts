import { requireDtype, requireFloat } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { arange } from "./arange.ts";
import { argmax } from "./arg-reduce.ts";
import { div, mul, sub } from "./arithmetic.ts";
import { maximum } from "./binary-math.ts";
import { cast } from "./cast.ts";
import { eq, gt, logicalAnd, ne } from "./compare.ts";
import { paddingRow } from "./embedding.ts";
import { expand } from "./expand.ts";
import { full, fullLike } from "./fill.ts";
import { gather, indexSelect, scatterAddInto } from "./gather.ts";
import { reshape, unsqueeze } from "./reshape.ts";
import { searchsorted } from "./searchsorted.ts";
import { where } from "./where.ts";

export interface EmbeddingBagOptions {
  /** Where each bag begins, i32 `[B]`, ascending from 0; for an index of one dimension. */
  readonly offsets?: Tensor;
  /** Default "mean". */
  readonly mode?: "sum" | "mean" | "max";
  /** A factor on each row, the shape of the index; for mode "sum". */
  readonly perSampleWeights?: Tensor;
  /** This row takes no part. Negative counts from the end. */
  readonly paddingIdx?: number;
}

/** The index as one dimension, and the bag of each element. [N], [N] */
function bagsOf(index: Tensor, offsets: Tensor | undefined): { flat: Tensor; bag: Tensor; bags: number } {
  const { backend } = index;
  if (index.rank === 2 && !offsets) {
    const [bags, length] = index.shape;
    const bag = expand(unsqueeze(arange(0, bags, 1, { backend }), 1), [bags, length]);
    return { flat: reshape(index, [index.size]), bag: reshape(bag, [index.size]), bags };
  }
  if (index.rank !== 1 || !offsets || offsets.rank !== 1) {
    throw new ShapeError(
      `embeddingBag: needs an index of two dimensions, or of one and offsets (got ${index.describe()}, ${offsets?.describe() ?? "no offsets"})`,
    );
  }
  requireDtype("embeddingBag", offsets, "i32", "offsets");
  const bag = sub(searchsorted(offsets, arange(0, index.size, 1, { backend }), { right: true }), 1);
  return { flat: index, bag, bags: offsets.size };
}

/** rows [N, D], bag [N], used u8 [N] -> [B, D]: the largest of each bag and column; the gradient goes to the first of equals. */
function largest(rows: Tensor, bag: Tensor, bags: number, used: Tensor): Tensor {
  const [count, width] = rows.shape;
  const { backend, dtype } = rows;
  if (count === 0) return full([bags, width], 0, { dtype, backend });
  const mine = logicalAnd(eq(unsqueeze(arange(0, bags, 1, { backend }), 1), bag), used); // [B, N]
  const candidates = where(unsqueeze(mine, 2), rows, full([], Number.NEGATIVE_INFINITY, { dtype, backend })); // [B, N, D]
  const best = gather(rows, argmax(candidates, 1), 0);
  const filled = gt(scatterAddInto([bags], bag, cast(used, "i32"), 0), 0);
  return where(unsqueeze(filled, 1), best, fullLike(best, 0));
}

/**
 * Sum, mean or maximum of the rows of a table, for bags of indices. An empty bag gives zeros.
 *
 * @param index  i32 `[B, L]`, or `[N]` with offsets
 * @param weight  `[V, D]`, float
 * @returns `[B, D]`
 * @example
 * const index = tensor([[0, 1], [1, 1]], { dtype: "i32" });
 * embeddingBag(index, tensor([[1, 2], [3, 4]]), { mode: "sum" }); // => [[4, 6], [6, 8]]
 */
export function embeddingBag(index: Tensor, weight: Tensor, options: EmbeddingBagOptions = {}): Tensor {
  return tidy(() => {
    const { mode = "mean", offsets, perSampleWeights } = options;
    requireDtype("embeddingBag", index, "i32", "index");
    requireFloat("embeddingBag", weight, "weight");
    if (weight.rank !== 2)
      throw new ShapeError(`embeddingBag: the weight must be [rows, width] (got ${weight.describe()})`);
    if (perSampleWeights && mode !== "sum")
      throw new ArgumentError(`embeddingBag: perSampleWeights need mode "sum" (got "${mode}")`);
    const { flat, bag, bags } = bagsOf(index, offsets);
    const padding = paddingRow("embeddingBag", options.paddingIdx, weight.shape[0]);
    const used = padding === null ? cast(fullLike(flat, 1), "u8") : ne(flat, padding);
    const rows = indexSelect(weight, flat, 0);
    if (mode === "max") return largest(rows, bag, bags, used);
    const weighted = perSampleWeights ? mul(rows, reshape(perSampleWeights, [flat.size, 1])) : rows;
    const kept = where(unsqueeze(used, 1), weighted, fullLike(weighted, 0));
    const total = scatterAddInto([bags, weight.shape[1]], expand(unsqueeze(bag, 1), kept.shape), kept, 0);
    if (mode === "sum") return total;
    const counts = scatterAddInto([bags], bag, cast(used, weight.dtype), 0);
    return div(total, unsqueeze(maximum(counts, 1), 1));
  });
}
