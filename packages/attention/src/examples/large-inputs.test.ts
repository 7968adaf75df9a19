import { Key, type Tensor } from "@saccade/core";
import { Module } from "@saccade/core/nn";
import { guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { CosineAttention, MultiHeadAttention } from "../index.ts";
import { onCpu } from "../testing/on-cpu.ts";
import { distinctNames, type Layer, recallAccuracy, recallDim } from "../testing/recall.ts";

onCpu({ beforeAll, afterAll });
guardMemory({ beforeEach, afterEach });

/** A layer whose inputs are ten times as large, as in a stream that nothing normalises. */
class Enlarged extends Module {
  readonly layer: Layer;

  constructor(layer: Layer) {
    super();
    this.layer = layer;
  }

  forward(x: Tensor): Tensor {
    return this.layer.forward(x.mul(10));
  }
}

const sizes = { embedDim: recallDim, numHeads: 2 };

test.each([0, 1])(
  "cosine, QK-norm: inputs ten times as large are learned from; scores that grow with them are not (seed %i)",
  async (seed) => {
    const key = new Key(seed);
    const learned = (layer: Layer): Promise<number> =>
      recallAccuracy(layer, distinctNames, { key, steps: 200 });
    const plain = (): Layer => new MultiHeadAttention({ ...sizes, bias: false }, { key: key.fold(0) });
    const normed = new MultiHeadAttention({ ...sizes, bias: false, qkNorm: true }, { key: key.fold(0) });
    const results = [
      await learned(plain()),
      await learned(new Enlarged(plain())),
      await learned(new Enlarged(new CosineAttention(sizes, { key: key.fold(0) }))),
      await learned(new Enlarged(normed)),
    ];
    const [usual, enlarged, cosine, qkNorm] = results;
    for (const accuracy of [usual, cosine, qkNorm]) expect(accuracy).toBeGreaterThan(0.95);
    expect(enlarged).toBeLessThan(0.4);
  },
);
