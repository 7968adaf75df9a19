import { getBackend, Key, setBackend, tensor, tidy, valueAndGrad } from "@saccade/core";
import type { Backend } from "@saccade/core/backend";
import { AdamW, clipScale, gradNorm } from "@saccade/core/optim";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { Gpt, type GptConfig } from "@saccade/transformer";
import { Gpt2 } from "../works/gpt2.ts";
import { type Count, countingBackend } from "./count.ts";
import { idleDevice } from "./idle-device.ts";

/** Bindings that WebGPU's implementation in Node and Chromium gives on desktop GPUs. */
export const STORAGE_BUFFERS = 16;

/** A count under the name of what was counted. */
export interface NamedCount extends Count {
  readonly name: string;
}

const small = { vocabSize: 65, contextLength: 64, embedDim: 128, numLayers: 4, numHeads: 4, bias: false };
const gpt2 = { vocabSize: 50257, contextLength: 1024, embedDim: 768, numLayers: 12, numHeads: 12 };

/** Training steps and generated tokens on the GPU backend, in f32: nothing is computed. */
export async function countPrograms(): Promise<readonly NamedCount[]> {
  return [
    await onIdleBackend("GPT 4x128, B 12, T 64: training step", trainingStep(small, 12, false)),
    await onIdleBackend("GPT-2 124M, B 8, T 1024: training step", trainingStep(gpt2, 8, false)),
    await onIdleBackend("the same, gradients clipped by their norm", trainingStep(gpt2, 8, true)),
    await onIdleBackend("GPT-2 124M, B 1: a token after 128", token(128)),
    await onIdleBackend("GPT-2 124M, B 1: a token after 1000", token(1000)),
  ];
}

/** What `make` prepares is run twice before it is counted: the first call makes moments. */
async function onIdleBackend(name: string, make: () => () => void): Promise<NamedCount> {
  const before = getBackend();
  const { backend, count } = countingBackend(await idleBackend());
  setBackend(backend);
  try {
    const run = make();
    run();
    run();
    return { name, ...count(run) };
  } finally {
    setBackend(before);
    await backend.dispose();
  }
}

async function idleBackend(): Promise<Backend> {
  return createGpuBackend({ device: idleDevice(STORAGE_BUFFERS) });
}

function trainingStep(config: GptConfig, batch: number, clip: boolean): () => () => void {
  return () => {
    const model = new Gpt(config, { key: new Key(0) });
    const optimizer = new AdamW(model.parameters(), { lr: 1e-3, weightDecay: 0.1 });
    const shape = [batch, config.contextLength];
    const ids = new Int32Array(batch * config.contextLength);
    const input = tensor(ids, { shape });
    const target = tensor(ids, { shape });
    return () => {
      using result = valueAndGrad(() => model.loss({ input, target }), optimizer.parameters);
      tidy(() => {
        const gradScale = clip ? clipScale(gradNorm(result.grads), 1) : null;
        optimizer.step(result.grads, { gradScale });
      });
    };
  };
}

function token(past: number): () => () => void {
  return () => {
    const model = new Gpt2({ layers: 12, heads: 12, width: 768, vocabulary: 50257, context: 1024 });
    const caches = model.decoder.createCache({ batch: 1, maxLength: 1024 });
    tidy(() => void model.forward(tensor([Array<number>(past).fill(0)], { dtype: "i32" }), caches));
    const id = tensor([[1]], { dtype: "i32" });
    return () => {
      caches.truncate(past);
      tidy(() => void model.forward(id, caches));
    };
  };
}
