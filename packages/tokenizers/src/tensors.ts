import { type Tensor, tensor } from "@saccade/core";
import type { EncodedBatch } from "./batch.ts";

/** A batch as tensors, which the current scope owns. */
export interface BatchTensors {
  /** `[B, T]`, i32 */
  readonly ids: Tensor;
  /** `[B, T]`, u8, 1 where there is a token: what attention may see. */
  readonly mask: Tensor;
  /** `[B, T]`, i32: which segment each token belongs to; zeros where the tokenizer has no segments. */
  readonly typeIds: Tensor;
}

/**
 * The arrays of an encoded batch as tensors on the default backend. This is the one file of the package that
 * depends on `@saccade/core`.
 *
 * @param batch  what `encodeBatch` of any tokenizer gives
 * @example
 * const tokenizer = new ByteTokenizer({ specialTokens: { pad: "<pad>" } });
 * const { ids, mask } = batchTensors(tokenizer.encodeBatch(["hi", "!"]));
 * ids.shape; // => [2, 2]
 * await mask.array(); // => [[1, 1], [1, 0]]
 */
export function batchTensors(batch: EncodedBatch & { readonly typeIds?: Int32Array }): BatchTensors {
  const { shape } = batch;
  return {
    ids: tensor(batch.ids, { shape }),
    mask: tensor(batch.mask, { shape }),
    typeIds: tensor(batch.typeIds ?? new Int32Array(batch.ids.length), { shape }),
  };
}
