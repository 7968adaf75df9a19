import { Key, logSoftmax, randn, type Tensor, tensor, tidy } from "@saccade/core";
import { Embedding, LayerNorm, Linear, Module } from "@saccade/core/nn";
import { evaluateAll, guardMemory, leftBehind } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MultiHeadAttention } from "../../multi-head-attention.ts";
import { type LensReadings, logitLens } from "./logit-lens.ts";
import { renderLens } from "./render-lens.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);

class Block extends Module {
  readonly attention: MultiHeadAttention;
  readonly layers: readonly Linear[]; // must not be taken for a stack of blocks
  calls = 0;
  constructor(i: number) {
    super();
    this.attention = new MultiHeadAttention({ embedDim: 4, numHeads: 2 }, { key: key.fold(i) });
    this.layers = [new Linear(4, 4, { key: key.fold(10 + i) })];
  }
  forward(x: Tensor): Tensor {
    this.calls++;
    return tidy(() => x.add(this.layers[0].forward(this.attention.forward(x, { causal: true }))));
  }
}

class Language extends Module {
  readonly tokens = new Embedding(7, 4, { key });
  readonly layers = [new Block(1), new Block(2), new Block(3)];
  readonly norm = new LayerNorm(4);
  forward(ids: Tensor): Tensor {
    return tidy(() => {
      const h = this.layers.reduce((x, layer) => layer.forward(x), this.tokens.forward(ids));
      return this.norm.forward(h).matmul(this.tokens.weight.transpose());
    });
  }
}

const softmaxOf = (logits: readonly number[]): number[] => {
  const sum = logits.reduce((total, x) => total + Math.exp(x), 0);
  return logits.map((x) => Math.exp(x) / sum);
};

test("readings are those of the stream behind each block, through the norm and the unembedding", async () => {
  using model = new Language();
  using ids = tensor(
    [
      [1, 2, 3],
      [6, 0, 1],
    ],
    { dtype: "i32" },
  );
  const names: string[] = [];
  const [tokens, probabilities, entropy, divergence, ...logits] = await evaluateAll(() => {
    const readings = logitLens(() => model.forward(ids), { model, topK: 2 });
    names.push(...readings.names);
    expect(readings.tokens.shape).toEqual([4, 2, 3, 2]);
    const unembed = (h: Tensor): Tensor => model.norm.forward(h).matmul(model.tokens.weight.transpose());
    let h = model.tokens.forward(ids);
    const expected = [unembed(h)];
    for (const layer of model.layers) {
      h = layer.forward(h);
      expected.push(unembed(h));
    }
    return [readings.tokens, readings.probabilities, readings.entropy, readings.divergence, ...expected];
  });
  expect(names).toEqual(["input", "layers.0", "layers.1", "layers.2"]);
  expect(model.layers.map(({ calls }) => calls)).toEqual([2, 2, 2]); // once by the lens, once by the test
  for (let l = 0; l < 4; l++) {
    for (let row = 0; row < 6; row++) {
      const [p, final] = [l, 3].map((at) => softmaxOf(logits[at].slice(7 * row, 7 * row + 7)));
      const order = p.map((_, i) => i).sort((a, b) => p[b] - p[a]);
      const at = 6 * l + row;
      expect(tokens.slice(2 * at, 2 * at + 2)).toEqual(order.slice(0, 2));
      expect(probabilities[2 * at]).toBeCloseTo(p[order[0]], 6);
      expect(entropy[at]).toBeCloseTo(-p.reduce((sum, x) => sum + x * Math.log(x), 0), 5);
      expect(divergence[at]).toBeCloseTo(
        final.reduce((sum, x, i) => sum + x * Math.log(x / p[i]), 0),
        5,
      );
    }
  }
  expect(divergence.slice(18)).toEqual([0, 0, 0, 0, 0, 0]); // behind the last block: the model itself
});

test("logits of -inf count for nothing", async () => {
  using block = new Linear(2, 2, { key });
  using x = randn(key, [1, 1, 2]);
  using hide = tensor([0, Number.NEGATIVE_INFINITY]);
  const run = (): Tensor => logSoftmax(block.forward(x).add(hide));
  const [entropy, divergence] = await evaluateAll(() => {
    const readings = logitLens(run, { model: { block }, blocks: ["block"] });
    return [readings.entropy, readings.divergence];
  });
  expect([entropy.map(Math.abs), divergence]).toEqual([
    [0, 0],
    [0, 0],
  ]);
});

test("blocks that cannot be read are refused, and nothing is left", async () => {
  using other = new Linear(1, 1, { key });
  using model = new Language();
  using ids = tensor([[1, 2]], { dtype: "i32" });
  const read = (options: object, body = (): Tensor => model.forward(ids)): LensReadings =>
    logitLens(body, { model, ...options });
  const refused = (): void => {
    expect(() => read({ blocks: ["layers.3"] })).toThrow("logitLens: the model has no module layers.3");
    expect(() => read({ blocks: /nothing/ })).toThrow(
      "say by blocks which modules are the blocks (found stacks: none)",
    );
    expect(() => read({ model: { a: { layers: model.layers }, b: { layers: [other] } } })).toThrow(
      "(found stacks: a.layers, b.layers)",
    );
    expect(() => read({}, () => model.forward(ids).add(model.forward(ids)))).toThrow(
      "layers.0 runs more than once",
    );
    expect(() => read({ topK: 0 })).toThrow("topK");
    expect(() => read({ layers: 1 })).toThrow('logitLens: unknown option "layers"');
    expect(() => read({}, () => model.norm.forward(model.tokens.forward(ids)))).toThrow(
      "layers.0, layers.1, layers.2 did not run",
    );
  };
  expect(await leftBehind(() => tidy(refused))).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
  expect(Object.getOwnPropertyNames(model.layers[0])).not.toContain("forward");
});

test("the page has a row for each place, and tokens are text", async () => {
  using model = new Language();
  using ids = tensor([[1, 2, 3]], { dtype: "i32" });
  const readings = logitLens(() => model.forward(ids), { model });
  const page = (tokens: string[], options?: object): Promise<string> =>
    renderLens(readings, tokens, (id) => `<i>${id}`, options);
  const html = await page(["a", "</table>", "c"], { title: "<b>" });
  expect(html).not.toMatch(/<i>\d|<b>|(src|href)=|url\(/);
  expect([...html.matchAll(/<td tabindex/g)].length).toBe(12);
  expect(html.indexOf(">layers.2<")).toBeLessThan(html.indexOf(">input<"));
  expect([...html.matchAll(/class="w\d+ same"/g)].length).toBeGreaterThanOrEqual(3);
  await expect(page(["a"])).rejects.toThrow("renderLens: there are 3 positions (got 1 tokens)");
  await expect(page(["a", "b", "c"], { item: 1 })).rejects.toThrow(
    "item must be an integer from 0 to 0 (got 1)",
  );
  await expect(page(["a", "b", "c"], { top: 1 })).rejects.toThrow('unknown option "top"');
  for (const each of [readings.tokens, readings.probabilities, readings.entropy, readings.divergence])
    each.dispose();
});
