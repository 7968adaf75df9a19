import { Key, memory, resetPeak, tensor, valueAndGrad } from "@saccade/core";
import { AdamW } from "@saccade/core/optim";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { Gpt } from "@saccade/transformer";
import { expect, test } from "vitest";
import { countCalls } from "./count-calls.ts";

/** nanoGPT's configuration for a CPU: the `step` work of the benchmarks. */
const config = { vocabSize: 65, contextLength: 64, embedDim: 128, numLayers: 4, numHeads: 4, bias: false };
const batch = 12;

/** What one step costs, whatever the machine is doing. */
const budget = {
  kernels: {
    adamwStep: 1,
    attention: 4,
    attentionBackward: 4,
    binary: 33,
    cast: 1,
    copy: 17,
    crossEntropy: 1,
    crossEntropyBackward: 1,
    fill: 4,
    gather: 1,
    layerNorm: 9,
    layerNormBackward: 9,
    linear: 25,
    matmul: 50,
    reduce: 7,
    scatterAdd: 1,
    unaryBackward: 4,
  },
  allocations: 222,
  allocatedBytes: 76_628_248,
  /** Beyond parameters, moments and the batch. */
  peakBytes: 29_754_376,
};

test("a training step of a small GPT costs what it did", async () => {
  const inner = await createCpuBackend({ threads: 1, blas: "off" });
  const { backend, counted } = countCalls(inner);
  const model = new Gpt(config, { key: new Key(0), backend });
  const optimizer = new AdamW(model.parameters(), { lr: 1e-3 });
  const shape = [batch, config.contextLength];
  const ids = Int32Array.from({ length: batch * config.contextLength + 1 }, (_, i) => (i * i * 7) % 65);
  const input = tensor(ids.slice(0, -1), { shape, backend });
  const target = tensor(ids.slice(1), { shape, backend });
  const step = (): void => {
    using result = valueAndGrad(() => model.loss({ input, target }), optimizer.parameters);
    optimizer.step(result.grads);
  };
  step(); // makes the moments
  const before = memory().bytes;
  resetPeak();
  const calls = counted(step);
  const cost = { ...calls, peakBytes: memory().peakBytes - before };
  expect(cost, "the cost of a step changed: if it rose, say why; then write it into `budget`").toEqual(
    budget,
  );
  for (const tensor of [input, target]) tensor.dispose();
  optimizer.dispose();
  model.dispose();
  await inner.dispose();
});
