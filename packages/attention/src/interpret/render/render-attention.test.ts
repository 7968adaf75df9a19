import { Key, ones, randn, tidy, zeros } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { attention } from "../../scaled-dot-product/attention.ts";
import { type AttentionMaps, captureAttention } from "../capture-attention.ts";
import { readMaps } from "./map-data.ts";
import { renderAttention } from "./render-attention.ts";

guardMemory({ beforeEach, afterEach });

function captured(): AttentionMaps {
  return tidy(() => {
    const x = randn(new Key(0), [2, 2, 3, 4]);
    return captureAttention(() => attention(x, x, x, { causal: true }), { heads: [1], queries: [-1] }).maps;
  });
}

function dispose(maps: AttentionMaps): void {
  for (const { weights, places } of Object.values(maps)) for (const it of [weights, places]) it.dispose();
}

test("reads one batch item; rows have the names of the queries that were asked for", async () => {
  const maps = captured();
  const all = Array.from(await maps.attention.weights.data());
  const [map] = await readMaps("renderAttention", maps, ["a", "b", "c"], 1);
  expect(map).toMatchObject({ name: "attention", heads: [1], queries: ["c"], keys: ["a", "b", "c"] });
  expect([...map.weights]).toEqual(all.slice(3));
  const html = await renderAttention(
    maps,
    { queries: ["x", "y", "z<i>"], keys: ["a", "b", "c"] },
    { item: 1 },
  );
  expect(html).toContain('"queries":["z\\u003ci>"]');
  expect(html).not.toMatch(/(src|href)=|url\(|import\(|fetch\(/);
  dispose(maps);
});

test("refuses what does not fit", async () => {
  const maps = captured();
  const refuse = (tokens: string[], options: object = {}): Promise<string> =>
    renderAttention(maps, tokens, options);
  await expect(refuse(["a", "b"])).rejects.toThrow(
    "renderAttention: the queries of attention need a token for place 2 (got 2 tokens)",
  );
  await expect(refuse(["a", "b", "c"], { item: 2 })).rejects.toThrow(
    "item must be an integer from 0 to 1 (got 2)",
  );
  await expect(refuse(["a", "b", "c"], { theme: 1 })).rejects.toThrow('unknown option "theme"');
  await expect(renderAttention({}, [])).rejects.toThrow("there are no maps");
  dispose(maps);
  using weights = ones([1, 1, 0, 3]);
  using places = zeros([1, 0]);
  await expect(renderAttention({ a: { weights, places, heads: [0], queries: [] } }, [])).rejects.toThrow(
    "renderAttention: a has no weights",
  );
});
