import { Key, randn, tidy } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { attention } from "../../scaled-dot-product/attention.ts";
import { type AttentionMaps, captureAttention } from "../capture-attention.ts";
import { type AttentionSvgOptions, attentionSvg } from "./attention-svg.ts";

guardMemory({ beforeEach, afterEach });

async function drawn(tokens: readonly string[], options?: AttentionSvgOptions): Promise<string> {
  const maps: AttentionMaps = tidy(() => {
    const x = randn(new Key(0), [2, 2, 3, 4]);
    return captureAttention(() => attention(x, x, x, { causal: true })).maps;
  });
  try {
    return await attentionSvg(maps, tokens, options);
  } finally {
    for (const { weights, places } of Object.values(maps)) for (const it of [weights, places]) it.dispose();
  }
}

const count = (svg: string, what: RegExp): number => [...svg.matchAll(what)].length;

test("one heat map for the mean, or for each head, with a colour for every step in light and dark", async () => {
  const mean = await drawn(["a", "b", "c"]);
  expect(count(mean, /class="grid"/g)).toBe(1);
  const each = await drawn(["a", "b", "c"], { heads: "each", item: 1 });
  expect(count(each, /class="grid"/g)).toBe(2);
  expect(each).toContain("attention · head 1");
  for (const svg of [mean, each]) {
    const used = new Set(Array.from(svg.matchAll(/class="(w\d+)"/g), ([, level]) => level));
    for (const level of used) expect(count(svg, new RegExp(`\\.${level}\\{fill:#`, "g"))).toBe(2);
    expect(count(svg, /class="w32" d="[^"]*M0 0h1v1h-1z/g)).toBeGreaterThan(0); // the first query sees itself
    expect(svg).not.toMatch(/(src|href)=|url\(|<script|@import/);
  }
});

test("long tokens stand on end and are cut, single ones upright; heat maps wrap where there is no room", async () => {
  const long = await drawn(["a", "a".repeat(30), "c"]);
  expect(count(long, /rotate\(-90\)/g)).toBe(3);
  expect(long).toContain(`>${"a".repeat(13)}…<`);
  expect(count(await drawn(["a", "b", "c"]), /rotate/g)).toBe(0);
  const width = (svg: string): number => Number(/width="(\d+)"/.exec(svg)?.[1]);
  const side = await drawn(["a", "語", "c"], { heads: "each", maxWidth: 880 });
  const below = await drawn(["a", "語", "c"], { heads: "each", maxWidth: 100 });
  expect(width(below)).toBeLessThan(width(side));
});

test("tokens and titles stay text", async () => {
  const svg = await drawn(["<b>", '"', "\u202E"], { title: "</title><script>", subtitle: "a & b" });
  expect(svg).not.toMatch(/<b>|<script|\u202E/);
  expect(svg).toContain('<title id="title">&lt;/title&gt;&lt;script&gt;. a &amp; b</title>');
});

test("refuses what does not fit", async () => {
  const refuse = (options: object, tokens = ["a", "b", "c"]): Promise<string> => drawn(tokens, options);
  await expect(refuse({ heads: "all" })).rejects.toThrow('heads must be "mean" or "each" (got all)');
  await expect(refuse({ maxWidth: 0 })).rejects.toThrow("maxWidth must be positive (got 0)");
  await expect(refuse({ colour: 1 })).rejects.toThrow('attentionSvg: unknown option "colour"');
  await expect(refuse({}, ["a"])).rejects.toThrow(
    "attentionSvg: the queries of attention need a token for place 1 (got 1 tokens)",
  );
});
