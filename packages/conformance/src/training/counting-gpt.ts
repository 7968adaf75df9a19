import { autocast, type Backend, Key, tensor, valueAndGrad, withBackend } from "@saccade/core";
import { AdamW, GradScaler } from "@saccade/core/optim";
import { Gpt } from "@saccade/transformer";

const config = { vocabSize: 11, contextLength: 8, embedDim: 16, numLayers: 1, numHeads: 2, dropout: 0.1 };
const batch = 2;
/** How a run computes: all in f32, or matrix products and attention in f16, with a scaled loss. */
export type Precision = "f32" | "mixed";

/** Losses of a small GPT that learns to count, modulo its vocabulary, in strides of one to three. */
export async function losses(
  backend: Backend,
  steps: number,
  precision: Precision = "f32",
): Promise<number[]> {
  const enabled = precision === "mixed";
  const scaler = new GradScaler({ enabled });
  const curve: number[] = [];
  const model = withBackend(backend, () => new Gpt(config, { key: new Key(0) }));
  using optimizer = new AdamW(model.parameters(), { lr: 3e-3 });
  for (let step = 0; step < steps; step++) {
    const rows = Array.from({ length: batch }, (_, b) =>
      Array.from(
        { length: config.contextLength + 1 },
        (_, t) => (7 * step + 5 * b + (1 + (b % 3)) * t) % config.vocabSize,
      ),
    );
    using tokens = tensor(rows, { dtype: "i32", backend });
    using input = tokens.slice(null, [0, config.contextLength]);
    using target = tokens.slice(null, [1, config.contextLength + 1]);
    const scale = scaler.lossScale;
    using result = valueAndGrad(() => {
      const loss = () => model.loss({ input, target }, { key: new Key(1).fold(step) });
      return scaler.scale(autocast({ dtype: "f16", enabled }, loss));
    }, model.parameters());
    await scaler.step(optimizer, result.grads);
    scaler.update();
    curve.push((await result.value.item()) / scale);
  }
  model.dispose();
  return curve;
}
