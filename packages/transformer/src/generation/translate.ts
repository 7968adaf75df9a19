import { argmax, concat, full, noGrad, reshape, slice, type Tensor, tidy } from "@saccade/core";
import type { Seq2SeqTransformer } from "../models/seq2seq-transformer.ts";

export interface TranslateOptions {
  /** Token that every target begins with. */
  readonly startId: number;
  /** Token that ends a target. */
  readonly endId: number;
  /** Most tokens to generate, the end included. */
  readonly maxNewTokens: number;
}

/**
 * Greedy translations of a batch of sources, without `startId` and what comes from `endId` on.
 *
 * @param source  `[B, S]`, i32
 * @param sourceMask  u8 `[B, S]`, or null if nothing is padded
 * @returns token ids, one list per source
 */
export async function translate(
  model: Seq2SeqTransformer,
  source: Tensor,
  sourceMask: Tensor | null,
  options: TranslateOptions,
): Promise<number[][]> {
  const { startId, endId, maxNewTokens } = options;
  const B = source.shape[0];
  const ids = tidy(() =>
    noGrad(() => {
      const memory = model.encode(source, sourceMask);
      let target = full([B, 1], startId, { dtype: "i32", backend: source.backend });
      for (let step = 0; step < maxNewTokens; step++) {
        const before = target;
        target = tidy(() => {
          // [B, T, V] -> [B, V]: the logits behind the last token.
          const last = slice(model.decode(before, memory, sourceMask), null, -1);
          return concat([before, reshape(argmax(last, -1), [B, 1])], 1);
        });
      }
      return target;
    }),
  );
  const flat = await ids.data();
  ids.dispose();
  return Array.from({ length: B }, (_, b) => {
    const row = Array.from(flat.subarray(b * (maxNewTokens + 1) + 1, (b + 1) * (maxNewTokens + 1)));
    const end = row.indexOf(endId);
    return end === -1 ? row : row.slice(0, end);
  });
}
