import { assign, Key, ones, randn, type Tensor, tensor, tidy, zeros } from "@saccade/core";
import { Linear, Module } from "@saccade/core/nn";
import { evaluateAll, guardMemory, leftBehind } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MultiHeadAttention } from "../../multi-head-attention.ts";
import { type EffectOptions, type PatchingEffects, patchingEffects } from "./patching-effects.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const V = 6; // tokens
const T = 5;
const [heads, E] = [2, 9]; // the stream holds the token, the one before it, and what is predicted: 3 V numbers
const D = heads * E;

/** Sets weights to blocks of `factor` times the identity, each V x V, at [row, column]; zeros elsewhere. */
function setBlocks(linear: Linear, blocks: readonly (readonly [number, number])[], factor = 1): void {
  const { shape } = linear.weight;
  const numbers = new Float32Array(shape[0] * shape[1]);
  for (const [row, column] of blocks) {
    for (let i = 0; i < V; i++) numbers[(row + i) * shape[1] + column + i] = factor;
  }
  using weight = tensor(numbers, { shape });
  assign(linear.weight, weight);
}

class Block extends Module {
  readonly attention = new MultiHeadAttention({ embedDim: D, numHeads: heads, bias: false }, { key });
  forward(x: Tensor, bias: Tensor | null): Tensor {
    return tidy(() => x.add(this.attention.forward(x, { causal: true, bias })));
  }
}

/**
 * A model that continues "A B ... A" with B, by hand: head 0 of the first block writes each token's predecessor beside it;
 * head 1 of the second looks where the predecessor is the present token, and predicts the token there.
 */
class Induction extends Module {
  readonly embed = new Linear(V, D, { key, bias: false });
  readonly layers = [new Block(), new Block()];
  constructor() {
    super();
    setBlocks(this.embed, [[0, 0]]);
    const [first, second] = this.layers.map(({ attention }) => attention);
    const projections = ({
      queryProjection,
      keyProjection,
      valueProjection,
      outProjection,
    }: MultiHeadAttention) => [queryProjection, keyProjection, valueProjection, outProjection] as const;
    const [q0, k0, v0, o0] = projections(first);
    for (const each of [q0, k0]) setBlocks(each, []);
    setBlocks(v0, [[0, 0]]);
    setBlocks(o0, [[V, 0]]);
    const [q1, k1, v1, o1] = projections(second);
    setBlocks(q1, [[E, 0]], 60);
    setBlocks(k1, [[E, V]]);
    setBlocks(v1, [[E, 0]]);
    setBlocks(o1, [[2 * V, E]]);
  }
  /** @returns logits `[1, T, V]` */
  forward(tokens: readonly number[]): Tensor {
    return tidy(() => {
      const oneHot = tensor([
        tokens.map((token) => Array.from({ length: V }, (_, i) => Number(i === token))),
      ]);
      const places = Array.from({ length: T }, (_, i) => i);
      const before = tensor(places.map((i) => places.map((j) => (j === Math.max(i - 1, 0) ? 0 : -1e4))));
      const [first, second] = this.layers;
      const h = first.forward(this.embed.forward(oneHot), before);
      return second.forward(h, null).narrow(2, 2 * V, V);
    });
  }
}

const clean = [0, 1, 2, 3, 1]; // goes on with 2
const corrupted = [0, 4, 2, 3, 1]; // 1 has not occurred
const logitOf2 = (logits: Tensor): Tensor => logits.slice(0, -1, 2);

async function effectsOf(options: Omit<EffectOptions, "model">): Promise<[string, number[]][]> {
  using model = new Induction();
  let names: readonly string[] = [];
  const [effects, from, to] = await evaluateAll(() => {
    const found: PatchingEffects = patchingEffects(
      () => model.forward(clean),
      () => model.forward(corrupted),
      logitOf2,
      { model, ...options },
    );
    names = found.names;
    return [found.effects, found.clean, found.corrupted];
  });
  expect(from[0]).toBeGreaterThan(0.99);
  expect(to[0]).toBeLessThan(0.5);
  const width = effects.length / names.length;
  return names.map((name, i) => [
    name,
    effects.slice(i * width, (i + 1) * width).map((effect) => Math.abs(Math.round(1e5 * effect)) / 1e5),
  ]);
}

