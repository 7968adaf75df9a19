import {
  attentionFlow,
  captureGradients,
  fromEmbeddings,
  headImportance,
  integratedGradients,
  relevance,
} from "@saccade/attention/interpret";
import {
  type Backend,
  Key,
  memory,
  rand,
  resetPeak,
  setBackend,
  type Tensor,
  tensor,
  tidy,
  withBackend,
} from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import { createReferenceBackend } from "@saccade/core/reference";
import { evaluateAll } from "@saccade/core/testing";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { Gpt, Seq2SeqTransformer } from "@saccade/transformer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Classifier, VisionClassifier } from "./models.ts";

const key = new Key(0);
const ids = (...rows: number[][]): Tensor => tensor(rows, { dtype: "i32" });

/** A model with an input, what is asked of it, `[B]`, and whose output counts as embeddings. */
interface Example {
  readonly model: Module;
  readonly embeddings: Module;
  readonly ask: () => Tensor;
  /** The place in each sequence from which it is answered. */
  readonly row: number;
}

/** Made on the default backend. */
const examples: Readonly<Record<string, () => Example>> = {
  "decoder: Gpt"() {
    const config = { vocabSize: 11, contextLength: 6, embedDim: 16, numLayers: 2, numHeads: 4 };
    const model = new Gpt(config, { key });
    const ask = (): Tensor => model.forward(ids([1, 2, 3, 4], [5, 6, 7, 8])).slice(null, -1, 3);
    return { model, embeddings: model.tokens, ask, row: -1 };
  },
  "encoder and decoder: Seq2SeqTransformer"() {
    const config = {
      sourceVocabSize: 9,
      targetVocabSize: 7,
      maxLength: 8,
      embedDim: 16,
      numHeads: 2,
      numEncoderLayers: 2,
      numDecoderLayers: 2,
    };
    const model = new Seq2SeqTransformer(config, { key });
    const ask = (): Tensor => {
      const sourceMask = tensor(
        [
          [1, 1, 1, 1],
          [1, 1, 1, 0],
        ],
        { dtype: "u8" },
      );
      const batch = { source: ids([3, 4, 5, 6], [7, 8, 3, 0]), sourceMask, input: ids([1, 3, 4], [1, 5, 2]) };
      return model.forward(batch).slice(null, -1, 2);
    };
    return { model, embeddings: model.sourceTokens, ask, row: -1 };
  },
  "encoder: a classifier of sequences"() {
    const model = new Classifier({ numLayers: 2 });
    return {
      model,
      embeddings: model.tokens,
      ask: () => model.forward(ids([0, 1, 9, 3], [0, 4, 5, 10])).slice(null, 1),
      row: 0,
    };
  },
  "encoder: a classifier of images"() {
    const model = new VisionClassifier();
    const ask = (): Tensor => model.forward(rand(key.fold(9), [2, 4, 4, 3])).slice(null, 1);
    return { model, embeddings: model.patches, ask, row: 0 };
  },
};

/** Every method's numbers, by name. */
async function interpretations({ model, embeddings, ask, row }: Example): Promise<Record<string, number[]>> {
  const names: string[] = [];
  const values = await evaluateAll(() => {
    const results: [string, Tensor][] = [];
    const { maps, value } = captureGradients(() => ask().sum(), { model });
    results.push(["value", value]);
    for (const [name, { gradient }] of Object.entries(maps)) results.push([`gradient of ${name}`, gradient]);
    const one = captureGradients(() => ask().sum(), { model, queries: [row], heads: [1] });
    for (const [name, { gradient }] of Object.entries(one.maps))
      results.push([`one row of ${name}`, gradient]);
    const sideOf = (path: string): string => (path.startsWith("encoder") ? "source" : "target");
    const found = relevance(
      Object.entries(maps).map(([path, map]) => ({
        map,
        of: sideOf(path),
        to: path.includes("cross") ? "source" : sideOf(path),
      })),
    );
    for (const [of, row] of Object.entries(found)) {
      for (const [to, relevances] of Object.entries(row))
        results.push([`relevance of ${of} to ${to}`, relevances]);
    }
    const importance = headImportance(model, [ask, ask], (batch) => batch().sum(), { normalize: true });
    for (const [path, heads] of Object.entries(importance)) results.push([`importance in ${path}`, heads]);
    const at = fromEmbeddings(embeddings, ask);
    const integrated = integratedGradients(at.score, at.embeddings, { steps: 4 });
    results.push(["attributions", integrated.attributions], ["convergence", integrated.convergenceDelta]);
    names.push(...results.map(([name]) => name));
    return results.map(([, tensor]) => tensor);
  });
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}

