import {
  ablateHeads,
  captureGradients,
  fromEmbeddings,
  headAblation,
  headImportance,
  integratedGradients,
  pruningOrder,
  relevance,
} from "@saccade/attention/interpret";
import { crossEntropy, expand, Key, setBackend, type Tensor, tensor, tidy } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { evaluateAll } from "@saccade/core/testing";
import { type CpuBackend, createCpuBackend } from "@saccade/cpu-kernels";
import { Seq2SeqTransformer } from "@saccade/transformer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Classifier, draw, train } from "./models.ts";

let cpu: CpuBackend;
beforeAll(async () => {
  cpu = await createCpuBackend({ threads: 1, blas: "off" });
  setBackend(cpu);
});
afterAll(async () => {
  setBackend(createReferenceBackend());
  await cpu.dispose();
});

const ids = (rows: readonly (readonly number[])[]): Tensor => tensor(rows as number[][], { dtype: "i32" });

/** The place of the largest number of each row, but for places left out. */
function largest(numbers: readonly number[], width: number, leftOut: readonly number[] = []): number[] {
  return Array.from({ length: numbers.length / width }, (_, row) => {
    const own = numbers.slice(row * width, (row + 1) * width);
    const allowed = own.map((x, i) => (leftOut.includes(i) ? Number.NEGATIVE_INFINITY : x));
    return allowed.indexOf(Math.max(...allowed));
  });
}

const share = (a: readonly number[], b: readonly number[]): number =>
  a.filter((x, i) => x === b[i]).length / b.length;

describe("one word decides the class of a sequence", () => {
  const [B, T] = [32, 10];
  /** The class token, and words that say nothing but for one; of the fourth class, and that one missing. */
  const sentences = (step: number, kinds = 4): { rows: number[][]; places: number[]; classes: number[] } => {
    const places = draw(3 * step, B, T - 1).map((place) => place + 1);
    const classes = draw(3 * step + 1, B, kinds);
    const words = draw(3 * step + 2, B * T, 8);
    const rows = places.map((place, b) =>
      Array.from({ length: T }, (_, t) =>
        t === 0 ? 0 : t === place && classes[b] < 3 ? 9 + classes[b] : 1 + words[b * T + t],
      ),
    );
    return { rows, places, classes };
  };
  let model: Classifier;
  const batch = sentences(10_000, 3);
  let input: Tensor;
  const lossOf = ({ rows, classes }: ReturnType<typeof sentences>): Tensor =>
    crossEntropy(model.forward(ids(rows)), tensor(classes, { dtype: "i32" }));
  /** How far the logit of each sentence's own class is above the others. */
  const own = (logits: Tensor): Tensor => {
    const chosen = batch.classes.flatMap((c) => [0, 1, 2, 3].map((each) => (each === c ? 1 : -1 / 3)));
    return logits.mul(tensor(chosen, { shape: [B, 4], dtype: "f32" })).sum(-1);
  };
  beforeAll(() => {
    model = new Classifier();
    train(model, 150, 5e-3, (step) => lossOf(sentences(step)));
    input = ids(batch.rows);
  });
  afterAll(() => {
    input.dispose();
    model.dispose();
  });

  test("which the model has learned", async () => {
    const [logits] = await evaluateAll(() => [model.forward(input)]);
    expect(share(largest(logits, 4), batch.classes)).toBeGreaterThan(0.95);
  });

  test("integrated gradients find it, and account for the whole logit", async () => {
    const [integrated, delta, differences] = await evaluateAll(() => {
      const { embeddings, score } = fromEmbeddings(model.tokens, () => own(model.forward(input)));
      const baseline = model.tokens.weight.slice([1, 9]).mean(0); // a word that says nothing
      const found = integratedGradients(score, embeddings, { baseline, steps: 32 });
      const zero = score(expand(baseline, embeddings.shape));
      return [found.attributions.sum(-1), found.convergenceDelta, score(embeddings).sub(zero)];
    });
    expect(share(largest(integrated, T), batch.places)).toBeGreaterThan(0.9);
    for (const [b, error] of delta.entries()) expect(Math.abs(error / differences[b])).toBeLessThan(0.05);
  });

  test("relevance of the class token finds it in most sentences: by chance it would in a ninth", async () => {
    const [found] = await evaluateAll(() => {
      const { maps } = captureGradients(() => own(model.forward(input)).sum(), { model });
      const layers = Object.values(maps).map((map) => ({ map, of: "words" }));
      return [relevance(layers).words.words.slice(null, 0)];
    });
    expect(share(largest(found, T, [0]), batch.places)).toBeGreaterThan(0.4);
  });

  test("without its heads the model guesses; importance and pruning agree on the one it needs most", async () => {
    const loss = (): Tensor => tidy(() => lossOf(batch));
    const table = await headAblation(model, loss);
    const order = await pruningOrder(model, loss);
    const [importance] = await evaluateAll(() =>
      Object.values(headImportance(model, [batch], (it) => lossOf(it).mul(B), { normalize: true })),
    );
    const without = table.heads.map(({ loss }) => loss);
    expect(table.loss).toBeLessThan(0.2);
    expect(order[1].loss).toBeGreaterThan(0.9);
    expect(order[1].head).toBe(without.indexOf(Math.max(...without)));
    expect(Math.hypot(...importance)).toBeCloseTo(1, 5);
    const path = table.heads[0].path;
    const [none] = await evaluateAll(() => [
      ablateHeads(model, { [path]: [0, 1] }, loss, { replacement: "mean" }),
    ]);
    expect(none[0]).toBeGreaterThan(0.9);
  });
});