test("by position: the predecessor's place carries the difference, then the last place", async () => {
  expect(await effectsOf({ modules: ["embed", "layers.0", "layers.1"] })).toEqual([
    ["embed", [0, 1, 0, 0, 0]],
    ["layers.0", [0, 0, 1, 0, 0]],
    ["layers.1", [0, 0, 0, 0, 1]],
  ]);
  expect((await effectsOf({})).map(([name]) => name)).toEqual(["layers.0", "layers.1"]);
});

test("by head: the two heads that the circuit is made of, and no others", async () => {
  expect(await effectsOf({ by: "head" })).toEqual([
    ["layers.0.attention:heads", [1, 0]],
    ["layers.1.attention:heads", [0, 1]],
  ]);
});

test("by activation: queries of the second block carry nothing, its keys all", async () => {
  expect(await effectsOf({ by: "activation", modules: /layers\.1\.attention\.(query|key|out)/ })).toEqual(
    expect.arrayContaining([
      ["layers.1.attention.queryProjection", [0]],
      ["layers.1.attention.keyProjection", [1]],
      ["layers.1.attention.outProjection", [1]],
    ]),
  );
});

test("a module that runs twice is patched one call at a time", async () => {
  using layer = new Linear(1, 1, { key });
  using x = zeros([1, 1]);
  using y = ones([1, 1]);
  const [effects] = await evaluateAll(() => {
    const run = (a: Tensor): Tensor => layer.forward(a).add(layer.forward(a.mul(3)));
    const metric = (sum: Tensor): Tensor => sum;
    return [
      patchingEffects(
        () => run(x),
        () => run(y),
        metric,
        { model: { layer }, modules: /layer/, by: "activation" },
      ).effects,
    ];
  });
  expect(effects[0]).toBeCloseTo(0.25, 5);
  expect(effects[1]).toBeCloseTo(0.75, 5);
});

test("tells behind each patched run how far it is", async () => {
  using layer = new Linear(2, 2, { key });
  using x = randn(key, [1, 3, 2]);
  const seen: unknown[] = [];
  const sweep = (): unknown =>
    patchingEffects(
      () => layer.forward(x),
      () => layer.forward(x),
      (y) => y.sum(),
      { model: { layer }, modules: ["layer"], onProgress: (progress) => seen.push(progress) },
    );
  await leftBehind(() => tidy(sweep as () => void));
  expect(seen).toEqual([3, 4, 5].map((done) => ({ done, total: 5 })));
});

test("what cannot be patched is refused, and nothing is left", async () => {
  using layer = new Linear(2, 2, { key });
  using x = randn(key, [1, 3, 2]);
  const sweep = (options: object, metric = (y: Tensor): Tensor => y.sum()): unknown =>
    patchingEffects(
      () => layer.forward(x),
      () => layer.forward(x),
      metric,
      {
        model: { layer },
        modules: ["layer"],
        ...options,
      },
    );
  const refused = (): void => {
    expect(() => sweep({ by: "neuron" })).toThrow(
      'by must be "activation", "position" or "head" (got neuron)',
    );
    expect(() => sweep({ by: "head" })).toThrow("patchingEffects: layer has no heads");
    expect(() => sweep({ modules: /nothing/ })).toThrow("patchingEffects: no activation matches");
    expect(() => sweep({ modules: undefined })).toThrow("say by modules which modules are the blocks");
    expect(() => sweep({}, (y) => y)).toThrow("the metric must be one number");
    expect(() => sweep({ heads: 1 })).toThrow('patchingEffects: unknown option "heads"');
  };
  expect(await leftBehind(() => tidy(refused))).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
});
