import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { textBytes, textNames, textOf } from "./text.ts";

test.each(textNames)("%s: as many bytes as it says, the same each time", (name) => {
  const text = textOf(name);
  expect(Buffer.byteLength(text)).toBe(textBytes(name));
  expect(textOf(name)).toBe(text);
  expect(text.isWellFormed()).toBe(true);
});

test("words are as in texts: few make half of it, many occur once", () => {
  const counts = new Map<string, number>();
  const words =
    textOf("English")
      .toLowerCase()
      .match(/[a-z]+/g) ?? [];
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts.values()].sort((a, b) => b - a);
  expect(sorted.slice(0, 100).reduce((a, b) => a + b) / words.length).toBeGreaterThan(0.3);
  expect(sorted.length).toBeGreaterThan(4000);
});

test("mixed Unicode has more bytes than characters, and surrogates", () => {
  const text = textOf("mixed Unicode");
  expect(textBytes("mixed Unicode") / text.length).toBeGreaterThan(1.4);
  expect(text).toMatch(/\p{Script=Han}/u);
  expect(text).toMatch(/[\ud800-\udbff]/);
});

test("a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "saccade-bench-"));
  const file = join(folder, "a text.txt");
  writeFileSync(file, "é");
  expect([textOf(file), textBytes(file)]).toEqual(["é", 2]);
  rmSync(folder, { recursive: true });
});
