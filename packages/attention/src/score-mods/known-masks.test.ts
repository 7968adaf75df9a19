import { Key, randn, type Tensor, tensor, tidy } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { captureAttention } from "../interpret/index.ts";
import { MultiHeadAttention } from "../multi-head-attention.ts";
import { alibiSlopes } from "../scaled-dot-product/alibi.ts";
import { attention, attentionWeights } from "../scaled-dot-product/attention.ts";
import type { AttentionSpec } from "../scaled-dot-product/attention-spec.ts";
import { createBlockMask } from "./block-mask.ts";
import { captured } from "./captured.ts";
import type { MaskMod, ScoreMod } from "./trace-mods.ts";

guardMemory({ beforeEach, afterEach });

const [T, S] = [5, 7];
const f64 = { dtype: "f64" } as const;

/** The same, by two specs. */
async function expectSame(
  one: () => AttentionSpec,
  other: () => AttentionSpec,
  lengths = [T, S],
): Promise<void> {
  const [a, b] = await evaluateAll(() => {
    const [q, k, v] = [lengths[0], lengths[1], lengths[1]].map((length, i) =>
      randn(new Key(i), [1, 4, length, 3], f64),
    );
    return [one(), other()].map((spec) => attention(q, k, v, spec));
  });
  for (const [i, x] of b.entries()) expect(a[i]).toBeCloseTo(x, 12);
}

/** u8 `[rows, columns]` */
function maskOf(seen: (i: number, j: number) => boolean, [rows, columns] = [T, S]): Tensor {
  const states = Array.from({ length: rows * columns }, (_, n) =>
    seen(Math.floor(n / columns), n % columns) ? 1 : 0,
  );
  return tensor(Uint8Array.from(states), { shape: [rows, columns] });
}

const place = (i: number): number => i + S - T;
const documents = [0, 0, 1, 1, 1, 2, 2];

describe("functions and what they are equal to", () => {
  test.each<[string, () => AttentionSpec, () => AttentionSpec]>([
    [
      "a relative bias",
      () => ({ scoreMod: (s, { q, k }) => s.add(q.sub(k)) }),
      () => ({
        bias: tensor(
          Array.from({ length: T }, (_, i) => Array.from({ length: S }, (_, j) => place(i) - j)),
          f64,
        ),
      }),
    ],
    [
      "ALiBi",
      () => {
        const slope = captured(tensor(alibiSlopes(4), f64));
        return { scoreMod: (s, { h, q, k }) => s.sub(slope(h).mul(q.sub(k).abs())) };
      },
      () => ({ alibi: true }),
    ],
    [
      "ALiBi by its formula",
      () => ({
        scoreMod: (s, { h, q, k }) => s.sub(h.add(1).mul(-2).mul(Math.LN2).exp().mul(q.sub(k).abs())),
      }),
      () => ({ alibi: true }),
    ],
    ["a soft cap", () => ({ scoreMod: (s) => s.div(2).tanh().mul(2) }), () => ({ softcap: 2 })],
    ["causality", () => ({ maskMod: ({ q, k }) => q.ge(k) }), () => ({ causal: true })],
    [
      "causality, by the score",
      () => ({ scoreMod: (s, { q, k }) => s.sub(k.gt(q).mul(1e30)) }),
      () => ({ causal: true }),
    ],
    ["a window", () => ({ maskMod: ({ q, k }) => q.sub(k).abs().le(2) }), () => ({ window: 2 })],
    [
      "a causal window",
      () => ({ maskMod: ({ q, k }) => q.ge(k).logicalAnd(q.sub(k).lt(3)) }),
      () => ({ causal: true, window: 3 }),
    ],
    [
      "a prefix",
      () => ({ maskMod: ({ q, k }) => k.lt(4).logicalOr(k.le(q)) }),
      () => ({ mask: maskOf((i, j) => j < 4 || j <= place(i)) }),
    ],
    [
      "documents",
      () => {
        const document = captured(tensor(Int32Array.from(documents)));
        return { maskMod: ({ q, k }) => document(q).eq(document(k)) };
      },
      () => ({ mask: maskOf((i, j) => documents[place(i)] === documents[j]) }),
    ],
    [
      "a dilated window",
      () => ({ maskMod: ({ q, k }) => q.sub(k).remainder(2).eq(0) }),
      () => ({ mask: maskOf((i, j) => (place(i) - j) % 2 === 0) }),
    ],
    [
      "rows of the tensor, not places",
      () => ({ maskMod: ({ i, k }) => k.le(i) }),
      () => ({ mask: maskOf((i, j) => j <= i) }),
    ],
    [
      "a function beside all options",
      () => ({ maskMod: ({ k }) => k.ne(1), causal: true, softcap: 3, alibi: true }),
      () => ({ mask: maskOf((_, j) => j !== 1), causal: true, softcap: 3, alibi: true }),
    ],
  ])("%s", async (_, one, other) => {
    await expectSame(one, other);
  });

  test("the cap, then the bias, then the function: 2 (cap(s) + bias) = 2 cap(s) + 2 bias", async () => {
    const bias = [1, 0, 2, 0, 0, 1, 3];
    await expectSame(
      () => ({ scoreMod: (s) => s.mul(2), softcap: 3, bias: tensor(bias, f64) }),
      () => {
        const own = captured(tensor(bias, f64));
        return { scoreMod: (s, { k }) => s.div(3).tanh().mul(6).add(own(k).mul(2)) };
      },
    );
  });

  test("documents, packed: places count within a sequence", async () => {
    const maskMod: MaskMod = ({ q, k }) => q.ge(k);
    await expectSame(() => ({ maskMod, cuSeqlens: [0, 2, 5] }), () => ({ causal: true, cuSeqlens: [0, 2, 5] }), [5, 5]); // biome-ignore format: short
  });
});

