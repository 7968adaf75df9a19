import { Key, tensor, valueAndGrad } from "@saccade/core";
import { AdamW } from "@saccade/core/optim";
import { Gpt } from "@saccade/transformer";
import type { Parameters, Work } from "./work.ts";

/** nanoGPT's configuration for a CPU. */
const cpuConfig = { layers: 4, heads: 4, width: 128, context: 64, batch: 12, characters: 65 };

/** One training step of a small GPT: loss, gradients, AdamW. */
export const step: Work = {
  name: "step",
  unit: "tokens/s",
  configs: [{ name: "GPT 4x128", parameters: cpuConfig, amount: cpuConfig.batch * cpuConfig.context }],
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
    // Any text will do: character i of it, and the next one.
    const text = Int32Array.from({ length: batch * context + 1 }, (_, i) => (i * i * 7 + i * 3) % characters);
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