describe("a sequence is copied", () => {
  const [B, T] = [32, 5];
  const words = (step: number): number[][] => {
    const drawn = draw(step, B * 8, 2 ** 31);
    return Array.from({ length: B }, (_, b) => {
      const own = drawn.slice(8 * b, 8 * b + 8);
      const order = Array.from(own, (_word, i) => i).sort((i, j) => own[i] - own[j]);
      return order.slice(0, T).map((word) => word + 1); // each word once
    });
  };
  const batchOf = (rows: readonly (readonly number[])[]) => ({
    source: ids(rows),
    sourceMask: tensor(
      rows.map(() => new Array<number>(T).fill(1)),
      { dtype: "u8" },
    ),
    input: ids(rows.map((row) => [0, ...row.slice(0, -1)])),
    target: ids(rows),
  });
  let model: Seq2SeqTransformer;
  beforeAll(() => {
    model = new Seq2SeqTransformer(
      {
        sourceVocabSize: 9,
        targetVocabSize: 9,
        maxLength: T,
        embedDim: 16,
        numHeads: 2,
        numEncoderLayers: 1,
        numDecoderLayers: 1,
        feedForwardDim: 32,
        normFirst: true,
      },
      { key: new Key(3) },
    );
    train(model, 300, 1e-2, (step) => model.loss(batchOf(words(step))));
  });
  afterAll(() => model.dispose());

  test("relevance of each target token to the source finds the token that it copies: by chance it would in a fifth", async () => {
    const rows = words(10_000);
    const found = await evaluateAll(() => {
      const batch = batchOf(rows);
      const correct = model.forward(batch).argmax(-1).eq(batch.target).mean();
      const perToken = Array.from({ length: T }, (_, t) => {
        const chosen = rows.flatMap((row) =>
          Array.from({ length: 9 }, (_each, word) => (word === row[t] ? 1 : 0)),
        );
        const mask = tensor(chosen, { shape: [B, 9], dtype: "f32" });
        const { maps } = captureGradients(() => model.forward(batch).slice(null, t).mul(mask).sum(), {
          model,
        });
        const layers = Object.entries(maps).map(([path, map]) => ({
          map,
          of: path.startsWith("encoder") ? "source" : "target",
          to: path.startsWith("encoder") || path.includes("cross") ? "source" : "target",
        }));
        return relevance(layers).target.source.slice(null, t);
      });
      return [correct, ...perToken];
    });
    const [correct, ...perToken] = found;
    expect(correct[0]).toBeGreaterThan(0.95);
    for (const [t, row] of perToken.entries()) {
      expect(share(largest(row, T), new Array<number>(B).fill(t))).toBeGreaterThan(0.6);
    }
  });
});
