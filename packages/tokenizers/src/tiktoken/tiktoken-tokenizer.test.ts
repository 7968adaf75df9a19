import fc from "fast-check";
import { expect, test } from "vitest";
import { PipelineTokenizer } from "../pipeline-tokenizer.ts";
import { GPT2_PATTERN } from "../scan/known-patterns.ts";
import { BytePairEncoding } from "./byte-pair-encoding.ts";
import { ByteRanks } from "./byte-ranks.ts";
import { tiktokenTokenizer } from "./tiktoken-tokenizer.ts";

const ranks = new ByteRanks();
for (let byte = 0; byte < 256; byte++) ranks.add(Uint8Array.of(byte), byte);
for (const token of ["th", " a", "he", "the", " the", "\n\n", "é", "  ", "xyz"]) {
  ranks.add(new TextEncoder().encode(token), ranks.end);
}
const options = { pattern: GPT2_PATTERN, specialTokens: { "<|end|>": ranks.end + 3 } };
const tokenizer = tiktokenTokenizer(ranks, options);

test("the same ids as the encoding of the same ranks", () => {
  const encoding = new BytePairEncoding({ ranks, ...options });
  const words = fc.constantFrom("the", " a", "é", "\n\n", "  ", "they're", "12", "😀", "<|end|>", "xyz");
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string())), (list) => {
      const text = list.join("");
      const ids = [...tokenizer.encode(text).ids];
      expect(ids).toEqual([...encoding.encode(text, { allowedSpecial: "all" })]);
      expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe(text.toWellFormed());
    }),
  );
});

test("a word that is a token is that token, also where no merges lead to it", () => {
  expect(tokenizer.encode("xyz").tokens).toEqual(["xyz"]);
  expect(tokenizer.encode("xyzz").tokens).toEqual(["x", "y", "z", "z"]);
});

test("offsets, and tokenizer.json", () => {
  const { tokens, offsets } = tokenizer.encode("the é<|end|>");
  expect(tokens).toEqual(["the", "Ġ", "Ã©", "<|end|>"]);
  expect(offsets).toEqual([
    [0, 3],
    [3, 4],
    [4, 5],
    [5, 12],
  ]);
  const saved = PipelineTokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));
  expect(saved.toJSON()).toEqual(tokenizer.toJSON());
});
