import { Key, ones, randn, zeros } from "@saccade/core";
import { leftBehind } from "@saccade/core/testing";
import { afterAll, describe, expect, test } from "vitest";
import * as all from "./index.ts";
import { classicCalls } from "./testing/lifetimes-classics.ts";
import { modernCalls } from "./testing/lifetimes-moderns.ts";
import { modCalls } from "./testing/lifetimes-mods.ts";

/** Every public name. One that is missing here does not compile, and fails below. */
type Calls = { readonly [N in keyof typeof all]: () => unknown };

const { attention, attentionWeights } = all;

const key = new Key(0);
const q = randn(key.fold(0), [2, 4, 3, 8]);
const k = randn(key.fold(1), [2, 2, 5, 8]);
const v = randn(key.fold(2), [2, 2, 5, 6]);
const mask = ones([2, 1, 1, 5], { dtype: "u8" });
const bias = zeros([3, 5]);
const x = randn(key.fold(3), [2, 3, 8]);
const memory = randn(key.fold(4), [2, 5, 8]);
const sinks = zeros([4]);
const given = [q, k, v, mask, bias, sinks, x, memory];
afterAll(() => {
  for (const each of given) each.dispose();
});

const calls: Calls = {
  ...classicCalls,
  ...modernCalls,
  ...modCalls,
  CrossAttentionCache: () => {
    using mha = new all.MultiHeadAttention({ embedDim: 8, numHeads: 4 }, { key });
    using cache = new all.CrossAttentionCache();
    return [mha.cross(x, memory, memory, { cache }), mha.cross(x, memory, memory, { cache, mask })];
  },
  KeyValueBlocks: () => {
    using pool = new all.KeyValueBlocks({ blocks: 12, blockSize: 2, heads: 2, width: 8, valueWidth: 6 });
    using cache = pool.createCache({ batch: 2 });
    using one = pool.createCache({ batch: 1 });
    const first = cache.append(k, v);
    using more = cache.fork([1]);
    const rows = [k, v].map((it) => it.narrow(0, 0, 1));
    return [first, more.append(rows[0], rows[1]), one.append(rows[0], rows[1]), rows];
  },
  LearnedPositions: () => {
    using positions = new all.LearnedPositions(8, 8, { key });
    return [positions.forward(x), positions.forward(x, 2)];
  },
  MultiHeadAttention: () => {
    using mha = new all.MultiHeadAttention(
      { embedDim: 8, numHeads: 4, numKeyValueHeads: 2, dropout: 0.5 },
      { key },
    );
    return [
      mha.forward(x, { causal: true, key }),
      mha.cross(x, memory, memory, { mask }),
      mha.weights(x, memory),
    ];
  },
  RelativePositionBias: () => {
    using positions = new all.RelativePositionBias({ numHeads: 4 }, { key });
    return positions.forward(3, 5);
  },
  RotaryPositions: () => {
    const rotary = new all.RotaryPositions({ dim: 4 });
    const tables = rotary.tables({ length: 3 });
    const places = zeros([2, 3], { dtype: "i32" });
    const at = rotary.tablesAt(places);
    const { cos, sin } = rotary.tables2d({ height: 1, width: 3 });
    return [
      rotary.rotate(q, tables),
      tables.cos,
      tables.sin,
      rotary.rotate(q, at),
      at.cos,
      at.sin,
      places,
      cos,
      sin,
    ];
  },
  SinusoidalPositions: () => {
    using positions = new all.SinusoidalPositions(8, 8);
    return positions.forward(x, 1);
  },
  StaticKeyValueCache: () => {
    using mha = new all.MultiHeadAttention({ embedDim: 8, numHeads: 4, numKeyValueHeads: 2 }, { key });
    using cache = mha.createCache({ batch: 2, maxLength: 6 });
    using other = new all.StaticKeyValueCache({ batch: 2, heads: 2, maxLength: 5, width: 8, valueWidth: 6 });
    const { keys, values } = other.append(k, v);
    return [mha.forward(x, { causal: true, cache }), mha.forward(x, { causal: true, cache }), keys, values];
  },
  WindowKeyValueCache: () => {
    using cache = new all.WindowKeyValueCache({ batch: 2, heads: 2, window: 3, width: 8, valueWidth: 6 });
    const [one, other] = [k, v].map((it) => it.narrow(2, 0, 1));
    const few = Array.from({ length: 7 }, () => cache.append(one, other));
    return [one, other, ...few, cache.append(k, v), cache.append(one, other)];
  },
  alibiSlopes: () => all.alibiSlopes(4),
  attention: () => [
    attention(q, k, v),
    attention(q, k, v, { mask, returnLogSumExp: true }),
    attention(q, k, v, { causal: true, alibi: true, sinks, lengths: { queries: [3, 1], keys: [5, 2] } }),
    attention(q, k, v, { causal: true, window: 2, mask, bias, softcap: 5, dropout: { p: 0.5, key } }),
  ],
  attentionWeights: () => [
    attentionWeights(q, k),
    attentionWeights(q, k, { causal: true, mask, bias, sinks }),
  ],
  relativePositionBucket: () => all.relativePositionBucket(3),
  relativeShift: () => {
    const given = zeros([2, 3, 7]);
    return [all.relativeShift(given, 5), given];
  },
  rotaryEmbedding: () => {
    const [cos, sin] = [ones([3, 2]), zeros([3, 2])];
    return [all.rotaryEmbedding(q, cos, sin, { interleaved: true }), cos, sin];
  },
  rotaryFrequencies: () => all.rotaryFrequencies(4, 10000),
  shawAttention: () => {
    const [keys, values] = [zeros([3, 8]), zeros([3, 8])];
    return [all.shawAttention(q, q, q, { keys }), all.shawAttention(q, q, q, { keys, values }), keys, values];
  },
  transformerXlAttention: () => {
    const terms = { distances: zeros([4, 5, 8]), contentBias: zeros([4, 8]), positionBias: zeros([4, 8]) };
    return [all.transformerXlAttention(q, q, q, terms, { causal: true }), ...Object.values(terms)];
  },
  sinusoidalPositions: () => all.sinusoidalPositions(3, 4),
};

describe("where no scope is open, a function leaves its result and nothing else", () => {
  test("every public name is called", () => {
    expect(Object.keys(calls).sort()).toEqual(Object.keys(all).sort());
  });

  test.each(Object.entries(calls))("%s", async (_, call) => {
    expect(await leftBehind(call)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
    expect(given.filter(({ isDisposed, scope }) => isDisposed || scope !== null)).toEqual([]);
  });

  test("what is refused leaves nothing", async () => {
    using mha = new all.MultiHeadAttention({ embedDim: 8, numHeads: 4 }, { key });
    const refused = (): void => {
      expect(() => attention(q, k, v, { mask: x })).toThrow();
      expect(() => attentionWeights(q, k, { bias: mask })).toThrow();
      expect(() => attention(q, k, v, { alibi: true, lengths: [3, 3] })).toThrow();
      expect(() => mha.cross(x, memory, memory, { mask: x })).toThrow();
      using cache = mha.createCache({ batch: 2, maxLength: 5 });
      expect(() => mha.forward(x, { cache })).toThrow();
      expect(() => mha.forward(x, { causal: true, cache, bias: mask })).toThrow();
    };
    expect(await leftBehind(refused)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
  });
});
