import { Key, ShapeError, tensor, zeros } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkModule, expectClose, random } from "../testing/by-hand.ts";
import { AdditiveAttention, additiveScores } from "./additive-attention.ts";

guardMemory({ beforeEach, afterEach });

const f64 = { dtype: "f64" } as const;
const key = new Key(0);

describe("AdditiveAttention", () => {
  test("gradients", async () => {
    const config = { queryDim: 3, keyDim: 2, attentionDim: 4, bias: true };
    using layer = new AdditiveAttention(config, { ...f64, key });
    using query = random(key.fold(1), [2, 3, 3]);
    using keys = random(key.fold(2), [2, 5, 2]);
    using mask = tensor([[[1, 1, 1, 0, 0]], [[0, 0, 0, 0, 0]]], { dtype: "u8" });
    await checkModule(
      layer,
      (q, k) => {
        const { context, weights } = layer.forward(q, k, { mask });
        return [context, weights];
      },
      [query, keys],
      key.fold(3),
    );
  });

  test("many queries at once are each by itself; other values", async () => {
    using layer = new AdditiveAttention({ queryDim: 3, keyDim: 2 }, { ...f64, key });
    using query = random(key.fold(1), [2, 3, 3]);
    using keys = random(key.fold(2), [2, 5, 2]);
    using values = random(key.fold(3), [2, 5, 7]);
    const [together, ...single] = await evaluateAll(() => [
      layer.forward(query, keys, { values }).context,
      ...[0, 1, 2].map((i) => layer.forward(query.narrow(1, i, 1), keys, { values }).context),
    ]);
    const rows = (b: number) => single.flatMap((row) => row.slice(7 * b, 7 * b + 7));
    await expectClose(() => tensor(together, f64), [...rows(0), ...rows(1)]);
  });

  test("a query that may attend nowhere gives zeros; no queries; one key; no keys", async () => {
    using layer = new AdditiveAttention({ queryDim: 3, keyDim: 2 }, { key });
    using mask = zeros([1, 1, 4], { dtype: "u8" });
    const [masked, single, none, nothing] = await evaluateAll(() => [
      layer.forward(zeros([1, 2, 3]), zeros([1, 4, 2]).add(1), { mask }).context,
      layer.forward(zeros([1, 1, 3]), zeros([1, 1, 2]).add(3)).context,
      layer.forward(zeros([1, 0, 3]), zeros([1, 4, 2])).context,
      layer.forward(zeros([1, 1, 3]), zeros([1, 0, 2])).context,
    ]);
    expect(masked).toEqual([0, 0, 0, 0]);
    expect(single).toEqual([3, 3]);
    expect(none).toEqual([]);
    expect(nothing).toEqual([0, 0]);
  });

  test("an option that is unknown", () => {
    using layer = new AdditiveAttention({ queryDim: 2, keyDim: 2 }, { key });
    using x = zeros([1, 2, 2]);
    const options = { maks: null };
    expect(() => layer.forward(x, x, options as object)).toThrow(
      'AdditiveAttention: unknown option "maks" (known: mask, values)',
    );
  });

  test("shapes that do not fit", () => {
    using query = zeros([1, 2, 3]);
    using keys = zeros([1, 4, 2]);
    using vector = zeros([3]);
    expect(() => additiveScores(query, keys, vector)).toThrow(
      new ShapeError(`additiveScores: keys must be [1, 4, 3] (got ${keys.describe()})`),
    );
  });
});
