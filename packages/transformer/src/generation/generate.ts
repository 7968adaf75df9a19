import {
  ArgumentError,
  type Backend,
  Key,
  noGrad,
  type OptionNames,
  requireKnown,
  slice,
  type Tensor,
  tensor,
  tidy,
} from "@saccade/core";
import { checkSampling, type SamplingOptions, sampleToken } from "./sampling.ts";

/** What a model remembers of the tokens that it has seen. */
export interface DecodingCache {
  /** Tokens. */
  readonly length: number;
  dispose(): void;
}

/** What can continue a sequence of tokens. */
export interface LanguageModel {
  readonly config: { readonly contextLength: number; readonly vocabSize: number };
  /**
   * Ids `[B, T]`, i32, to logits `[B, T, V]`.
   *
   * Options are given only to a model that has `createCache`: `cache` holds the tokens before the ids, which it appends;
   * for `logits: "last"` the last place alone, `[B, 1, V]`, will do.
   */
  forward(
    ids: Tensor,
    options?: {
      readonly cache?: DecodingCache | undefined;
      readonly logits?: "all" | "last" | undefined;
    },
  ): Tensor;
  /** An empty cache for `forward`. A model without it computes the whole text again for every token. */
  createCache?(options: { readonly batch: number; readonly maxLength: number }): DecodingCache;
}

export interface GenerateOptions extends SamplingOptions {
  /** Most tokens to generate. Default 100. */
  readonly maxNewTokens?: number;
  /** Tokens that end the text; they are not yielded. */
  readonly stopIds?: readonly number[];
  /** Seed of the draws; default 0. Equal seeds give equal texts. */
  readonly seed?: number;
  /** Where the model lives. Default: the one of `setBackend`. */
  readonly backend?: Backend;
}

const optionNames: OptionNames<GenerateOptions> = {
  temperature: true,
  topK: true,
  topP: true,
  maxNewTokens: true,
  stopIds: true,
  seed: true,
  backend: true,
};

function checkArguments(prompt: readonly number[], vocabSize: number, options: GenerateOptions): void {
  requireKnown("generate", options, optionNames);
  checkSampling("generate", options);
  if (prompt.length === 0) throw new ArgumentError("generate: the prompt is empty; give at least one token");
  for (const id of prompt) {
    if (Number.isInteger(id) && id >= 0 && id < vocabSize) continue;
    throw new ArgumentError(`generate: token ${id} is not in the vocabulary of ${vocabSize}`);
  }
  const { maxNewTokens = 100 } = options;
  if (!Number.isInteger(maxNewTokens) || maxNewTokens < 0) {
    throw new ArgumentError(`generate: maxNewTokens must be a non-negative integer (got ${maxNewTokens})`);
  }
}

/**
 * Continues a prompt, token by token, as they come. The model sees the last `contextLength` tokens. As long as the text
 * fits there, a cache of keys and values holds what the model has seen, and a token costs one row; beyond, places move,
 * and the model computes the whole context for each token. The cache is given back when the text ends, or the loop over it
 * does. The model must not change meanwhile.
 *
 * @param model  `Gpt`, or whatever gives logits for ids
 * @param prompt  token ids, at least one
 * @returns token ids, without the prompt
 * @throws ArgumentError, at the first token, for an option that is unknown or out of range, an empty prompt, or a token
 *   that the model does not have
 * @example
 * const model = new Gpt(
 *   { vocabSize: 5, contextLength: 8, embedDim: 8, numLayers: 1, numHeads: 2 },
 *   { key: new Key(0) },
 * );
 * const ids: number[] = [];
 * for await (const id of generate(model, [1, 2], { maxNewTokens: 3, topK: 2, seed: 1 })) ids.push(id);
 * ids.length; // => 3
 */
export async function* generate(
  model: LanguageModel,
  prompt: ArrayLike<number>,
  options: GenerateOptions = {},
): AsyncGenerator<number, void, undefined> {
  const ids = Array.from(prompt);
  const { contextLength, vocabSize } = model.config;
  checkArguments(ids, vocabSize, options);
  const { maxNewTokens = 100, stopIds = [], seed = 0, backend } = options;
  const key = new Key(seed);
  let cache = cacheFor(model, ids.length, maxNewTokens);
  try {
    for (let step = 0; step < maxNewTokens; step++) {
      if (ids.length > contextLength) {
        cache?.dispose();
        cache = null;
      }
      const unseen = cache ? ids.slice(cache.length) : ids.slice(-contextLength);
      const logits = await lastLogits(model, unseen, cache, backend);
      const id = sampleToken(logits, options, key.fold(step));
      if (stopIds.includes(id)) return;
      ids.push(id);
      yield id;
    }
  } finally {
    cache?.dispose();
  }
}

/** A cache, where a second token could make use of it. The last token of all is not put in. */
function cacheFor(model: LanguageModel, promptLength: number, maxNewTokens: number): DecodingCache | null {
  const maxLength = Math.min(model.config.contextLength, promptLength + maxNewTokens - 1);
  return maxLength > promptLength ? (model.createCache?.({ batch: 1, maxLength }) ?? null) : null;
}

/** The logits behind the last token. Nothing but numbers survives. */
async function lastLogits(
  model: LanguageModel,
  ids: readonly number[],
  cache: DecodingCache | null,
  backend: Backend | undefined,
): Promise<ArrayLike<number>> {
  const last = tidy(() =>
    noGrad(() => {
      const input = tensor([ids], { dtype: "i32", ...(backend ? { backend } : {}) });
      const logits = model.createCache
        ? model.forward(input, { logits: "last", cache: cache ?? undefined })
        : model.forward(input);
      return slice(logits, 0, -1); // [V]
    }),
  );
  try {
    return await last.data();
  } finally {
    last.dispose();
  }
}
