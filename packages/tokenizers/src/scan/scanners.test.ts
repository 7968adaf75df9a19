import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OnigurumaRegex } from "../regex/oniguruma.ts";
import { CL100K_PATTERN, GPT2_PATTERN, O200K_PATTERN, QWEN2_PATTERN, scannerFor } from "./known-patterns.ts";
import type { Scanner } from "./scanners.ts";
import { unitClasses } from "./unit-classes.ts";

const CL100K_TRAILING =
  "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s";

/** What the pattern itself matches. */
function piecesByRegex(regex: OnigurumaRegex, text: string): string[] {
  const found = regex.findAll(text);
  return Array.from({ length: found.length / 2 }, (_, i) => text.slice(found[2 * i], found[2 * i + 1]));
}

function piecesByScanner(scan: Scanner, text: string): string[] {
  const units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const next = scan(units, at, text.length, unitClasses());
    pieces.push(text.slice(at, next));
    if (next <= at) throw new Error(`stuck at ${at} of ${JSON.stringify(text)}`);
    at = next;
  }
  return pieces;
}

const CHARACTERS = [
  ..."abzABZ09 ''\n\r\t/!.-,sStTrReEvVlLdDmM",
  ...["\u00a0", "\u3000", "\u0085", "\u2028", "\u200b", "\ufeff", "ſ", "K", "é", "ß", "ǅ", "ʰ", "中", "ا"],
  ...["\u0301", "\u0903", "٣", "Ⅷ", "²", "😀", "𝐀", "𝐚", "𝟘", "𐍈", "👍🏽", "\ud800", "\udc00", "€"],
];
const text = fc.array(fc.oneof(fc.constantFrom(...CHARACTERS), fc.string({ unit: "binary", maxLength: 3 })), {
  maxLength: 24,
});

const PATTERNS = {
  "GPT-2": GPT2_PATTERN,
  "r50k in its newer spelling":
    "'(?:[sdmt]|ll|ve|re)| ?\\p{L}++| ?\\p{N}++| ?[^\\s\\p{L}\\p{N}]++|\\s++$|\\s+(?!\\S)|\\s",
  cl100k: CL100K_PATTERN,
  "cl100k in its newer spelling": CL100K_TRAILING,
  "Qwen 2": QWEN2_PATTERN,
  o200k: O200K_PATTERN,
};

describe.each(Object.entries(PATTERNS))("scanner of %s", (_, pattern) => {
  const scan = scannerFor(pattern, "tiktoken")!;
  const regex = new OnigurumaRegex(pattern.replace("{1,3}+", "{1,3}")); // possessive only in tiktoken's dialect

  it("cuts as the pattern does", () => {
    fc.assert(
      fc.property(text, (characters) => {
        const joined = characters.join("");
        expect(piecesByScanner(scan, joined)).toEqual(piecesByRegex(regex, joined));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([" ", "a", "A", "7", "'", "\n", "\n ", "!\n/", "\u0301", "Aa", "'s", "\ud800"])(
    "takes a long line of %j in time",
    (unit) => {
      const long = unit.repeat(300_000 / unit.length);
      expect(piecesByScanner(scan, long).join("")).toBe(long);
    },
  );
});

describe("scannerFor", () => {
  it("knows only what it knows", () => {
    expect(scannerFor("\\w+", "tiktoken")).toBeUndefined();
    expect(scannerFor(CL100K_TRAILING, "oniguruma")).toBeUndefined();
  });
});
