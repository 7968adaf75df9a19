import {
  ArgumentError,
  argmax,
  keep,
  noGrad,
  type OptionNames,
  requireKnown,
  slice,
  type Tensor,
  tensor,
  tidy,
} from "@saccade/core";
import type { Seq2SeqTransformer } from "../models/seq2seq-transformer.ts";

export interface TranslateOptions {
  /** Token that every target begins with. */
  readonly startId: number;
  /** Token that ends a target. */
  readonly endId: number;
  /** Most tokens to generate, the end included; at most the model's `maxLength`. */
  readonly maxNewTokens: number;
}

const optionNames: OptionNames<TranslateOptions> = { startId: true, endId: true, maxNewTokens: true };

function checkArguments({ config }: Seq2SeqTransformer, options: TranslateOptions): void {
  requireKnown("translate", options, optionNames);
  const { targetVocabSize, maxLength } = config;
  for (const name of ["startId", "endId"] as const) {
    const id = options[name];
    if (Number.isInteger(id) && id >= 0 && id < targetVocabSize) continue;
    throw new ArgumentError(`translate: ${name} ${id} is not in the target vocabulary of ${targetVocabSize}`);
  }
  const { maxNewTokens } = options;
  if (Number.isInteger(maxNewTokens) && maxNewTokens >= 0 && maxNewTokens <= maxLength) return;
  throw new ArgumentError(
    `translate: maxNewTokens must be an integer in [0, maxLength ${maxLength}] (got ${maxNewTokens})`,
  );
}

/**
 * Greedy translations of a batch of sources, without `startId` and what comes from `endId` on. Ends when every target
 * has.
 *
 * @param source  `[B, S]`, i32
 * @param sourceMask  u8 `[B, S]`, or null if nothing is padded
 * @returns token ids, one list per source
 * @throws ArgumentError for an option that is unknown or out of range
 * @example
 * const model = new Seq2SeqTransformer(
 *   { sourceVocabSize: 9, targetVocabSize: 7, maxLength: 8, embedDim: 8, numHeads: 2, numEncoderLayers: 1, numDecoderLayers: 1 },
 *   { key: new Key(0) },
 * );
 * const source = tensor([[4, 5, 6], [7, 8, 1]], { dtype: "i32" });
 * const targets = await translate(model, source, null, { startId: 0, endId: 1, maxNewTokens: 5 });
 * targets.length; // => 2
 */
export async function translate(
  model: Seq2SeqTransformer,
  source: Tensor,
  sourceMask: Tensor | null,
  options: TranslateOptions,
): Promise<number[][]> {
  checkArguments(model, options);
  const { startId, endId, maxNewTokens } = options;
  const memory = keep(tidy(() => noGrad(() => model.encode(source, sourceMask))));
  const targets = Array.from({ length: source.shape[0] }, () => [startId]);
  let cache: Cache | null = null;
  try {
    cache = model.createCache({ batch: targets.length, maxLength: Math.max(1, maxNewTokens) });
    for (let step = 0; step < maxNewTokens && targets.some((ids) => !ids.includes(endId, 1)); step++) {
      const next = await nextTokens(model, targets, memory, sourceMask, cache);
      for (const [b, ids] of targets.entries()) ids.push(next[b]);
    }
  } finally {
    cache?.dispose();
    memory.dispose();
  }
  return targets.map((ids) => {
    const end = ids.indexOf(endId, 1);
    return ids.slice(1, end === -1 ? undefined : end);
  });
}

type Cache = ReturnType<Seq2SeqTransformer["createCache"]>;

/** The likeliest token behind each target; all are equally long, and the cache holds all but their last tokens. */
async function nextTokens(
  model: Seq2SeqTransformer,
  targets: readonly (readonly number[])[],
  memory: Tensor,
  memoryMask: Tensor | null,
  cache: Cache,
): Promise<ArrayLike<number>> {
  const next = tidy(() =>
    noGrad(() => {
      const last = targets.map((ids) => [ids[ids.length - 1]]);
      const input = tensor(last, { dtype: "i32", backend: memory.backend }); // [B, 1]
      const logits = model.decode(input, memory, memoryMask, { cache }); // [B, 1, V]
      return argmax(slice(logits, null, -1), -1); // [B]
    }),
  );
  try {
    return await next.data();
  } finally {
    next.dispose();
  }
}
