import { ArgumentError, type Backend, Key, noGrad, slice, type Tensor, tensor, tidy } from "@saccade/core";
import { checkSampling, type SamplingOptions, sampleToken } from "./sampling.ts";

/** What can continue a sequence of tokens. */
export interface LanguageModel {
  readonly config: { readonly contextLength: number; readonly vocabSize: number };
  /** `[B, T]` -> `[B, T, V]` */
  forward(ids: Tensor): Tensor;
}

export interface GenerateOptions extends SamplingOptions {
  /** Most tokens to generate. Default 100. */
  readonly maxNewTokens?: number;
  /** Tokens that end the text; they are not yielded. */
  readonly stopIds?: readonly number[];
  /** Seed of the draws; default 0. Equal seeds give equal texts. */
  readonly seed?: number;
  readonly backend?: Backend;
}

const optionNames: ReadonlySet<string> = new Set([
  "temperature",
  "topK",
  "topP",
  "maxNewTokens",
  "stopIds",
  "seed",
  "backend",
]);

function checkOptions(prompt: readonly number[], vocabSize: number, options: GenerateOptions): void {
  for (const name of Object.keys(options))
    if (!optionNames.has(name)) throw new ArgumentError(`generate: unknown option "${name}"`);
  checkSampling(options);
  if (prompt.length === 0) throw new ArgumentError("generate: the prompt is empty; give at least one token");
  for (const id of prompt) {
    if (!Number.isInteger(id) || id < 0 || id >= vocabSize)
      throw new ArgumentError(`generate: token ${id} is not in the vocabulary of ${vocabSize}`);
  }
  const { maxNewTokens = 100 } = options;
  if (!Number.isInteger(maxNewTokens) || maxNewTokens < 0)
    throw new ArgumentError(`generate: maxNewTokens must be a non-negative integer (got ${maxNewTokens})`);
}

/**
 * Continues a prompt, token by token, as they come. The model sees the last `contextLength` tokens.
 *
 * @param prompt  token ids, at least one
 * @returns token ids
 * @throws ArgumentError for an option that is unknown or out of range
 * @example
 * const model = new Gpt({ vocabSize: 5, contextLength: 8, embedDim: 8, numLayers: 1, numHeads: 2 }, { key: new Key(0) });
 * for await (const id of generate(model, [1, 2], { maxNewTokens: 3, topK: 2, seed: 1 })) console.log(id);
 */
export async function* generate(
  model: LanguageModel,
  prompt: ArrayLike<number>,
  options: GenerateOptions = {},
): AsyncGenerator<number> {
  const ids = Array.from(prompt);
  const { contextLength, vocabSize } = model.config;
  checkOptions(ids, vocabSize, options);
  const { maxNewTokens = 100, stopIds = [], seed = 0, backend } = options;
  const key = new Key(seed);
  for (let step = 0; step < maxNewTokens; step++) {
    const window = ids.slice(-contextLength);
    const last = tidy(() =>
      noGrad(() => {
        const input = tensor([window], { dtype: "i32", ...(backend ? { backend } : {}) });
        return slice(model.forward(input), 0, -1);
      }),
    );
    const logits = await last.data();
    last.dispose();
    const id = sampleToken(logits, options, key.fold(step));
    if (stopIds.includes(id)) return;
    ids.push(id);
    yield id;
  }
}
