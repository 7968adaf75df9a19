import { cast, tensor, tidy } from "@saccade/core";
import { castModule } from "@saccade/core/nn";
import { placedMeanSquare } from "./data.ts";
import { stepText } from "./gpt.ts";
import { Gpt2, gpt2ReadBytes } from "./gpt2.ts";
import { inHalf } from "./half.ts";
import { read } from "./read.ts";
import type { Parameters, Prepared, Work, WorkConfig } from "./work.ts";

/** GPT-2's smallest: 124 million parameters. */
const gpt2 = { layers: 12, heads: 12, width: 768, vocabulary: 50257, context: 1024, prompt: 128 };

const configs: readonly WorkConfig[] = [
  { name: "GPT-2 124M, prefill 128", parameters: gpt2, variant: "prefill", amount: gpt2.prompt },
  {
    name: "GPT-2 124M, decode from 128",
    parameters: gpt2,
    variant: "decode",
    amount: 1,
    readBytes: gpt2ReadBytes(gpt2),
  },
];

/** A language model as each peer has it. */
export interface CachedModel {
  /**
   * @param ids  tokens that follow the first `past` of those that it has seen
   * @param past  0, the length of the prompt, or that of all that it has seen
   * @returns logits behind the last one
   */
  forward(ids: readonly number[], past: number): Promise<ArrayLike<number>>;
}

/** GPT-2 124M with random weights, in f32 or f16, batch 1: a prompt at once, and token by token behind it with a cache. */
export const decode: Work = {
  name: "decode",
  unit: "tokens/s",
  rivals: ["onnxruntime-node", "onnxruntime-web", "transformers.js", "pytorch", "pytorch-cuda"],
  limit: read,
  large: true,
  configs,
  gpu: configs.flatMap((config) => [config, inHalf(config)]),
  prepare(config, _, variant) {
    const model = new Gpt2(config);
    model.load(config);
    if (config.half === 1) castModule(model, "f16");
    const caches = model.decoder.createCache({ batch: 1, maxLength: config.prompt + span });
    return decodes(config, variant, {
      async forward(ids, past) {
        caches.truncate(past);
        using input = tensor([ids], { dtype: "i32" });
        using logits = tidy(() => cast(model.forward(input, caches), "f32"));
        return await logits.data();
      },
    });
  },
};

/** Tokens behind the prompt; then the cache goes back to the prompt alone. */
const span = 64;

/** The work on a model: the tokens are given, none is drawn. Logits are handed over after every call. */
export async function decodes(
  { prompt, vocabulary }: Parameters,
  variant: string | undefined,
  model: CachedModel,
): Promise<Prepared> {
  const ids = [...stepText(prompt + span, vocabulary)];
  const prefill = () => model.forward(ids.slice(0, prompt), 0);
  let at = prompt;
  const next = () => {
    const logits = model.forward([ids[at]], at);
    at = at + 1 < ids.length ? at + 1 : prompt;
    return logits;
  };
  await prefill();
  return {
    call: async () => void (await (variant === "prefill" ? prefill() : next())),
    outputBytes: 4 * vocabulary,
    async check() {
      at = prompt;
      let sum = placedMeanSquare(await prefill());
      for (let i = 0; i < 3; i++) sum += placedMeanSquare(await next());
      at = prompt;
      return sum;
    },
  };
}
