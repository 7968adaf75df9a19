import { autocast, cast, Key, type Tensor, tensor, tidy, vjp } from "@saccade/core";
import { Gru, Lstm } from "@saccade/rnn-attention";
import { meanSquare, scattered } from "./data.ts";
import { inHalf } from "./half.ts";
import type { Parameters, Work, WorkConfig } from "./work.ts";

const kinds = ["lstm", "gru"] as const;
const sizes = [
  { batch: 1, length: 100, width: 128 },
  { batch: 16, length: 50, width: 256 },
];
/** Small enough for one processor to go through all steps, and too large. */
const gpuSizes = [
  { batch: 64, length: 128, width: 64 },
  { batch: 64, length: 128, width: 1024 },
];

/** One recurrent layer over whole sequences, as wide as what it reads; forward or forward and backward. */
export const rnn: Work = {
  name: "rnn",
  unit: "GFLOP/s",
  rivals: ["pytorch", "pytorch-cuda"],
  configs: sizes.flatMap(configsOf),
  gpu: gpuSizes.flatMap(configsOf).flatMap((config) => [config, inHalf(config)]),
  prepare(parameters: Parameters, _backend, variant) {
    const { batch, length, width, backward, half = 0 } = parameters;
    const config = { inputSize: width, hiddenSize: width };
    const layer =
      variant === "gru" ? new Gru(config, { key: new Key(0) }) : new Lstm(config, { key: new Key(0) });
    const state = Object.entries(layer.stateDict());
    tidy(() => {
      const given = state.map(([name, { shape, size }], i) => {
        const values = scattered(size, i + 1, 1 / Math.sqrt(width));
        return [name, tensor(values, { shape })] as const;
      });
      layer.loadStateDict(Object.fromEntries(given));
    });
    const shape = [batch, length, width];
    const x = tensor(scattered(batch * length * width, 0), { shape });
    const dy = tensor(scattered(batch * length * width, 9), { shape });
    const forward = (): Tensor => {
      const read = (): Tensor => layer.forward(x).output;
      return half === 1 ? cast(autocast({ dtype: "f16" }, read), "f32") : read();
    };
    const results = (): readonly Tensor[] => {
      if (backward === 0) return [forward()];
      const { outputs, grads } = vjp(() => [forward()], [x, ...layer.parameters()], [dy]);
      return [...outputs, ...grads];
    };
    const weights = state.reduce((sum, [, { size }]) => sum + size, 0);
    return {
      call: () => tidy(() => void results()),
      outputBytes: 4 * (batch * length * width * (1 + backward) + backward * weights),
      async check() {
        const tensors = tidy(() => [...results()]);
        const values = await Promise.all(tensors.map((it) => it.data()));
        for (const it of tensors) it.dispose();
        return values.reduce((sum, each) => sum + Math.log(meanSquare(each)), 0);
      },
    };
  },
};

function configsOf(size: (typeof sizes)[number]): WorkConfig[] {
  const { batch, length, width } = size;
  return kinds.flatMap((variant) =>
    [0, 1].map((backward) => {
      // With the input and with the state; backward, the gradients of both and of both weights.
      const products = backward === 1 ? 6 : 2;
      const gates = variant === "lstm" ? 4 : 3;
      return {
        name: `${variant.toUpperCase()} B ${batch} T ${length} H ${width}${backward ? " fwd+bwd" : ""}`,
        parameters: { ...size, backward },
        variant,
        amount: (products * 2 * batch * length * gates * width * width) / 1e9,
      };
    }),
  );
}