/** The largest difference, relative to the largest number. */
function difference(got: readonly number[], wanted: readonly number[]): number {
  const size = Math.max(1e-3, ...wanted.map(Math.abs));
  return Math.max(...got.map((x, i) => Math.abs(x - wanted[i]))) / size;
}

const reference = createReferenceBackend();

function follows(
  title: string,
  create: () => Promise<Backend & { dispose(): unknown }>,
  names: readonly string[],
  skip = false,
): void {
  describe.skipIf(skip)(title, () => {
    let backend: Backend & { dispose(): unknown };
    beforeAll(async () => {
      backend = await create();
    });
    afterAll(async () => {
      await backend.dispose();
    });

    for (const name of names) {
      const make = examples[name];
      test(name, { timeout: 200_000 }, async () => {
        const run = async (on: Backend): Promise<Record<string, number[]>> => {
          setBackend(on);
          const example = make();
          const numbers = await interpretations(example);
          example.model.dispose();
          return numbers;
        };
        const [wanted, got] = [await run(reference), await run(backend)];
        setBackend(reference);
        expect(Object.keys(got)).toEqual(Object.keys(wanted));
        expect(Object.keys(got).length).toBeGreaterThan(8);
        for (const [what, numbers] of Object.entries(wanted)) {
          expect(Math.max(...numbers.map(Math.abs)), what).toBeGreaterThan(what === "convergence" ? 0 : 1e-6);
          expect(difference(got[what], numbers), what).toBeLessThan(what === "convergence" ? 1 : 2e-4);
        }
        expect(backend.info()).toMatchObject({ liveBuffers: 0 });
      });
    }
  });
}

follows(
  "as on the reference backend: cpu",
  () => createCpuBackend({ threads: 1, blas: "off" }),
  Object.keys(examples),
);
const notRun = gpuTests.leftOut;
if (!notRun) useSoftwareAdapter();
const onGpu = ["encoder: a classifier of sequences"]; // shaders of all of them take minutes to compile in software
follows(gpuTests.title("as on the reference backend: gpu"), () => createGpuBackend(), onGpu, notRun);

describe("memory", () => {
  test("of a long text, gradients of one row of the maps take no more than the model itself: O(T)", async () => {
    const cpu = await createCpuBackend({ threads: 1, blas: "off" });
    setBackend(cpu);
    const T = 2048;
    const config = { vocabSize: 11, contextLength: T, embedDim: 16, numLayers: 2, numHeads: 2 };
    const model = new Gpt(config, { key });
    const input = tensor(
      Array.from({ length: T }, (_, i) => i % 11),
      { shape: [1, T], dtype: "i32" },
    );
    resetPeak();
    tidy(() => {
      const { maps } = captureGradients(() => model.forward(input, { logits: "last" }).slice(0, 0, 3), {
        model,
        queries: [-1],
      });
      expect(Object.values(maps).map(({ gradient }) => gradient.shape)).toEqual([
        [1, 2, 1, T],
        [1, 2, 1, T],
      ]);
    });
    expect(memory().peakBytes).toBeLessThan(T * T * 4); // one head's map
    model.dispose();
    input.dispose();
    setBackend(reference);
    await cpu.dispose();
  });

  test("flow runs where the weights are", async () => {
    const cpu = await createCpuBackend({ threads: 1, blas: "off" });
    const weights = withBackend(cpu, () =>
      tensor([
        [
          [
            [1, 0],
            [0.5, 0.5],
          ],
        ],
      ]),
    );
    const flow = await attentionFlow([weights, weights]);
    expect(flow.backend).toBe(cpu);
    expect(await flow.array()).toEqual([
      [
        [1, 0],
        [0.5, 0.75],
      ],
    ]);
    flow.dispose();
    weights.dispose();
    await cpu.dispose();
  });
});
