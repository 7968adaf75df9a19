import { ArgumentError, Key, noGrad, type Tensor, tensor, zeros } from "@saccade/core";
import type { Linear } from "@saccade/core/nn";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  blendOf,
  checkModule,
  cube,
  dot,
  expectClose,
  matrix,
  random,
  softmaxOf,
  times,
} from "../testing/by-hand.ts";
import { MultiHeadLatentAttention } from "./multi-head-latent-attention.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const config = { embedDim: 6, numHeads: 2, latentDim: 5, headDim: 3, rotaryDim: 4, queryLatentDim: 4 };
const make = (more: object = {}) =>
  new MultiHeadLatentAttention({ ...config, ...more }, { key, dtype: "f64" });

const rms = (x: number[]): number[] => x.map((it) => it / Math.sqrt(dot(x, x) / x.length + 1e-6));

/** Halves as pairs, as Llama has them. */
function rope(x: number[], place: number): number[] {
  const half = x.length / 2;
  return x.map((it, d) => {
    const angle = place * 10000 ** (-(d % half) / half);
    return it * Math.cos(angle) + (d < half ? -x[d + half] : x[d - half]) * Math.sin(angle);
  });
}

describe("MultiHeadLatentAttention", () => {
  test("equations 9 to 19, by loops", async () => {
    using layer = make();
    using x = random(key.fold(1), [2, 4, 6]);
    const weightOf = (linear: Linear | null): Promise<number[][]> =>
      linear ? matrix(linear.weight) : Promise.reject(new Error("absent"));
    const [DQ, UQ, DKV, KR, UK, UV, O] = await Promise.all(
      [
        layer.queryDown,
        layer.queryUp,
        layer.latentProjection,
        layer.rotaryKeyProjection,
        layer.keyUp,
        layer.valueUp,
        layer.outProjection,
      ].map(weightOf),
    );
    const expected = (await cube(x)).map((rows) => {
      const latents = rows.map((row) => rms(times(DKV, row)));
      const shared = rows.map((row, j) => rope(times(KR, row), j));
      return rows.map((row, i) => {
        const queries = times(UQ, rms(times(DQ, row)));
        const heads = [0, 1].flatMap((h) => {
          const q = queries.slice(7 * h, 7 * h + 7);
          const whole = [...q.slice(0, 3), ...rope(q.slice(3), i)];
          const up = (W: number[][], c: number[]): number[] => times(W.slice(3 * h, 3 * h + 3), c);
          const scores = latents.map((c, j) => dot(whole, [...up(UK, c), ...shared[j]]) / Math.sqrt(7));
          const values = latents.map((c) => up(UV, c));
          return blendOf(
            softmaxOf(scores, (j) => j <= i),
            values,
          );
        });
        return times(O, heads);
      });
    });
    for (const absorbed of [false, true]) {
      await expectClose(() => layer.forward(x, { causal: true, absorbed }), expected);
      await checkModule(layer, (y) => layer.forward(y, { causal: true, absorbed }), [x], key.fold(3));
    }
  });

  test.each([{}, { queryLatentDim: undefined }])("piece by piece with a cache as whole: %o", async (more) => {
    using layer = make(more);
    using x = random(key.fold(1), [2, 6, 6]);
    for (const absorbed of [true, false]) {
      using cache = layer.createCache({ batch: 2, maxLength: 6 });
      const [whole, ...pieces] = await evaluateAll(() =>
        noGrad(() => [
          layer.forward(x, { causal: true }),
          ...[
            [0, 3],
            [3, 1],
            [4, 2],
          ].map(([start, length]) =>
            layer.forward(x.narrow(1, start, length), { causal: true, cache, absorbed }),
          ),
        ]),
      );
      const rows = (b: number): number[] =>
        pieces.flatMap((piece) => piece.slice((b * piece.length) / 2, ((b + 1) * piece.length) / 2));
      await expectClose((): Tensor => tensor([...rows(0), ...rows(1)], { dtype: "f64" }), whole);
      expect(cache.length).toBe(6);
    }
  });

  test.each([0, 1])("sequences of %d elements", async (T) => {
    using layer = make();
    using x = zeros([2, T, 6], { dtype: "f64" });
    for (const absorbed of [false, true]) {
      const [y] = await evaluateAll(() => [layer.forward(x, { causal: true, absorbed })]);
      expect(y.length).toBe(2 * T * 6);
    }
  });

  test("a cache needs causal; a call that fails leaves it as it was; an unknown option throws", () => {
    using layer = make();
    using cache = layer.createCache({ batch: 1, maxLength: 4 });
    using x = random(key, [1, 2, 6]);
    expect(() => layer.forward(x, { cache })).toThrow(ArgumentError);
    expect(() => layer.forward(x, { cache, causal: true, softcap: -1 })).toThrow(ArgumentError);
    expect(cache.length).toBe(0);
    expect(() => make({ heads: 3 })).toThrow('MultiHeadLatentAttention: unknown option "heads"');
  });

  test("scalings that depend on the length give behind a cache what the sequence so far gives", async () => {
    const scaling = { ropeType: "dynamic", factor: 2, originalMaxPositionEmbeddings: 3 } as const;
    using layer = make({ rotary: { scaling } });
    using x = random(key.fold(1), [1, 6, 6]);
    using cache = layer.createCache({ batch: 1, maxLength: 6 });
    for (const length of [2, 1, 1, 2]) {
      const start = cache.length;
      const [expected, actual] = await evaluateAll(() =>
        noGrad(() => [
          layer.forward(x.narrow(1, 0, start + length), { causal: true }).narrow(1, start, length),
          layer.forward(x.narrow(1, start, length), { causal: true, cache }),
        ]),
      );
      for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 10);
    }
    expect(() => layer.forward(x, { lengths: [4] })).toThrow(
      "MultiHeadLatentAttention: dynamic scaling depends on the length of the sequence, which lengths makes many",
    );
  });

  test("queries and keys of sequences are at the same places", () => {
    using layer = make();
    using x = random(key.fold(1), [1, 6, 6]);
    expect(() => layer.forward(x, { lengths: { keys: [4] } })).toThrow(
      "MultiHeadLatentAttention: with rotary, lengths must be one list, of queries and keys alike (got keys)",
    );
  });
});
