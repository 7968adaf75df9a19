import { tensor } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EffectsSvgOptions, effectsSvg } from "./effects-svg.ts";

guardMemory({ beforeEach, afterEach });

async function drawn(effects: number[][], options?: EffectsSvgOptions): Promise<string> {
  using one = tensor(0);
  using table = tensor(effects);
  const names = effects.map((_, i) => `layers.${i}`);
  return await effectsSvg({ names, effects: table, clean: one, corrupted: one }, options);
}

test("what helps and what hurts have scales of their own, cut at 1 and -1; NaN is told apart", async () => {
  const svg = await drawn([
    [0, 1, -1],
    [2, -5, Number.NaN],
  ]);
  expect(svg).toContain('<path class="w32" d="M1 0h1v1h-1zM0 1h1v1h-1z"/>');
  expect(svg).toContain('<path class="n32" d="M2 0h1v1h-1zM1 1h1v1h-1z"/>');
  expect(svg).toContain('<path class="nan" d="M2 1h1v1h-1z"/>');
  expect(svg).toContain(">NaN</text>");
  const width = Number(/ width="(\d+)"/.exec(svg)?.[1]);
  const right = Number(/x="([\d.]+)" y="[\d.]+">NaN</.exec(svg)?.[1]);
  expect(width - right).toBeGreaterThan(30); // the legend has room
  expect(await drawn([[0.5]])).not.toContain(">NaN</text>");
  for (const name of ["w0", "w32", "n1", "n32"]) expect(svg.split(`.${name}{fill:#`).length).toBe(3);
});

test("rows and columns have names, which stay text; one column will do", async () => {
  const svg = await drawn([[0.5, 0]], { columns: ["<b>", " cat"], title: "a & b" });
  expect(svg).toContain(">layers.0</text>");
  expect(svg).toContain(">&lt;b&gt;</text>");
  expect(svg).toContain(">␣cat</text>");
  expect(svg).not.toMatch(/<b>|(src|href)=|url\(|<script/);
  expect(await drawn([[0.5], [0.25]])).toContain(">0</text>");
});

test("refuses names that are not as many as columns, and unknown options", async () => {
  await expect(drawn([[1, 0]], { columns: ["a"] })).rejects.toThrow(
    "effectsSvg: there are 2 columns (got 1 names of columns)",
  );
  await expect(drawn([[1]], { rows: ["a"] } as object)).rejects.toThrow('effectsSvg: unknown option "rows"');
});
