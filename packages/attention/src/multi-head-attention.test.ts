import {
  ArgumentError,
  concat,
  Key,
  linear,
  memory,
  randn,
  ShapeError,
  tensor,
  tidy,
  valueAndGrad,
  zeros,
} from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MultiHeadAttention } from "./multi-head-attention.ts";
import type { MultiHeadAttentionConfig } from "./multi-head-config.ts";
import { attention } from "./scaled-dot-product/attention.ts";

guardMemory({ beforeEach, afterEach });

const make = (config: Partial<MultiHeadAttentionConfig> = {}): MultiHeadAttention =>
  new MultiHeadAttention({ embedDim: 6, numHeads: 2, ...config }, { key: new Key(0) });

describe("MultiHeadAttention", () => {
  test("is each head alone, side by side, then mixed", async () => {
    using mha = make();
    using x = randn(new Key(1), [2, 4, 6]);
    const [got, expected] = await evaluateAll(() => {
      const heads = [0, 1].map((h) => {
        const [q, k, v] = [mha.queryProjection, mha.keyProjection, mha.valueProjection].map((projection) =>
          projection
            .forward(x)
            .narrow(2, 3 * h, 3)
            .unsqueeze(1),
        );
        return attention(q, k, v, { causal: true }).squeeze(1);
      });
      // concat(heads) W_o^T = sum_h head_h W_o[:, h]^T
      const mixed = heads.map((head, h) => linear(head, mha.outProjection.weight.narrow(1, 3 * h, 3)));
      return [mha.forward(x, { causal: true }), mixed[0].add(mixed[1])];
    });
    for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 6);
  });

  test("shared key/value heads: narrower projections, the same as full ones with repeated rows", async () => {
    using grouped = make({ embedDim: 8, numHeads: 4, numKeyValueHeads: 2 });
    using full = make({ embedDim: 8, numHeads: 4 });
    expect(grouped.keyProjection.weight.shape).toEqual([4, 8]);
    tidy(() => {
      const index = tensor([0, 1, 0, 1, 2, 3, 2, 3], { dtype: "i32" });
      const repeated = Object.entries(grouped.stateDict()).map(([name, value]) => {
        return [name, /^(key|value)Projection/.test(name) ? value.indexSelect(index, 0) : value];
      });
      full.loadStateDict(Object.fromEntries(repeated));
    });
    using x = randn(new Key(1), [2, 3, 8]);
    const [a, b] = await evaluateAll(() => [
      grouped.forward(x, { causal: true }),
      full.forward(x, { causal: true }),
    ]);
    for (const [i, value] of b.entries()) expect(a[i]).toBeCloseTo(value, 6);
  });

  test("keys and values of other widths; values default to keys", async () => {
    using mha = make({ keyDim: 3, valueDim: 5 });
    using plain = make({ keyDim: 3, valueDim: 3 });
    using x = randn(new Key(1), [2, 4, 6]);
    using keys = randn(new Key(2), [2, 7, 3]);
    using values = randn(new Key(3), [2, 7, 5]);
    using y = mha.cross(x, keys, values);
    expect(y.shape).toEqual([2, 4, 6]);
    const [a, b] = await evaluateAll(() => [plain.cross(x, keys), plain.cross(x, keys, keys)]);
    expect(a).toEqual(b);
  });

  test("weights are what forward attends with", async () => {
    using mha = make();
    using x = randn(new Key(1), [2, 3, 6]);
    using m = randn(new Key(2), [2, 5, 6]);
    using mask = tensor(Uint8Array.of(1, 1, 1, 0, 0, 1, 0, 0, 0, 0), { shape: [2, 1, 1, 5] });
    const [weights, got, expected] = await evaluateAll(() => {
      const w = mha.weights(x, m, { mask });
      const v = mha.valueProjection.forward(m).reshape([2, 5, 2, 3]).permute([0, 2, 1, 3]);
      const merged = w.matmul(v).permute([0, 2, 1, 3]).reshape([2, 3, 6]);
      return [w, mha.cross(x, m, m, { mask }), mha.outProjection.forward(merged)];
    });
    expect(weights.slice(30, 35)).toEqual([1, 0, 0, 0, 0]);
    for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 6);
    const [own, same] = await evaluateAll(() => [mha.weights(x), mha.weights(x, x)]);
    expect(own).toEqual(same);
  });

  test("drops weights if and only if it gets a key", async () => {
    using mha = make({ dropout: 0.5 });
    using without = make();
    without.loadStateDict(mha.stateDict());
    using x = randn(new Key(1), [2, 6, 6]);
    const [plain, expected, dropped, again, other] = await evaluateAll(() => [
      mha.forward(x),
      without.forward(x, { key: new Key(3) }),
      mha.forward(x, { key: new Key(3) }),
      mha.forward(x, { key: new Key(3) }),
      mha.forward(x, { key: new Key(4) }),
    ]);
    expect(plain).toEqual(expected);
    expect(dropped).not.toEqual(plain);
    expect(again).toEqual(dropped);
    expect(other).not.toEqual(dropped);
  });

  test("every parameter gets a gradient that is not zero", async () => {
    using mha = make({ numKeyValueHeads: 1 });
    using x = randn(new Key(1), [2, 3, 6]);
    using result = valueAndGrad(() => mha.forward(x, { causal: true }).square().mean(), mha.parameters());
    const largest = await evaluateAll(() => result.grads.map((gradient) => gradient.abs().amax()));
    expect(largest.length).toBe(8);
    // A bias of all keys shifts all scores of a query alike: softmax does not see it.
    const names = [...mha.namedParameters()].map(([name]) => name);
    for (const [i, [size]] of largest.entries()) {
      if (names[i] === "keyProjection.bias") expect(size).toBeLessThan(1e-7);
      else expect(size, names[i]).toBeGreaterThan(1e-4);
    }
  });

  test("outside of any scope, only the result lives", () => {
    using mha = make({ dropout: 0.1 });
    using x = randn(new Key(1), [2, 4, 6]);
    const before = memory().tensors;
    using y = mha.forward(x, { causal: true, key: new Key(0) });
    using weights = mha.weights(x);
    expect(memory().tensors).toBe(before + 2);
    expect([y.rank, weights.rank]).toEqual([3, 4]);
  });

  test("begins Xavier-uniform with biases of zero, from its key", async () => {
    using mha = make({ embedDim: 64, numHeads: 4 });
    using same = make({ embedDim: 64, numHeads: 4 });
    const weight = await mha.keyProjection.weight.data();
    const bound = Math.sqrt(6 / 128);
    expect(Math.max(...weight)).toBeLessThan(bound);
    expect(Math.max(...weight)).toBeGreaterThan(0.95 * bound);
    expect(new Set(await mha.outProjection.bias?.data())).toEqual(new Set([0]));
    expect(await same.keyProjection.weight.data()).toEqual(weight);
    expect(await mha.queryProjection.weight.data()).not.toEqual(weight);
  });

  test("names of parameters; none for biases that are off", () => {
    using mha = make();
    using bare = make({ bias: false });
    const projections = ["queryProjection", "keyProjection", "valueProjection", "outProjection"];
    expect(Object.keys(mha.stateDict())).toEqual(
      projections.flatMap((name) => [`${name}.weight`, `${name}.bias`]),
    );
    expect(Object.keys(bare.stateDict())).toEqual(projections.map((name) => `${name}.weight`));
  });

  test("empty and single sequences", () => {
    using mha = make();
    for (const shape of [
      [0, 3, 6],
      [2, 0, 6],
      [1, 1, 6],
    ]) {
      using x = zeros(shape);
      using y = mha.forward(x, { causal: true });
      expect(y.shape).toEqual(shape);
    }
  });

  test.each<[object, string]>([
    [{ embedDim: 0 }, "embedDim must be a positive integer (got 0)"],
    [{ numHeads: 1.5 }, "numHeads must be a positive integer (got 1.5)"],
    [{ numHeads: undefined }, "numHeads must be a positive integer (got NaN)"],
    [{ numKeyValueHeads: 0 }, "numKeyValueHeads must be a positive integer (got 0)"],
    [{ keyDim: -1 }, "keyDim must be a positive integer (got -1)"],
    [{ embedDim: 7 }, "embedDim 7 is not a multiple of numHeads 2"],
    [
      { embedDim: 12, numHeads: 4, numKeyValueHeads: 3 },
      "numHeads 4 is not a multiple of numKeyValueHeads 3",
    ],
    [{ dropout: 1 }, "dropout must be in [0, 1) (got 1)"],
    [
      { kdim: 3 },
      'unknown option "kdim" (known: alibi, bias, dropout, embedDim, keyDim, numHeads, numKeyValueHeads, qkNorm, relativePositions, rotary, sinks, valueDim)',
    ],
  ])("refuses %j", (config, message) => {
    expect(() => make(config)).toThrow(new ArgumentError(`MultiHeadAttention: ${message}`));
  });

  test("passes on what else attention takes: padded and packed sequences give what each gives alone", async () => {
    using mha = new MultiHeadAttention(
      { embedDim: 8, numHeads: 4, numKeyValueHeads: 2 },
      { key: new Key(0) },
    );
    using x = randn(new Key(1), [1, 8, 8]);
    const spec = { causal: true, alibi: true, window: 3 } as const;
    const [alone, packed, padded] = await evaluateAll(() => {
      const parts = [x.narrow(1, 0, 5), x.narrow(1, 5, 3)];
      const batch = concat([parts[0], concat([parts[1], zeros([1, 2, 8])], 1)], 0);
      const rows = mha.forward(batch, { ...spec, lengths: [5, 3] });
      return [
        concat(
          parts.map((part) => mha.forward(part, spec)),
          1,
        ),
        mha.forward(x, { ...spec, cuSeqlens: [0, 5, 8] }),
        concat([rows.narrow(0, 0, 1), rows.narrow(0, 1, 1).narrow(1, 0, 3)], 1),
      ];
    });
    for (const [i, value] of alone.entries()) {
      expect(packed[i]).toBeCloseTo(value, 5);
      expect(padded[i]).toBeCloseTo(value, 5);
    }
  });

  test("refuses what is no batch of sequences, and unknown options", () => {
    using mha = make();
    using x = zeros([3, 6]);
    using y = zeros([1, 3, 6]);
    expect(() => mha.forward(x)).toThrow(
      new ShapeError(`MultiHeadAttention: sequences must be [batch, length, width] (got ${x.describe()})`),
    );
    const known =
      "(known: alibi, bias, causal, cuSeqlens, dropout, lengths, mask, maskMod, returnLogSumExp, scale, scoreMod, sinks, softcap, window)";
    expect(() => mha.forward(y, { isCausal: true } as object)).toThrow(
      new ArgumentError(`attention: unknown option "isCausal" ${known}`),
    );
    expect(() => mha.weights(y, y, { key: new Key(0) } as object)).toThrow(
      new ArgumentError(`attention: unknown option "key" ${known}`),
    );
  });
});
