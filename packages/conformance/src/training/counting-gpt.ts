import { type Backend, Key, tensor, valueAndGrad, withBackend } from "@saccade/core";
import { AdamW } from "@saccade/core/optim";
import { Gpt } from "@saccade/transformer";

const config = { vocabSize: 11, contextLength: 8, embedDim: 16, numLayers: 1, numHeads: 2, dropout: 0.1 };
const batch = 2;
/** Losses of a small GPT that learns to count, modulo its vocabulary, in strides of one to three. */
export async function losses(backend: Backend, steps: number): Promise<number[]> {
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
    using result = valueAndGrad(
      () => model.loss({ input, target }, { key: new Key(1).fold(step) }),
      model.parameters(),
    );
    optimizer.step(result.grads);
    curve.push(await result.value.item());
  }
  model.dispose();
  return curve;
}
