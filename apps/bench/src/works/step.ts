import { autocast, Key, type Tensor, tensor, tidy, valueAndGrad } from "@saccade/core";
import { AdamW, GradScaler } from "@saccade/core/optim";
import { Gpt } from "@saccade/transformer";
import { type GptParameter, gptParameters, stepText } from "./gpt.ts";
import { inHalf } from "./half.ts";
import { type Parameters, tensorLibraries, type Work, type WorkConfig } from "./work.ts";

const configurations = {
  /** nanoGPT's for a CPU. */
  "GPT 4x128": { layers: 4, heads: 4, width: 128, context: 64, batch: 12, characters: 65 },
  /** The size of nanoGPT's for a GPU. */
  "GPT 6x384": { layers: 6, heads: 6, width: 384, context: 256, batch: 8, characters: 65 },
};

type StepParameters = (typeof configurations)["GPT 4x128"];

const gpuConfigurations = {
  "GPT 6x384": { ...configurations["GPT 6x384"], batch: 64 },
  /** GPT-2's smallest, over whole contexts. */
  "GPT-2 124M": { layers: 12, heads: 12, width: 768, context: 1024, batch: 8, characters: 50257 },
};

/** One training step of a GPT: loss, gradients, AdamW; in f16, mixed precision with a scaled loss. */
export const step: Work = {
  name: "step",
  unit: "tokens/s",
  rivals: [...tensorLibraries, "tfjs-wasm-tuned"],
  configs: Object.entries(configurations).map(configOf),
  gpu: Object.entries(gpuConfigurations)
    .map(configOf)
    .flatMap((config) => [config, inHalf(config)]),
  prepare(config: Parameters) {
    const { layers, heads, width, context, batch, characters } = config;
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
    loadParameters(model, gptParameters(config));
    const text = stepText(batch * context + 1, characters);
    const shape = [batch, context];
    const input = tensor(text.slice(0, -1), { shape });
    const target = tensor(text.slice(1), { shape });
    const loss = (): Tensor => model.loss({ input, target });
    const step = (): void => {
      using result = valueAndGrad(loss, parameters);
      optimizer.step(result.grads);
    };
    const scaler = new GradScaler();
    // As trainers have it: products in f16, the loss scaled, a step only of finite gradients
    const halfStep = async (): Promise<void> => {
      using result = valueAndGrad(() => scaler.scale(autocast({ dtype: "f16" }, loss)), parameters);
      await scaler.step(optimizer, result.grads);
      scaler.update();
    };
    return {
      call: config.half === 1 ? halfStep : step,
      check: () => tidy(() => model.loss({ input, target })).item(),
    };
  },
};

function configOf([name, parameters]: readonly [string, StepParameters]): WorkConfig {
  return { name, parameters: { ...parameters }, amount: parameters.batch * parameters.context };
}

/** Weights of ours are [out, in], and queries, keys and values have one each. */
function loadParameters(model: Gpt, parameters: readonly GptParameter[]): void {
  tidy(() => {
    const [tokens, positions, ...rest] = parameters.map(({ values, shape }) => tensor(values, { shape }));
    const state: Record<string, Tensor> = { "tokens.weight": tokens, "positions.weight": positions };
    for (let layer = 0; layer < model.config.numLayers; layer++) {
      const [norm1, qkv, out, norm2, up, down] = rest.slice(6 * layer, 6 * layer + 6);
      const at = `decoder.layers.${layer}`;
      const width = out.shape[0];
      ["query", "key", "value"].forEach((name, i) => {
        const part = qkv.slice(null, [i * width, (i + 1) * width]);
        state[`${at}.selfAttention.${name}Projection.weight`] = part.transpose();
      });
      state[`${at}.selfAttention.outProjection.weight`] = out.transpose();
      state[`${at}.feedForward.linear1.weight`] = up.transpose();
      state[`${at}.feedForward.linear2.weight`] = down.transpose();
      state[`${at}.norm1.weight`] = norm1;
      state[`${at}.norm2.weight`] = norm2;
    }
    state["decoder.norm.weight"] = rest[rest.length - 1];
    model.loadStateDict(state);
  });
}
