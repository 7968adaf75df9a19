import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeHtml, scriptJson, spokenToken, visibleToken } from "./html.ts";

test("escaped text cannot open or close anything", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      expect(scriptJson({ text })).not.toContain("<");
      expect(JSON.parse(scriptJson({ text }))).toEqual({ text });
    }),
  );
});

test("what cannot be seen is shown", () => {
  expect(visibleToken(" ")).toBe("␣");
  expect(visibleToken("\u00A0the")).toBe("␣the");
  expect(visibleToken("\t\n")).toBe("⇥↵");
  expect(visibleToken("\u0000")).toBe("U+0000");
  expect(visibleToken("\u202Eabc")).toBe("U+202Eabc"); // a direction override must not reach the page
  expect(visibleToken("\uD800")).toBe("U+D800"); // half a surrogate pair
  expect(visibleToken("\u093F")).toBe("◌\u093F"); // a Hindi vowel sign, which needs a letter to stand on
  expect(visibleToken("")).toBe("∅");
  expect(visibleToken("é語🌍")).toBe("é語🌍");
  expect(visibleToken("👩🏽\u200D🚀❤\uFE0F\u200D🔥")).toBe("👩🏽\u200D🚀❤\uFE0F\u200D🔥"); // emoji of several characters
  expect(visibleToken("🌍\u200D")).toBe("🌍U+200D");
});

test("tokens have names that can be spoken", () => {
  expect([" ", "\n", "\t", "", "a"].map(spokenToken)).toEqual(["space", "line end", "tab", "empty", "a"]);
});
