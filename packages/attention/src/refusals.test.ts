import { ArgumentError, Key, ones, randn, tensor } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cosineAttention } from "./moderns/cosine-attention.ts";
import { differentialAttention } from "./moderns/differential-attention.ts";
import { gatedAttention } from "./moderns/gated-attention.ts";
import { MultiHeadLatentAttention } from "./moderns/multi-head-latent-attention.ts";
import { orthogonalFeatures, performerAttention } from "./moderns/performer.ts";
import { MultiHeadAttention } from "./multi-head-attention.ts";
import { attention } from "./scaled-dot-product/attention.ts";
import type { AttentionSpec } from "./scaled-dot-product/attention-spec.ts";
import { captured } from "./score-mods/captured.ts";

guardMemory({ beforeEach, afterEach });

// What types refuse, programs without them may still give.
test.each<[object, string]>([
  [{ causal: "yes" }, "causal must be true or false (got yes)"],
  [{ returnLogSumExp: 1 }, "returnLogSumExp must be true or false (got 1)"],
  [{ mask: [[1]] }, "mask must be a tensor (got Array)"],
  [{ bias: 0.5 }, "bias must be a tensor (got 0.5)"],
  [{ alibi: 0.5 }, "alibi must be true, false or a tensor (got 0.5)"],
  [{ sinks: true }, "sinks must be a tensor (got true)"],
  [{ window: null }, "window must be a number or { left, right } (got null)"],
  [{ window: "3" }, "window must be a number or { left, right } (got 3)"],
  [{ dropout: { p: 0.1, key: new Key(0), seed: 1 } }, 'dropout: unknown option "seed" (known: key, p)'],
  [
    { lengths: 3 },
    "lengths must be a list of numbers, as [3, 5], or { queries, keys } of such lists (got 3)",
  ],
  [
    { cuSeqlens: { queries: 3 } },
    "cuSeqlens must be a list of numbers, as [3, 5], or { queries, keys } of such lists (got Object)",
  ],
])("attention refuses %j", (spec, message) => {
  using x = randn(new Key(0), [1, 2, 3, 4]);
  expect(() => attention(x, x, x, spec)).toThrow(new ArgumentError(`attention: ${message}`));
});

test("what other libraries take: positional arguments, additive masks, padding without heads", () => {
  using x = randn(new Key(0), [2, 2, 3, 4]);
  using s = randn(new Key(0), [2, 3, 4]);
  using padding = ones([2, 3], { dtype: "u8" });
  using pairs = ones([2, 3, 3], { dtype: "u8" });
  using additive = ones([3, 3]);
  using heads = new MultiHeadAttention({ embedDim: 4, numHeads: 4 }, { key: new Key(1) });
  const untyped = attention as (...args: unknown[]) => void;
  const known =
    "alibi, bias, causal, cuSeqlens, dropout, lengths, mask, maskMod, returnLogSumExp, scale, scoreMod";
  for (const [call, message] of [
    [() => untyped(x, x), "attention: v must be a tensor (got undefined)"],
    [() => untyped([[1]], x, x), "attention: q must be a tensor (got Array)"],
    [
      () => untyped(x, x, x, padding),
      `attention: takes an object of options (known: ${known}, sinks, softcap, window; got ${padding.describe()})`,
    ],
    [
      () => untyped(x, x, x, { mask: additive }),
      `attention: mask must be u8, 1 = may attend (got ${additive.describe()}); what is added to scores is a bias`,
    ],
    [
      () => untyped(x, x, x, { mask: padding }),
      "attention: mask: [2,3] does not broadcast to [2,2,3,3]; [B, S] goes in as [B, 1, 1, S]",
    ],
    [
      () => heads.forward(s, { mask: pairs }),
      "attention: mask: [2,3,3] does not broadcast to [2,4,3,3]; [B, T, S] goes in as [B, 1, T, S]",
    ],
    [
      () => heads.forward(s, s as never),
      `MultiHeadAttention: forward takes one sequence and options; cross(x, keys, values) takes more (got ${s.describe()})`,
    ],
    [
      () => new MultiHeadAttention({ embedDim: 4, numHeads: 4 }, undefined as never),
      "MultiHeadAttention: needs { key: new Key(seed) }, of which it draws its weights (got undefined)",
    ],
    [
      () => new MultiHeadAttention({ embedDim: 4, numHeads: 4 }, { key: 0 } as never),
      "MultiHeadAttention: needs { key: new Key(seed) }, of which it draws its weights (got 0)",
    ],
    [
      () => heads.forward(undefined as never),
      "MultiHeadAttention: sequence must be a tensor (got undefined)",
    ],
  ] as const) {
    expect(call).toThrow(message);
  }
});

test("lengths are no tensor, captured is", () => {
  using lengths = tensor([3], { dtype: "i32" });
  using x = randn(new Key(0), [1, 2, 3, 4]);
  expect(() => attention(x, x, x, { lengths } as unknown as AttentionSpec)).toThrow(
    `or { queries, keys } of such lists (got ${lengths.describe()})`,
  );
  expect(() => captured([1, 2] as never)).toThrow(
    new ArgumentError("captured: it must be a tensor (got Array)"),
  );
});

test("what gives an output alone refuses returnLogSumExp", () => {
  const spec = { returnLogSumExp: true } as AttentionSpec;
  using x = randn(new Key(0), [1, 2, 3, 4]);
  using s = randn(new Key(0), [1, 3, 4]);
  using heads = new MultiHeadAttention({ embedDim: 4, numHeads: 2 }, { key: new Key(1) });
  const sizes = { embedDim: 4, numHeads: 2, latentDim: 2, headDim: 2, rotaryDim: 2 };
  using latent = new MultiHeadLatentAttention(sizes, { key: new Key(1) });
  for (const [owner, call] of Object.entries({
    MultiHeadAttention: () => heads.forward(s, spec),
    MultiHeadLatentAttention: () => latent.forward(s, spec),
    differentialAttention: () => differentialAttention(x, x, x, 0.5, spec),
    cosineAttention: () => cosineAttention(x, x, x, 10, spec),
    gatedAttention: () => gatedAttention(x, x, x, x, spec),
  })) {
    expect(call).toThrow(
      new ArgumentError(`${owner}: takes no returnLogSumExp; attention of the heads does`),
    );
  }
});

test.each([-1, 0, Number.NaN])("Performer's features have no root of a scale of %d", (scale) => {
  using x = randn(new Key(0), [1, 2, 3, 4]);
  using directions = orthogonalFeatures(new Key(0), 8, 4);
  expect(() => performerAttention(x, x, x, directions, { scale })).toThrow(
    new ArgumentError(`performerAttention: scale must be positive and finite (got ${scale})`),
  );
});
