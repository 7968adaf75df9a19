import { getBackend, ones, type Tensor, tensor, tidy } from "@saccade/core";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AttentionSpec, attrsOf } from "./attention-spec.ts";
import { visibility, visibleByPosition } from "./visibility.ts";

guardMemory({ beforeEach, afterEach });

/** Rows of queries, `x` where a key is seen. */
async function picture(T: number, S: number, spec: AttentionSpec): Promise<string[]> {
  const seen = await evaluate(
    () => visibleByPosition(T, S, attrsOf(spec, 4), getBackend()) ?? ones([T, S], { dtype: "u8" }),
  );
  const drawn = seen.map((x) => (x === 1 ? "x" : ".")).join("");
  return Array.from({ length: T }, (_, t) => drawn.slice(t * S, (t + 1) * S));
}

describe("visibleByPosition", () => {
  test.each<[string, number, number, AttentionSpec, string[]]>([
    ["causal", 3, 3, { causal: true }, ["x..", "xx.", "xxx"]],
    ["causal, more keys: bottom right", 2, 4, { causal: true }, ["xxx.", "xxxx"]],
    ["causal, more queries: the first see nothing", 4, 2, { causal: true }, ["..", "..", "x.", "xx"]],
    ["a causal window of 1 is the query's own key", 3, 3, { causal: true, window: 1 }, ["x..", ".x.", "..x"]],
    ["a causal window of 2", 4, 4, { causal: true, window: 2 }, ["x...", "xx..", ".xx.", "..xx"]],
    ["a window of 1 to each side", 4, 4, { window: 1 }, ["xx..", "xxx.", ".xxx", "..xx"]],
    ["a window, more keys: around the aligned place", 2, 5, { window: 1 }, ["..xxx", "...xx"]],
    ["left only", 3, 3, { window: { left: 1 } }, ["xxx", "xxx", ".xx"]],
    ["right only", 3, 3, { window: { right: 0 } }, ["x..", "xx.", "xxx"]],
    ["left and right", 4, 4, { window: { left: 0, right: 2 } }, ["xxx.", ".xxx", "..xx", "...x"]],
    ["causal wins over right", 3, 3, { causal: true, window: { left: 1, right: 2 } }, ["x..", "xx.", ".xx"]],
    ["one query, one key", 1, 1, { causal: true, window: 1 }, ["x"]],
    ["no queries", 0, 3, { causal: true }, []],
    ["no keys", 2, 0, { causal: true }, ["", ""]],
  ])("%s", async (_, T, S, spec, expected) => {
    expect(await picture(T, S, spec)).toEqual(expected);
  });

  test("null where everything is seen", () => {
    expect(tidy(() => visibleByPosition(3, 4, attrsOf({ window: {} }, 4), getBackend()))).toBe(null);
  });
});

describe("visibility", () => {
  const attrs = attrsOf({ causal: true }, 4);
  const everywhere = attrsOf({}, 4);

  test("needs position and mask to agree; either alone; neither", async () => {
    using q = ones([1, 1, 2, 4]);
    using mask = tensor(Uint8Array.of(1, 0), { shape: [2, 1] });
    const inputs = { q, k: q, mask, ranges: null };
    expect(tidy(() => visibility({ ...inputs, mask: null }, everywhere))).toBe(null);
    expect(visibility(inputs, everywhere)).toBe(mask);
    const both = await evaluate(() => visibility(inputs, attrs) as Tensor);
    expect(both).toEqual([1, 0, 0, 0]);
  });
});
