import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeBatch } from "./batch.ts";
import { ByteTokenizer } from "./byte-tokenizer.ts";
import { CharTokenizer } from "./char-tokenizer.ts";
import { TokenizerError } from "./errors.ts";

const specialTokens = { pad: "<pad>", bos: "<s>", eos: "</s>" }; // 0, 1, 2; a, b, c, d are 3, 4, 5, 6
const tokenizer = CharTokenizer.train("abcd", { specialTokens });

describe("encodeBatch", () => {
  test("pads to the longest row", () => {
    const { ids, mask, shape, lengths } = tokenizer.encodeBatch(["abc", "", "d"]);
    expect(shape).toEqual([3, 5]);
    expect([...ids]).toEqual([1, 3, 4, 5, 2, 1, 2, 0, 0, 0, 1, 6, 2, 0, 0]);
    expect([...mask]).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0]);
    expect([...lengths]).toEqual([5, 2, 3]);
    expect(ids).toBeInstanceOf(Int32Array);
    expect(mask).toBeInstanceOf(Uint8Array);
  });

  test("pads on the left, and to maxLength", () => {
    const batch = tokenizer.encodeBatch(["ab", "d"], {
      addSpecialTokens: false,
      padding: "maxLength",
      maxLength: 4,
      paddingSide: "left",
    });
    expect([...batch.ids]).toEqual([0, 0, 3, 4, 0, 0, 0, 6]);
    expect([...batch.mask]).toEqual([0, 0, 1, 1, 0, 0, 0, 1]);
    expect(batch.shape).toEqual([2, 4]);
  });

  test("truncates the text and keeps the special tokens", () => {
    const batch = tokenizer.encodeBatch(["abcd", "a"], { maxLength: 4, truncation: true });
    expect([...batch.ids]).toEqual([1, 3, 4, 2, 1, 3, 2, 0]);
    const bare = tokenizer.encodeBatch(["abcd"], { maxLength: 0, truncation: true, addSpecialTokens: false });
    expect(bare.shape).toEqual([1, 0]);
  });

  test("needs no pad token where no padding is needed", () => {
    const bare = CharTokenizer.train("ab");
    expect([...bare.encodeBatch(["ab", "ba"]).ids]).toEqual([0, 1, 1, 0]);
    expect(() => bare.encodeBatch(["ab", "a"])).toThrow(
      "encodeBatch: rows need padding to 2 tokens, but the tokenizer has no pad token (row lengths [2,1])",
    );
  });

  test("takes no rows and empty rows", () => {
    expect(tokenizer.encodeBatch([]).shape).toEqual([0, 0]);
    expect(tokenizer.encodeBatch(["", ""], { addSpecialTokens: false }).shape).toEqual([2, 0]);
  });

  test("every row decodes to its text", () => {
    const bytes = new ByteTokenizer({ specialTokens: { pad: "<pad>", eos: "</s>" } });
    const side = fc.constantFrom("left" as const, "right" as const);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), side, (texts, paddingSide) => {
        const { ids, mask, shape, lengths } = encodeBatch(bytes, texts, { paddingSide });
        const [rows, length] = shape;
        expect(rows).toBe(texts.length);
        expect(ids.length).toBe(rows * length);
        for (const [row, text] of texts.entries()) {
          const slice = ids.subarray(row * length, (row + 1) * length);
          const kept = slice.filter((_, i) => mask[row * length + i] === 1);
          expect(bytes.decode(kept)).toBe(text);
          expect(bytes.decode(slice)).toBe(text);
          expect(kept.length).toBe(lengths[row]);
        }
      }),
    );
  });

  test("errors name what was wrong and what was got", () => {
    expect(() => tokenizer.encodeBatch(["a", "abc"], { maxLength: 4 })).toThrow(TokenizerError);
    expect(() => tokenizer.encodeBatch(["a", "abc"], { maxLength: 4 })).toThrow(
      "encodeBatch: row 1 has 5 tokens, more than maxLength=4; pass truncation: true to cut it",
    );
    expect(() => tokenizer.encodeBatch(["abc"], { maxLength: 1, truncation: true })).toThrow(
      "maxLength=1 has no room for the 2 special tokens",
    );
    expect(() => tokenizer.encodeBatch(["a"], { truncation: true })).toThrow(
      "truncation: true needs a maxLength (got none)",
    );
    expect(() => tokenizer.encodeBatch(["a"], { padding: "maxLength" })).toThrow(
      'padding: "maxLength" needs a maxLength (got none)',
    );
    expect(() => tokenizer.encodeBatch(["a"], { maxLength: 1.5 })).toThrow(
      "maxLength must be a whole number >= 0 (got 1.5)",
    );
    // @ts-expect-error: no such value
    expect(() => tokenizer.encodeBatch(["a"], { padding: "max" })).toThrow(
      'padding must be "longest" or "maxLength" (got "max")',
    );
    // @ts-expect-error: no such value
    expect(() => tokenizer.encodeBatch(["a"], { paddingSide: "top" })).toThrow(
      'paddingSide must be "left" or "right" (got "top")',
    );
    // @ts-expect-error: no such option
    expect(() => tokenizer.encodeBatch(["a"], { max_length: 2 })).toThrow('there is no option "max_length"');
  });
});
