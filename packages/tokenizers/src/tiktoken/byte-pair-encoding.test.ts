import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenizerError, TokenizerFormatError, UnknownIdError } from "../errors.ts";
import { GPT2_PATTERN } from "../scan/known-patterns.ts";
import { BytePairEncoding } from "./byte-pair-encoding.ts";
import { ByteRanks } from "./byte-ranks.ts";

const utf8 = new TextEncoder();
const TOKENS = [
  "th",
  " th",
  " the",
  "he",
  "the",
  "aa",
  "aaa",
  "aaaa",
  " a",
  "é",
  "中",
  "  ",
  "\n\n",
  "ab",
  "abab",
];

function ranksOf(tokens: readonly string[]): ByteRanks {
  const ranks = new ByteRanks();
  for (let byte = 0; byte < 256; byte++) ranks.add(Uint8Array.of(255 - byte), byte);
  tokens.forEach((token, i) => {
    ranks.add(utf8.encode(token), 256 + i);
  });
  return ranks;
}

const specialTokens = { "<|end|>": 1000, "<|end": 1001, "*": 1002 };
const encoding = new BytePairEncoding({ ranks: ranksOf(TOKENS), pattern: GPT2_PATTERN, specialTokens });

/** The definition: of all neighbours whose bytes are a token, the lowest rank merges, the leftmost of equals. */
function mergeBytes(ranks: ByteRanks, bytes: Uint8Array): number[] {
  const byToken = new Map(
    Array.from({ length: ranks.end }, (_, rank) => [ranks.bytesOf(rank)!.join(), rank] as const),
  );
  const rankOf = (part: readonly number[]) => byToken.get(part.join()) ?? Infinity;
  const parts = Array.from(bytes, (byte) => [byte]);
  if (rankOf([...bytes]) < Infinity) return [rankOf([...bytes])];
  for (;;) {
    const merged = parts.slice(1).map((part, i) => rankOf([...parts[i], ...part]));
    const best = Math.min(...merged, Infinity);
    if (best === Infinity) return parts.map(rankOf);
    const at = merged.indexOf(best);
    parts.splice(at, 2, [...parts[at], ...parts[at + 1]]);
  }
}

describe("BytePairEncoding", () => {
  it("merges as the definition has it", () => {
    const ranks = ranksOf(TOKENS);
    const whole = new BytePairEncoding({ ranks, pattern: /[\s\S]+/ });
    const piece = fc.array(fc.constantFrom(..."thea b\nécd中", "the", "aaaa", "abab"), { maxLength: 30 });
    fc.assert(
      fc.property(piece, (characters) => {
        const text = characters.join("");
        expect([...whole.encode(text)]).toEqual(text === "" ? [] : mergeBytes(ranks, utf8.encode(text)));
      }),
      { numRuns: 200 },
    );
  });

  it("comes back as it went", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const ids = encoding.encodeOrdinary(text);
        expect(encoding.decode(ids)).toBe(text.toWellFormed());
        expect(encoding.countTokens(text, { disallowedSpecial: [] })).toBe(ids.length);
        const stream = encoding.decodeStream();
        expect(Array.from(ids, (id) => stream.push(id)).join("") + stream.end()).toBe(text.toWellFormed());
      }),
    );
  });

  it("reads special tokens only where they are allowed, the longest first", () => {
    const text = "a<|end|>*";
    expect([...encoding.encode(text, { allowedSpecial: "all" })]).toEqual([255 - 97, 1000, 1002]);
    expect([...encoding.encode(text, { allowedSpecial: ["<|end"], disallowedSpecial: [] })][1]).toBe(1001);
    expect(encoding.encodeOrdinary(text).length).toBe(9);
    expect(() => encoding.encode(text)).toThrow(TokenizerError);
    expect(() => encoding.encode(text)).toThrow('(got "<|end|>" at offset 1)');
    expect(() => encoding.encode("a*", { allowedSpecial: ["<|end|>"] })).toThrow('(got "*" at offset 1)');
    expect(() => encoding.encode("a*", { disallowedSpecial: ["*"] })).toThrow("neither allowed");
    expect(() => encoding.encode("a", { allowedSpecial: ["<|x|>"] })).toThrow('no special token "<|x|>"');
    expect(encoding.decode([1000, 255 - 97])).toBe("<|end|>a");
    expect(encoding.vocabSize).toBe(1003);
  });

  it("takes one long word in time", () => {
    const long = "ab".repeat(5e5);
    expect(encoding.countTokens(long)).toBe(250_000);
    expect(encoding.decode(encoding.encode("a".repeat(1e6)))).toBe("a".repeat(1e6));
  });

  it("refuses what it cannot be", () => {
    const ranks = ranksOf([]);
    const make = (options: object) => () =>
      new BytePairEncoding({ ranks, pattern: GPT2_PATTERN, ...options });
    expect(make({ pattern: "\\w+" })).toThrow(TokenizerFormatError);
    expect(make({ ranks: new ByteRanks() })).toThrow("no token for the byte 0 alone");
    expect(make({ specialTokens: { "": 300 } })).toThrow("empty");
    expect(make({ specialTokens: { a: 3 } })).toThrow("another token's (got 3)");
    expect(make({ specialTokens: { a: 300, b: 300 } })).toThrow("another token's (got 300)");
    expect(make({ specialTokens: { a: 0.5 } })).toThrow("(got 0.5)");
    expect(make({ surprise: 1 })).toThrow('no option "surprise"');
    expect(() => encoding.decode([900])).toThrow(UnknownIdError);
    expect(() => ranks.add(Uint8Array.of(1, 2), 7)).toThrow("two tokens of rank 7");
    expect(() => ranks.add(Uint8Array.of(7), 300)).toThrow("ranks 248 and 300 are the same bytes");
    expect(() => ranks.add(new Uint8Array(0), 300)).toThrow("empty");
    expect(() => ranks.add(Uint8Array.of(1, 2), -1)).toThrow("(got -1)");
  });
});
