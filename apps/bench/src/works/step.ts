import { Key, tensor, valueAndGrad } from "@saccade/core";
import { AdamW } from "@saccade/core/optim";
import { Gpt } from "@saccade/transformer";
import type { Parameters, Work } from "./work.ts";

const configurations = {
  /** nanoGPT's for a CPU. */
  "GPT 4x128": { layers: 4, heads: 4, width: 128, context: 64, batch: 12, characters: 65 },
  /** The size of nanoGPT's for a GPU. */
  "GPT 6x384": { layers: 6, heads: 6, width: 384, context: 256, batch: 8, characters: 65 },
};

/** One training step of a small GPT: loss, gradients, AdamW. */
export const step: Work = {
  name: "step",
  unit: "tokens/s",
  configs: Object.entries(configurations).map(([name, parameters]) => ({
    name,
    parameters,
    amount: parameters.batch * parameters.context,
  })),
  prepare({ layers, heads, width, context, batch, characters }: Parameters) {
    const model = new Gpt(
      {
        vocabSize: characters,
        contextLength: context,
        embedDim: width,
        numLayers: layers,
        numHeads: heads,
        bias: false,
      },
      { key: new Key(0) },
    );
    const parameters = model.parameters();
    const optimizer = new AdamW(parameters, { lr: 1e-3, weightDecay: 0.1, betas: [0.9, 0.99] });
    const text = stepText(batch * context + 1, characters);
    const shape = [batch, context];
    const input = tensor(text.slice(0, -1), { shape });
    const target = tensor(text.slice(1), { shape });
    return {
      call() {
        using result = valueAndGrad(() => model.loss({ input, target }), parameters);
        optimizer.step(result.grads);
      },
      check: async () => model.countParameters(),
    };
  },
};

/** Any text will do: characters, of which the model learns to tell the next one. */
export function stepText(length: number, characters: number): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length }, (_, i) => (i * i * 7 + i * 3) % characters);
}
