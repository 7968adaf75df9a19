import { ArgumentError, DTypeError, Key, ones, zeros } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AttentionSpec, attrsOf } from "./attention-spec.ts";

guardMemory({ beforeEach, afterEach });

const defaults = {
  scale: 0.25,
  causal: false,
  windowLeft: -1,
  windowRight: -1,
  softcap: 0,
  dropout: 0,
  key: [0, 0],
};

describe("attrsOf", () => {
  test("nothing said: scaled by the width of a head, nothing hidden", () => {
    expect(attrsOf({}, 16)).toEqual(defaults);
    expect(attrsOf({ mask: null, bias: null }, 16)).toEqual(defaults);
    expect(attrsOf({}, 0).scale).toBe(1);
  });

  test.each<[string, AttentionSpec, object]>([
    ["causal", { causal: true }, { causal: true }],
    ["causal window: w keys, the own included", { causal: true, window: 3 }, { causal: true, windowLeft: 2 }],
    ["window: w keys to each side", { window: 3 }, { windowLeft: 3, windowRight: 3 }],
    ["no keys beside the own", { window: 0 }, { windowLeft: 0, windowRight: 0 }],
    ["left only", { window: { left: 2 } }, { windowLeft: 2 }],
    [
      "both sides, causal",
      { causal: true, window: { left: 2, right: 1 } },
      { causal: true, windowLeft: 2, windowRight: 1 },
    ],
    ["an unbounded window", { window: {} }, {}],
    ["scale", { scale: -2 }, { scale: -2 }],
    ["softcap", { softcap: 50 }, { softcap: 50 }],
    ["dropout", { dropout: { p: 0.1, key: new Key([7, 8]) } }, { dropout: 0.1, key: [7, 8] }],
  ])("%s", (_, spec, expected) => {
    expect(attrsOf(spec, 16)).toEqual({ ...defaults, ...expected });
  });

  test.each<[object, string]>([
    [
      { isCausal: true },
      'attention: unknown option "isCausal" (known: alibi, bias, causal, cuSeqlens, dropout, lengths, mask, maskMod, returnLogSumExp, scale, scoreMod, sinks, softcap, window)',
    ],
    [{ window: -1 }, "attention: window must be an integer of at least 0 (got -1)"],
    [{ window: 1.5 }, "attention: window must be an integer of at least 0 (got 1.5)"],
    [{ window: Number.NaN }, "attention: window must be an integer of at least 0 (got NaN)"],
    [{ window: 0, causal: true }, "attention: a causal window must be an integer of at least 1 (got 0)"],
    [{ window: { left: -1 } }, "attention: window.left must be an integer of at least 0 (got -1)"],
    [{ window: { right: 0.5 } }, "attention: window.right must be an integer of at least 0 (got 0.5)"],
    [{ window: { length: 2 } }, 'attention: window: unknown option "length" (known: left, right)'],
    [{ scale: Number.POSITIVE_INFINITY }, "attention: scale must be finite (got Infinity)"],
    [{ scale: Number.NaN }, "attention: scale must be finite (got NaN)"],
    [{ softcap: 0 }, "attention: softcap must be positive and finite (got 0)"],
    [{ softcap: Number.POSITIVE_INFINITY }, "attention: softcap must be positive and finite (got Infinity)"],
    [{ dropout: 0.1 }, "attention: dropout must be { p, key }, key a Key"],
    [{ dropout: { p: 0.1 } }, "attention: dropout must be { p, key }, key a Key"],
    [{ dropout: { p: 1, key: new Key(0) } }, "attention: dropout p must be in [0, 1) (got 1)"],
    [{ dropout: { p: Number.NaN, key: new Key(0) } }, "attention: dropout p must be in [0, 1) (got NaN)"],
  ])("%j throws", (spec, message) => {
    expect(() => attrsOf(spec, 16)).toThrow(new ArgumentError(message));
  });

  test("a mask is u8, a bias is float", () => {
    using mask = ones([2, 2]);
    using bias = zeros([2, 2], { dtype: "i32" });
    expect(() => attrsOf({ mask }, 4)).toThrow(
      new DTypeError(
        `attention: mask must be u8, 1 = may attend (got ${mask.describe()}); what is added to scores is a bias`,
      ),
    );
    expect(() => attrsOf({ bias }, 4)).toThrow(
      new DTypeError(`attention: bias must be float (got ${bias.describe()}); cast it first`),
    );
  });
});