describe("block masks", () => {
  const maskMod: MaskMod = ({ q, k }) => q.sub(k).abs().le(3);

  test("say what is seen, and go in as functions do", async () => {
    using mask = createBlockMask(maskMod, { T: 200, S: 200 });
    expect(await mask.picture()).toBe("▒▒··\n▒▒▒·\n·▒▒▒\n··▒▒");
    expect(await mask.sparsity()).toBe(6 / 16);
    await expectSame(
      () => ({ maskMod: mask }),
      () => ({ window: 3 }),
      [200, 200],
    );
  });

  test("of heads, and of tensors", async () => {
    using lengths = tensor(Int32Array.of(70, 130));
    const length = captured(lengths);
    const padding: MaskMod = ({ b, h, k }) => k.lt(length(b)).logicalOr(h.gt(0));
    using mask = createBlockMask(padding, { B: 2, H: 2, T: 1, S: 130 });
    expect(await mask.picture()).toBe("b 0, h 0\n█▒·\n\nb 0, h 1\n███\n\nb 1, h 0\n███\n\nb 1, h 1\n███");
    expect(() => createBlockMask(padding, { T: 1, S: 130, B: 2 })).toThrow(
      "createBlockMask: the function is one of head, and needs H",
    );
  });

  test("beside functions of scores that read tensors, too", async () => {
    using slopes = tensor([0.5, 0.25, 0.1, 0]);
    using ids = tensor(Int32Array.from({ length: 70 }, (_, i) => i % 3));
    const [slope, document] = [captured(slopes), captured(ids)];
    const scoreMod: ScoreMod = (score, { h, q, k }) => score.add(slope(h).mul(k.sub(q)));
    for (const seen of [maskMod, (({ q, k }) => document(q).eq(document(k))) satisfies MaskMod]) {
      using mask = createBlockMask(seen, { T: 70, S: 70 });
      await expectSame(
        () => ({ scoreMod, maskMod: mask }),
        () => ({ scoreMod, maskMod: seen }),
        [70, 70],
      );
    }
  });

  test("nothing to see", async () => {
    using mask = createBlockMask(maskMod, { T: 0, S: 5 });
    expect([await mask.picture(), await mask.sparsity()]).toEqual(["", 0]);
  });

  test("are refused where they say nothing", () => {
    let width = 3;
    using mask = createBlockMask(({ q, k }) => q.sub(k).abs().le(width), { T: 3, S: 3 });
    tidy(() => {
      const [x, y] = [randn(new Key(0), [1, 2, 3, 4]), randn(new Key(0), [1, 2, 4, 4])];
      expect(() => attention(y, x, x, { maskMod: mask })).toThrow(
        "attention: the block mask is of B=1, H=1, T=3, S=3 (got B=1, H=2, T=4, S=3)",
      );
      expect(() => attention(x, x, x, { maskMod: mask, lengths: [2] })).toThrow(
        "attention: with lengths or cuSeqlens, q is a place within a sequence, which a block mask does not know; give the function itself",
      );
      width = 4;
      expect(() => attention(x, x, x, { maskMod: mask })).toThrow(
        "attention: the function of the block mask is another one by now: what it closes over has changed",
      );
    });
    expect(() => createBlockMask(maskMod, { T: -1, S: 3 })).toThrow(
      "createBlockMask: T must be a whole number (got -1)",
    );
  });
});

describe("wherever attention is", () => {
  const scoreMod: ScoreMod = (s, { h, q, k }) => s.sub(q.sub(k).mul(h.add(1)).mul(0.1));
  const maskMod: MaskMod = ({ q, k }) => q.ge(k).logicalAnd(q.sub(k).lt(4));

  test("cached decoding gives what the whole gives", async () => {
    using mha = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
    using x = randn(new Key(1), [2, 6, 8]);
    using cache = mha.createCache({ batch: 2, maxLength: 6 });
    const [whole, ...steps] = await evaluateAll(() => [
      mha.forward(x, { causal: true, scoreMod, maskMod }).permute([1, 0, 2]),
      ...[[0, 3], [3, 1], [4, 2]].map(([start, count]) =>
        mha.forward(x.narrow(1, start, count), { causal: true, scoreMod, maskMod, cache }).permute([1, 0, 2]),
      ), // biome-ignore format: short
    ]);
    for (const [i, value] of steps.flat().entries()) expect(value).toBeCloseTo(whole[i], 5);
  });

  test("weights, and maps of some heads and queries", async () => {
    const [weights, map] = await evaluateAll(() => {
      const [q, k] = [randn(new Key(0), [2, 4, 5, 3]), randn(new Key(1), [2, 2, 7, 3])];
      const slope = captured(randn(new Key(2), [4]));
      const spec: AttentionSpec = { scoreMod: (s, { h, i, k }) => s.add(slope(h).mul(k).mul(i)), maskMod };
      const { maps } = captureAttention(() => attention(q, k, k, spec), {
        heads: [3, 1],
        queries: [4, 0, 2],
      });
      const whole = attentionWeights(q, k, spec);
      const picked = tidy(() => {
        const [heads, queries] = [[3, 1], [4, 0, 2]].map((list) => tensor(Int32Array.from(list))); // biome-ignore format: short
        return whole.indexSelect(heads, 1).indexSelect(queries, 2);
      });
      return [picked, maps.attention.weights];
    });
    for (const [i, x] of weights.entries()) expect(map[i]).toBeCloseTo(x, 5);
  });
});
