import { getBackend, Key, randn, tensor, tidy } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WindowKeyValueCache } from "../cache/window-key-value-cache.ts";
import { MultiHeadLatentAttention } from "../moderns/multi-head-latent-attention.ts";
import { MultiHeadAttention, type SelfAttentionOptions } from "../multi-head-attention.ts";
import { createBlockMask } from "./block-mask.ts";
import { captured } from "./captured.ts";
import { type ScoreValue, whereScore } from "./score-value.ts";
import { shiftedMods } from "./shifted-mods.ts";
import type { MaskMod, ScoreMod } from "./trace-mods.ts";

guardMemory({ beforeEach, afterEach });

const prefix: MaskMod = ({ q, k }) => k.lt(2).logicalOr(k.floorDiv(3).eq(q.floorDiv(3)));

describe("functions of scores where a cache has forgotten keys", () => {
  const table = (): ScoreMod => {
    const at = captured(tensor([0, 1, -1, 2, 0, -2, 1, 3, -1, 2]));
    return (s, { q, k }) => s.add(at(k)).mul(q.add(1).sqrt());
  };
  const cases: [string, () => SelfAttentionOptions][] = [
    ["a score of places", () => ({ scoreMod: table() })],
    ["a mask of places", () => ({ maskMod: prefix })],
    ["both", () => ({ scoreMod: table(), maskMod: prefix })],
    ["distances", () => ({ scoreMod: (s, { q, k }) => s.sub(q.sub(k)) })],
    ["rows and heads", () => ({ scoreMod: (s, { h, b }) => s.mul(h.add(b)) })],
  ];

  test.each(cases)("places are those in the sequence: %s", async (_, functions) => {
    using heads = new MultiHeadAttention({ embedDim: 8, numHeads: 2, rotary: true }, { key: new Key(0) });
    const sizes = { embedDim: 8, numHeads: 2, latentDim: 4, headDim: 3, rotaryDim: 2 };
    using latent = new MultiHeadLatentAttention(sizes, { key: new Key(1) });
    using x = randn(new Key(2), [1, 10, 8]);
    const window = 3;
    const shared = { batch: 1, window };
    for (const [layer, rows] of [
      [heads, { heads: 2, width: 4 }],
      [latent, { heads: 1, width: 2, valueWidth: 4 }],
    ] as const) {
      using cache = new WindowKeyValueCache({ ...shared, ...rows });
      const [whole, steps] = await evaluateAll(() => {
        const spec = { causal: true, window, ...functions() };
        const pieces = [4, 1, 1, 3, 1].map((length) =>
          layer.forward(x.narrow(1, cache.length, length), { ...spec, cache }).narrow(1, length - 1, 1),
        );
        const last = [3, 4, 5, 8, 9].map((place) => layer.forward(x, spec).narrow(1, place, 1));
        return [last, pieces].map((parts) => parts.reduce((sum, part) => sum.add(part.square())));
      });
      for (const [i, value] of whole.entries()) expect(steps[i]).toBeCloseTo(value, 4);
    }
  });

  const kept: [string, ScoreMod][] = [
    ["a distance", (s, { q, k }) => s.sub(q.sub(k).abs())],
    ["a comparison", (s, { q, k }) => whereScore(k.lt(q), s, 0)],
    ["a distance, turned", (s, { q, k }) => s.add(k.neg().add(q).mul(0.1))],
    ["the larger of two places", (s, { q, k }) => s.mul(q.maximum(k).sub(q))],
    ["one of two places", (s, { h, q, k }) => s.add(whereScore(h.eq(0), q, k).sub(k))],
    ["no place", (s, { h, i }) => s.add(h.mul(i))],
  ];
  test.each(kept)("a function of distances stays itself: %s", (_, scoreMod) => {
    const spec = { scoreMod };
    expect(shiftedMods(spec, 5, getBackend())).toBe(spec);
  });

  const moved: [string, (q: ScoreValue, k: ScoreValue) => ScoreValue][] = [
    ["a key", (_, k) => k],
    ["a sum", (q, k) => q.add(k)],
    ["a ratio", (q, k) => q.sub(k).div(k.add(1))],
    ["a place and a distance", (q, k) => q.maximum(q.sub(k))],
    ["a comparison with a number", (_, k) => k.lt(3)],
    ["a choice of unlike ones", (q, k) => whereScore(q.sub(k).eq(0), q, q.sub(k))],
  ];
  test.each(moved)("a function of places does not: %s", (_, of) => {
    const scoreMod: ScoreMod = (s, { q, k }) => s.add(of(q, k));
    tidy(() => expect(shiftedMods({ scoreMod }, 5, getBackend())).not.toEqual({ scoreMod }));
  });

  test("block masks know distances alone", () => {
    using mask = createBlockMask(prefix, { T: 1, S: 3 });
    expect(() => shiftedMods({ maskMod: mask }, 4, getBackend())).toThrow(
      "attention: the cache has forgotten the first 4 keys, which a block mask does not know; give the function itself",
    );
    using band = createBlockMask(({ q, k }) => q.sub(k).lt(2), { T: 1, S: 3 });
    const spec = { maskMod: band };
    expect(shiftedMods(spec, 4, getBackend())).toBe(spec);
  });
});
