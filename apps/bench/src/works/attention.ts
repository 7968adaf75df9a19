import { attention as attend } from "@saccade/attention";
import { cast, type Tensor, tensor, tidy, vjp } from "@saccade/core";
import { meanSquare, scattered } from "./data.ts";
import { inHalf, operand } from "./half.ts";
import { type Parameters, tensorLibraries, type Work, type WorkConfig } from "./work.ts";

const lengths = [128, 512, 1024, 2048, 4096, 8192];
/** From here on, attention that holds all scores takes seconds, and GiB. */
const long = 2048;

const small = { heads: 8, width: 64 };
/** Of a training step of GPT-2 124M over 8 sequences (heads of all are counted together), and a long one of wide heads. */
const gpuSizes = [
  { heads: 96, length: 1024, width: 64 },
  { heads: 16, length: 4096, width: 128 },
];

/** Softmax attention of `heads` heads over a sequence, forward or forward and backward. */
export const attention: Work = {
  name: "attention",
  unit: "GFLOP/s",
  rivals: [...tensorLibraries, "tfjs-wasm-tuned"],
  configs: lengths.flatMap((T) =>
    [0, 1].flatMap((causal) => [0, 1].map((backward) => configOf({ ...small, length: T, causal, backward }))),
  ),
  gpu: gpuSizes
    .flatMap((size) => [0, 1].map((backward) => configOf({ ...size, causal: 1, backward })))
    .flatMap((config) => [config, inHalf(config)]),
  prepare(parameters: Parameters) {
    const { causal, backward } = parameters;
    const data = attentionData(parameters);
    const [q, k, v, dy] = data.operands.map((values) =>
      operand(tensor(values, { shape: data.shape }), parameters),
    );
    const forward = (): Tensor => attend(q, k, v, { causal: causal === 1 });
    const results = (): readonly Tensor[] => {
      if (backward === 0) return [forward()];
      const { outputs, grads } = vjp(() => [forward()], [q, k, v], [dy]);
      return [...outputs, ...grads];
    };
    return {
      call: () => tidy(() => void results()),
      outputBytes: data.outputBytes,
      async check() {
        const tensors = tidy(() => results().map((it) => cast(it, "f32")));
        const values = await Promise.all(tensors.map((it) => it.data()));
        for (const it of tensors) it.dispose();
        return attentionCheck(values);
      },
    };
  },
};

/** What every peer computes with: queries, keys, values, and the gradient that comes in. */
export function attentionData({ heads, length, width, backward, half = 0 }: Parameters): {
  readonly shape: [number, number, number, number];
  readonly operands: readonly Float32Array<ArrayBuffer>[];
  readonly outputBytes: number;
} {
  const size = heads * length * width;
  const operands = [0, 1, 2, 3].map((salt) => scattered(size, salt).map((value) => value * 2));
  return {
    shape: [1, heads, length, width],
    operands,
    outputBytes: (half === 1 ? 2 : 4) * size * (backward === 1 ? 4 : 1),
  };
}

/** One number of the result, or of the result and its gradients; each counts alike. */
export function attentionCheck(results: readonly ArrayLike<number>[]): number {
  return results.reduce((sum, values) => sum + Math.log(meanSquare(values)), 0);
}

interface Sizes {
  readonly heads: number;
  readonly length: number;
  readonly width: number;
  readonly causal: number;
  readonly backward: number;
}

function configOf(sizes: Sizes): WorkConfig {
  const { heads, length, width, causal, backward } = sizes;
  // Two products of T x T x width a head; the backward pass has five. A causal one needs half of each.
  const products = backward === 1 ? 7 : 2;
  const amount = (products * 2 * heads * length * length * width) / (causal === 1 ? 2 : 1) / 1e9;
  const shape = heads === small.heads ? `T ${length}` : `H ${heads} T ${length} E ${width}`;
  const name = `${shape}${causal ? " causal" : ""}${backward ? " fwd+bwd" : ""}`;
  return {
    name,
    parameters: { ...sizes },
    amount,
    ...(heads === small.heads && length >= long && { long: true }),
  };
}
