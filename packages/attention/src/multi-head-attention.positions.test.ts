import {
  ArgumentError,
  assign,
  concat,
  Key,
  randn,
  repeatInterleave,
  type Tensor,
  tensor,
  tidy,
  valueAndGrad,
  zeros,
} from "@saccade/core";
import { castModule } from "@saccade/core/nn";
import { checkGradients, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KeyValueBlocks } from "./cache/key-value-blocks.ts";
import type { KeyValueCache } from "./cache/key-value-cache.ts";
import { WindowKeyValueCache } from "./cache/window-key-value-cache.ts";
import { CosineAttention } from "./moderns/cosine-attention.ts";
import { DifferentialAttention } from "./moderns/differential-attention.ts";
import { GatedAttention } from "./moderns/gated-attention.ts";
import { TalkingHeadsAttention } from "./moderns/talking-heads.ts";
import { MultiHeadAttention, type SelfAttentionOptions } from "./multi-head-attention.ts";
import type { MultiHeadAttentionConfig } from "./multi-head-config.ts";
import type { HeadPositionsConfig } from "./positions/head-positions.ts";
import { RotaryPositions } from "./positions/rotary-positions.ts";
import { attention } from "./scaled-dot-product/attention.ts";

guardMemory({ beforeEach, afterEach });

const [T, D, H, K, E] = [9, 16, 4, 2, 4];
const sizes = { embedDim: D, numHeads: H, numKeyValueHeads: K };
const make = (config: Partial<MultiHeadAttentionConfig>): MultiHeadAttention =>
  new MultiHeadAttention({ ...sizes, ...config }, { key: new Key(0) });

const original = { originalMaxPositionEmbeddings: 4 };
const fixed: Record<string, HeadPositionsConfig> = {
  "rotary, halves": { rotary: true },
  "rotary, neighbours, partial": { rotary: { interleaved: true, dim: 2, base: 100 } },
  linear: { rotary: { scaling: { ropeType: "linear", factor: 4 } } },
  yarn: { rotary: { scaling: { ropeType: "yarn", factor: 4, ...original } } },
  llama3: {
    rotary: { scaling: { ropeType: "llama3", factor: 4, lowFreqFactor: 1, highFreqFactor: 4, ...original } },
  },
  "T5 buckets": { relativePositions: { numBuckets: 6, maxDistance: 8, bidirectional: false } },
  alibi: { alibi: true },
  "all at once": { rotary: true, relativePositions: true, alibi: true },
};
/** Frequencies depend on the length of the sequence. */
const growing: Record<string, HeadPositionsConfig> = {
  dynamic: { rotary: { scaling: { ropeType: "dynamic", factor: 4, ...original } } },
  longrope: {
    rotary: {
      scaling: { ropeType: "longrope", factor: 4, shortFactor: [1, 2], longFactor: [2, 5], ...original },
    },
  },
};

