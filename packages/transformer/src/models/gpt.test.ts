import {
  ArgumentError,
  Key,
  linear,
  memory,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
} from "@saccade/core";
import { AdamW } from "@saccade/core/optim";
import { evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { directionalDerivatives } from "../testing/directional-derivative.ts";
import { Gpt, type GptConfig, type LanguageBatch } from "./gpt.ts";

guardMemory({ beforeEach, afterEach });

const make = (config: Partial<GptConfig> = {}, seed = 0): Gpt =>
  new Gpt(
    { vocabSize: 11, contextLength: 8, embedDim: 12, numLayers: 2, numHeads: 3, ...config },
    { key: new Key(seed) },
  );
const ids = (rows: number[][]): Tensor => tensor(rows, { dtype: "i32" });

describe("forward", () => {
  test("changing a token changes no logits before it, and those from it on", async () => {
    using model = make();
    const logits = (row: number[]): Promise<number[]> => evaluate(() => model.forward(ids([row])));
    const before = await logits([1, 2, 3, 4, 5]);
    for (const place of [1, 3, 4]) {
      const after = await logits([1, 2, 3, 4, 5].map((id, t) => (t === place ? 9 : id)));
      expect(after.slice(0, place * 11)).toEqual(before.slice(0, place * 11));
      for (let t = place; t < 5; t++) {
        expect(after.slice(t * 11, t * 11 + 11)).not.toEqual(before.slice(t * 11, t * 11 + 11));
      }
    }
  });

  test("sequences of a batch do not see each other", async () => {
    using model = make();
    const [both, first, second] = await evaluateAll(() => [
      model.forward(
        ids([
          [1, 2, 3],
          [7, 8, 9],
        ]),
      ),
      model.forward(ids([[1, 2, 3]])),
      model.forward(ids([[7, 8, 9]])),
    ]);
    for (const [i, value] of [...first, ...second].entries()) expect(both[i]).toBeCloseTo(value, 6);
  });

  test("places differ: the same token twice has other logits", async () => {
    using model = make();
    const logits = await evaluate(() => model.forward(ids([[4, 4]])));
    expect(logits.slice(0, 11)).not.toEqual(logits.slice(11));
  });

  test("drops out if and only if it gets a key", async () => {
    using model = make({ dropout: 0.3 });
    using same = make({ dropout: 0 });
    using x = ids([[1, 2, 3, 4]]);
    const [plain, without, dropped, again, other] = await evaluateAll(() => [
      model.forward(x),
      same.forward(x, { key: new Key(1) }),
      model.forward(x, { key: new Key(1) }),
      model.forward(x, { key: new Key(1) }),
      model.forward(x, { key: new Key(2) }),
    ]);
    expect(without).toEqual(plain);
    expect(again).toEqual(dropped);
    expect(dropped).not.toEqual(plain);
    expect(other).not.toEqual(dropped);
  });

  test("refuses what is no batch, too long, or not of integers", () => {
    using model = make();
    using row = tensor([1, 2], { dtype: "i32" });
    using long = ones([1, 9], { dtype: "i32" });
    using floats = ones([1, 2]);
    for (const x of [row, long]) {
      expect(() => model.forward(x)).toThrow(
        new ShapeError(`Gpt: ids must be [batch, length <= contextLength 8] (got ${x.describe()})`),
      );
    }
    expect(() => model.forward(floats)).toThrow(/must be i32/);
  });

  test("nothing, and the whole context", () => {
    using model = make();
    for (const shape of [
      [0, 3],
      [2, 0],
      [1, 8],
    ]) {
      using x = ones(shape, { dtype: "i32" });
      using y = model.forward(x);
      expect(y.shape).toEqual([...shape, 11]);
    }
  });
});

describe("loss", () => {
  test("is the mean of -log p(target), without targets of -100", async () => {
    using model = make();
    using input = ids([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    using target = ids([
      [2, 3, 4],
      [5, -100, 0],
    ]);
    const [logits, [loss]] = await evaluateAll(() => [model.forward(input), model.loss({ input, target })]);
    const losses = [2, 3, 4, 5, -100, 0].flatMap((id, row) => {
      if (id < 0) return [];
      const scores = logits.slice(row * 11, row * 11 + 11);
      return [Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - scores[id]];
    });
    expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 5, 6);
  });

  test("begins near ln V, biases and all", async () => {
    using model = make({ vocabSize: 50, embedDim: 24 });
    using input = ids([[0, 1, 2, 3, 4, 5, 6, 7]]);
    using target = ids([[1, 2, 3, 4, 5, 6, 7, 8]]);
    const [loss] = await evaluate(() => model.loss({ input, target }));
    expect(Math.abs(loss - Math.log(50))).toBeLessThan(0.05);
  });
});

describe("gradients", () => {
  const batch = (): LanguageBatch => ({ input: ids([[1, 2, 3]]), target: ids([[2, 3, 1]]) });

  test("reach every parameter, and agree with differences along a random direction", async () => {
    using model = make();
    const { input, target } = batch();
    using result = valueAndGrad(() => model.loss({ input, target }), model.parameters());
    const largest = await evaluateAll(() => result.grads.map((gradient) => gradient.abs().amax()));
    const names = Array.from(model.namedParameters(), ([name]) => name);
    for (const [i, [size]] of largest.entries()) {
      // Softmax does not see what shifts all scores of a query alike.
      if (names[i].endsWith("keyProjection.bias")) expect(size).toBeLessThan(1e-8);
      else expect(size, names[i]).toBeGreaterThan(1e-8);
    }
    const { byReverse, byDifferences } = await directionalDerivatives(
      model,
      () => model.loss({ input, target }),
      0.1,
    );
    expect(Math.abs(byReverse - byDifferences)).toBeLessThan(0.01 * Math.abs(byReverse));
    input.dispose();
    target.dispose();
  });

  test("of the tied weights are those of the embedding and of the output together", async () => {
    using model = make({ numLayers: 1 });
    const { weight } = model.tokens;
    using x = ids([[1, 2, 2]]);
    const forward = (input: Tensor, output: Tensor): Tensor => {
      const rows = input.indexSelect(x.reshape([3]), 0).reshape([1, 3, 12]);
      const placed = model.positions?.forward(rows) ?? rows;
      return linear(model.decoder.forward(placed, { causal: true }), output);
    };
    const [tied, asInput, asOutput] = await evaluateAll(() => {
      const by = (fn: () => Tensor): Tensor =>
        vjp(() => [fn().square()], [weight], [ones([1, 3, 11])]).grads[0];
      return [
        by(() => model.forward(x)),
        by(() => forward(weight, weight.detach())),
        by(() => forward(weight.detach(), weight)),
      ];
    });
    for (const [i, value] of tied.entries()) expect(value).toBeCloseTo(asInput[i] + asOutput[i], 5);
    expect(asInput.slice(0, 12)).toEqual(new Array(12).fill(0));
    expect(asInput[12]).not.toBe(0);
    expect(asOutput[0]).not.toBe(0);
  });
});

describe("training", () => {
  test("learns a short text by heart", async () => {
    const text = "to be, or not to be";
    const letters = [...new Set(text)].sort();
    const tokens = Array.from(text, (letter) => letters.indexOf(letter));
    using model = make({
      vocabSize: letters.length,
      contextLength: 32,
      embedDim: 16,
      numLayers: 1,
      numHeads: 2,
    });
    using optimizer = new AdamW(model.parameters(), { lr: 2e-2, weightDecay: 0 });
    using input = ids([tokens.slice(0, -1)]);
    using target = ids([tokens.slice(1)]);
    let live = 0;
    for (let step = 0; step < 40; step++) {
      using result = valueAndGrad(() => model.loss({ input, target }), model.parameters());
      optimizer.step(result.grads);
      if (step === 1) live = memory().tensors;
      if (step > 1) expect(memory().tensors).toBe(live);
    }
    const [[loss], predicted] = await evaluateAll(() => [
      model.loss({ input, target }),
      model.forward(input).argmax(-1),
    ]);
    expect(loss).toBeLessThan(0.05);
    expect(predicted.map((id) => letters[id]).join("")).toBe(text.slice(1));
  });
});

describe("parameters", () => {
  test("names; the output has none of its own", () => {
    using model = make({ numLayers: 1, bias: false });
    expect(Object.keys(model.stateDict())).toEqual([
      "tokens.weight",
      "positions.weight",
      "decoder.layers.0.selfAttention.queryProjection.weight",
      "decoder.layers.0.selfAttention.keyProjection.weight",
      "decoder.layers.0.selfAttention.valueProjection.weight",
      "decoder.layers.0.selfAttention.outProjection.weight",
      "decoder.layers.0.feedForward.linear1.weight",
      "decoder.layers.0.feedForward.linear2.weight",
      "decoder.layers.0.norm1.weight",
      "decoder.layers.0.norm2.weight",
      "decoder.norm.weight",
    ]);
    // V D + C D + L (12 D^2 + 2 D) + D
    expect(model.countParameters()).toBe(11 * 12 + 8 * 12 + 12 * 144 + 24 + 12);
  });

  test("begin as GPT-2's do", async () => {
    using model = make({ vocabSize: 200, embedDim: 48, numLayers: 4 });
    const deviation = async (name: string): Promise<number> => {
      const values = await evaluate(() => model.stateDict()[name].square().mean().sqrt());
      return values[0];
    };
    expect(await deviation("tokens.weight")).toBeCloseTo(0.02, 3);
    expect(await deviation("positions.weight")).toBeCloseTo(0.02, 2);
    const layer = "decoder.layers.2";
    expect(await deviation(`${layer}.selfAttention.keyProjection.weight`)).toBeCloseTo(0.02, 3);
    expect(await deviation(`${layer}.feedForward.linear1.weight`)).toBeCloseTo(0.02, 3);
    for (const name of ["selfAttention.outProjection", "feedForward.linear2"]) {
      expect(await deviation(`${layer}.${name}.weight`)).toBeCloseTo(0.02 / Math.sqrt(8), 3);
      expect(await deviation(`${layer}.${name}.bias`)).toBe(0);
    }
    expect(await evaluate(() => model.decoder.layers[0].norm1.weight.amin())).toEqual([1]);
  });

  test("are functions of the key, and move from model to model by name", async () => {
    using model = make();
    using same = make();
    using other = make({}, 1);
    using x = ids([[1, 2, 3]]);
    const logits = (it: Gpt): Promise<number[]> => evaluate(() => it.forward(x));
    const expected = await logits(model);
    expect(await logits(same)).toEqual(expected);
    expect(await logits(other)).not.toEqual(expected);
    other.loadStateDict(model.stateDict());
    expect(await logits(other)).toEqual(expected);
  });

  test.each<[object, string]>([
    [{ vocabSize: 0 }, "Gpt: vocabSize must be a positive integer (got 0)"],
    [{ contextLength: 1.5 }, "Gpt: contextLength must be a positive integer (got 1.5)"],
    [{ numLayers: -1 }, "Gpt: numLayers must be a positive integer (got -1)"],
    [{ dropout: 1 }, "Gpt: dropout must be in [0, 1) (got 1)"],
    [{ embedDim: 10 }, "Gpt: embedDim 10 is not a multiple of numHeads 3"],
    [
      { blockSize: 8 },
      'Gpt: unknown option "blockSize" (known: attention, bias, contextLength, dropout, embedDim, numHeads, numLayers, vocabSize)',
    ],
  ])("%j is refused", (config, message) => {
    expect(() => make(config)).toThrow(new ArgumentError(message));
  });
});
