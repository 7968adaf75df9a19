import { MultiHeadAttention } from "@saccade/attention";
import {
  captureActivations,
  captureAttention,
  logitLens,
  patchActivations,
} from "@saccade/attention/interpret";
import {
  type Backend,
  Key,
  memory,
  randn,
  setBackend,
  type Tensor,
  tensor,
  tidy,
  zeros,
} from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { Gpt } from "@saccade/transformer";
import { expect, test } from "vitest";

if (!gpuTests.leftOut) useSoftwareAdapter();

const key = new Key(0);

/** Maps and activations of one layer: few kernels, as shaders take seconds to compile in software. */
function few(): Record<string, Tensor> {
  return tidy(() => {
    const mha = new MultiHeadAttention({ embedDim: 16, numHeads: 2, bias: false }, { key });
    const x = randn(key.fold(1), [1, 19, 16]);
    const { result, maps } = captureAttention(
      () =>
        captureActivations(() => mha.forward(x, { causal: true, window: 5 }), {
          model: mha,
          modules: ["attention:heads"],
        }),
      { heads: [1], queries: [0, 9, -1] },
    );
    mha.dispose();
    return {
      weights: maps.attention.weights,
      heads: result.outputs["attention:heads"],
      result: result.result,
    };
  });
}

/** Maps of attention with options that kernels treat in ways of their own; activations, patches and a lens of a GPT. */
function many(): Record<string, Tensor> {
  return tidy(() => {
    const mha = new MultiHeadAttention(
      { embedDim: 32, numHeads: 4, numKeyValueHeads: 2, dropout: 0.3 },
      { key },
    );
    const x = randn(key.fold(1), [2, 37, 32]);
    const padding = tensor(
      Array.from({ length: 74 }, (_, i) => Number(i < 60)),
      { shape: [2, 1, 1, 37], dtype: "u8" },
    );
    const how = { mask: padding, bias: randn(key.fold(2), [4, 37, 37]), key: key.fold(3) };
    const options = [
      {},
      { causal: true, window: 5, alibi: true, sinks: zeros([4]) },
      { softcap: 2, lengths: [37, 20] },
      how,
    ];
    const maps = options.flatMap((each, i) => {
      const { maps, result } = captureAttention(() => mha.forward(x, each), {
        heads: [1, 3],
        queries: [0, 17, -1],
      });
      return [
        [`weights ${i}`, maps.attention.weights],
        [`result ${i}`, result],
      ] as const;
    });
    const model = new Gpt(
      { vocabSize: 11, contextLength: 8, embedDim: 16, numLayers: 2, numHeads: 2 },
      { key },
    );
    const ids = tensor([[1, 2, 3, 4, 5]], { dtype: "i32" });
    const run = (): Tensor => model.forward(ids);
    const { outputs } = captureActivations(run, {
      model,
      modules: /^decoder\.layers\.\d(\.selfAttention:heads)?$/,
    });
    const { divergence, probabilities } = logitLens(run, { model, topK: 3 });
    const patches = {
      "decoder.layers.0.selfAttention:heads": { from: zeros([1, 2, 5, 8]), heads: [1], positions: [2] },
    };
    const patched = patchActivations(run, { model, patches });
    for (const each of [mha, model]) each.dispose();
    return { ...Object.fromEntries(maps), ...outputs, divergence, probabilities, patched };
  });
}

/** The numbers that a backend gives. */
async function numbersOn(
  create: () => Promise<Backend>,
  look: () => Record<string, Tensor>,
): Promise<Record<string, number[]>> {
  const backend = await create();
  try {
    setBackend(backend);
    const before = memory().tensors;
    const tensors = look();
    const numbers: Record<string, number[]> = {};
    for (const [name, each] of Object.entries(tensors)) {
      numbers[name] = Array.from(await each.data(), Number);
      each.dispose();
    }
    expect(memory().tensors).toBe(before);
    return numbers;
  } finally {
    await backend.dispose();
  }
}

async function expectSame(create: () => Promise<Backend>, look: () => Record<string, Tensor>): Promise<void> {
  const expected = await numbersOn(async () => createReferenceBackend(), look);
  const actual = await numbersOn(create, look);
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, wanted] of Object.entries(expected)) {
    const most = actual[name].reduce((worst, x, i) => Math.max(worst, Math.abs(x - wanted[i])), 0);
    expect(most, name).toBeLessThan(2e-5);
  }
}

test.each(["relaxed", "baseline"] as const)(
  "cpu, %s SIMD: captures, lenses and patches are those of the reference",
  (simd) => expectSame(() => createCpuBackend({ threads: 2, blas: "off", simd }), many),
);

const title = "gpu, software adapter: captures are those of the reference";
if (gpuTests.leftOut) test.skip(gpuTests.title(title), () => {});
else test(title, { timeout: 120_000 }, () => expectSame(() => createGpuBackend(), few));