function expectClose(got: readonly number[], wanted: readonly number[]): void {
  expect(got.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(got[i]).toBeCloseTo(value, 5);
}

describe("positions of MultiHeadAttention", () => {
  test.each(Object.entries({ ...fixed, ...growing }))(
    "%s: queries and keys turned, biases added",
    async (_, config) => {
      using mha = make(config);
      using x = randn(new Key(1), [2, T, D]);
      using given = randn(new Key(2), [T, T]);
      const { rotary = false } = config;
      const [got, wanted, weights] = await evaluateAll(() => {
        const heads = (projection: { forward(y: Tensor): Tensor }, count: number): Tensor =>
          projection.forward(x).reshape([2, T, count, E]).permute([0, 2, 1, 3]);
        const turn = (y: Tensor): Tensor => {
          if (rotary === false) return y;
          const positions = new RotaryPositions({ dim: E, ...(rotary === true ? {} : rotary) });
          return positions.rotate(y, positions.tables({ length: T }));
        };
        const learned = mha.positions.relativeBias?.forward(T);
        const q = turn(heads(mha.queryProjection, H));
        const k = turn(heads(mha.keyProjection, K));
        const v = heads(mha.valueProjection, K);
        const bias = learned ? learned.add(given) : given;
        const y = attention(q, k, v, { causal: true, bias, alibi: config.alibi ?? false });
        const merge = (out: Tensor): Tensor =>
          mha.outProjection.forward(out.permute([0, 2, 1, 3]).reshape([2, T, D]));
        const options = { causal: true, bias: given };
        return [
          mha.forward(x, options),
          merge(y),
          merge(mha.weights(x, x, options).matmul(repeatInterleave(v, H / K, 1))),
        ];
      });
      expectClose(got, wanted);
      expectClose(weights, wanted);
    },
  );

  test("rotary positions are relative: a sequence behind another sees what it sees alone", async () => {
    using mha = make({ rotary: true });
    using x = randn(new Key(1), [1, T, D]);
    using front = randn(new Key(2), [1, 5, D]);
    const window = { causal: true, cuSeqlens: [0, 5, 5 + T] };
    const [alone, behind, other] = await evaluateAll(() => [
      mha.forward(x, { causal: true }),
      mha.forward(concat([front, x], 1), window).narrow(1, 5, T),
      mha.forward(x.flip(1), { causal: true }).flip(1),
    ]);
    expectClose(behind, alone);
    expect(Math.abs(other[0] - alone[0])).toBeGreaterThan(1e-3);
  });

  test("every parameter gets a gradient, as differences say", async () => {
    const config = {
      ...fixed["all at once"],
      qkNorm: true,
      sinks: true,
      relativePositions: { numBuckets: 4 },
    };
    using mha = make(config);
    const names = [...mha.namedParameters()].map(([name]) => name);
    expect(names.slice(8)).toEqual([
      "queryNorm.weight",
      "keyNorm.weight",
      "sinks",
      "positions.relativeBias.weight",
    ]);
    using double = castModule(mha, "f64");
    using x = randn(new Key(1), [1, 5, D], { dtype: "f64" });
    const parameters = double.parameters();
    await checkGradients((y) => double.forward(y, { causal: true }), [x]);
    using result = valueAndGrad(() => double.forward(x).square().mean(), parameters);
    const loss = (): Promise<number> => {
      using value = tidy(() => double.forward(x).square().mean());
      return value.item();
    };
    const analytic = await evaluateAll(() => result.grads.map((gradient) => gradient.reshape([-1])));
    for (const [i, parameter] of parameters.entries()) {
      const values = await parameter.data();
      const at = values.length - 1;
      const set = (value: number): void =>
        tidy(() => {
          const moved = Float64Array.from(values as ArrayLike<number>);
          moved[at] = value;
          assign(parameter, tensor(moved, { shape: parameter.shape, dtype: "f64" }));
        });
      set(Number(values[at]) + 1e-5);
      const above = await loss();
      set(Number(values[at]) - 1e-5);
      const below = await loss();
      set(Number(values[at]));
      expect(analytic[i][at], names[i]).toBeCloseTo((above - below) / 2e-5, 8);
    }
  });

  test("padded and packed sequences give what each gives alone", async () => {
    using mha = make({ ...fixed["all at once"], qkNorm: true });
    using x = randn(new Key(1), [1, 8, D]);
    const [alone, packed, padded] = await evaluateAll(() => {
      const parts = [x.narrow(1, 0, 5), x.narrow(1, 5, 3)];
      const batch = concat([parts[0], concat([parts[1], zeros([1, 2, D])], 1)], 0);
      const rows = mha.forward(batch, { lengths: [5, 3] });
      return [
        concat(
          parts.map((part) => mha.forward(part)),
          1,
        ),
        mha.forward(x, { cuSeqlens: [0, 5, 8] }),
        concat([rows.narrow(0, 0, 1), rows.narrow(0, 1, 1).narrow(1, 0, 3)], 1),
      ];
    });
    expectClose(packed, alone);
    expectClose(padded, alone);
  });
});

/** A cache of two sequences of one of the three kinds, for windows of 4. */
const caches: Record<string, (mha: MultiHeadAttention) => { cache: KeyValueCache; dispose(): void }> = {
  static: (mha) => {
    const cache = mha.createCache({ batch: 2, maxLength: T });
    return { cache, dispose: () => cache.dispose() };
  },
  window: () => {
    const cache = new WindowKeyValueCache({ batch: 2, heads: K, window: 4, width: E });
    return { cache, dispose: () => cache.dispose() };
  },
  paged: () => {
    const pool = new KeyValueBlocks({ blocks: 12, blockSize: 2, heads: K, width: E });
    const cache = pool.createCache({ batch: 2 });
    return {
      cache,
      dispose: () => {
        cache.dispose();
        pool.dispose();
      },
    };
  },
};

describe.each(Object.keys(caches))("behind a %s cache", (kind) => {
  const how: SelfAttentionOptions = { causal: true, window: 4 };

  test.each(Object.entries({ ...fixed, ...growing }))(
    "%s: what the sequence so far gives without",
    async (_, config) => {
      using mha = make({ ...config, qkNorm: true, sinks: true });
      using x = randn(new Key(1), [2, T, D]);
      const { cache, dispose } = caches[kind](mha);
      for (const pieces of [
        [5, 3, 1],
        [1, 1, 1, 1, 1, 1, 3],
      ]) {
        cache.reset();
        for (const length of pieces) {
          const start = cache.length;
          const [piece, whole] = await evaluateAll(() => [
            mha.forward(x.narrow(1, start, length), { ...how, cache }),
            mha.forward(x.narrow(1, 0, start + length), how).narrow(1, start, length),
          ]);
          expectClose(piece, whole);
        }
      }
      dispose();
    },
  );
});

describe("what has no meaning", () => {
  const x = (): Tensor => zeros([1, 3, D]);

  test.each<[string, Partial<MultiHeadAttentionConfig>, string]>([
    ["rotary", { rotary: true }, "rotary"],
    ["biases", { relativePositions: true, alibi: true }, "relativePositions, alibi"],
  ])("positions across two sequences: %s", (_, config, kinds) => {
    using mha = make(config);
    using a = x();
    using b = x();
    const message = `MultiHeadAttention: positions (${kinds}) are places in one sequence: there are none across two`;
    expect(() => mha.cross(a, b)).toThrow(new ArgumentError(message));
    expect(() => mha.weights(a, b)).toThrow(new ArgumentError(message));
    mha.weights(a, a).dispose();
  });

  test("lengths that set queries and keys apart, or that a scaling cannot know; nothing goes into the cache", () => {
    using mha = make({ rotary: true });
    using dynamic = make(growing.dynamic);
    using a = x();
    using cache = mha.createCache({ batch: 1, maxLength: 3 });
    const lengths = { queries: [2], keys: [3] };
    expect(() => mha.forward(a, { causal: true, lengths, cache })).toThrow(
      new ArgumentError(
        "MultiHeadAttention: with rotary, lengths must be one list, of queries and keys alike (got queries and keys)",
      ),
    );
    expect(cache.length).toBe(0);
    expect(() => dynamic.forward(a, { lengths: [2] })).toThrow(
      new ArgumentError(
        "MultiHeadAttention: dynamic scaling depends on the length of the sequence, which lengths makes many; give one sequence at a time",
      ),
    );
  });

  test("a rotation wider than a head, and options that are unknown", () => {
    expect(() => make({ rotary: { dim: 6 } })).toThrow(
      new ArgumentError("MultiHeadAttention: rotary dim 6 is more than the width 4 of a head"),
    );
    expect(() => make({ rotary: { theta: 3 } as object })).toThrow('RotaryPositions: unknown option "theta"');
    expect(() => make({ relativePositions: { buckets: 3 } as object })).toThrow(
      'RelativePositionBias: unknown option "buckets"',
    );
  });
});

describe("positions of other layers", () => {
  const both = fixed["all at once"];
  test.each<
    [string, (config: HeadPositionsConfig) => { forward(x: Tensor, spec: object): Tensor; dispose(): void }]
  >([
    ["CosineAttention", (c) => new CosineAttention({ embedDim: D, numHeads: H, ...c }, { key: new Key(0) })],
    ["GatedAttention", (c) => new GatedAttention({ embedDim: D, numHeads: H, ...c }, { key: new Key(0) })],
    [
      "DifferentialAttention",
      (c) => new DifferentialAttention({ embedDim: D, numHeads: H, depth: 1, ...c }, { key: new Key(0) }),
    ],
  ])("%s: order matters with them, distance alone counts", async (_, layer) => {
    const [placed, plain] = [layer(both), layer({})];
    using x = randn(new Key(1), [1, T, D]);
    using front = randn(new Key(2), [1, 4, D]);
    const [straight, turned, same, without, behind] = await evaluateAll(() => [
      placed.forward(x, {}).narrow(1, 0, 1),
      placed.forward(x.flip(1), {}).narrow(1, T - 1, 1),
      plain.forward(x, {}).narrow(1, 0, 1),
      plain.forward(x.flip(1), {}).narrow(1, T - 1, 1),
      placed.forward(concat([front, x], 1), { cuSeqlens: [0, 4, 4 + T] }).narrow(1, 4, 1),
    ]);
    expectClose(same, without);
    expectClose(behind, straight);
    expect(Math.max(...straight.map((value, i) => Math.abs(value - turned[i])))).toBeGreaterThan(1e-3);
    placed.dispose();
    plain.dispose();
  });

  test("a layer that has none refuses them", () => {
    const config = { embedDim: D, numHeads: H, rotary: true };
    expect(() => new TalkingHeadsAttention(config, { key: new Key(0) })).toThrow(
      new ArgumentError('TalkingHeadsAttention: unknown option "rotary" (known: embedDim, numHeads)'),
    );
  });

  test("both queries of a differential head are turned alike", async () => {
    using layer = new DifferentialAttention(
      { embedDim: 8, numHeads: 1, depth: 1, rotary: true },
      { key: new Key(0) },
    );
    using q = randn(new Key(1), [1, 1, T, 4]);
    const [got, wanted] = await evaluateAll(() => {
      const doubled = concat([q, q], 3);
      const { heads } = layer.heads.positions.place({ q: doubled, k: doubled }, {});
      const rotary = new RotaryPositions({ dim: 4 });
      const turned = rotary.rotate(q, rotary.tables({ length: T }));
      return [heads.k, concat([turned, turned], 3)];
    });
    expectClose(got, wanted);
  });
});
