import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CharTokenizer } from "./char-tokenizer.ts";
import { TokenizerError, TokenizerFormatError, UnknownIdError, UnknownTextError } from "./errors.ts";

/** Any string of UTF-16 units at all: whole characters, both halves of pairs, and lone surrogates. */
const anyString = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(fc.oneof(fc.integer({ min: 0xd800, max: 0xdfff }), fc.integer({ min: 0, max: 0xffff })))
    .map((units) => String.fromCharCode(...units)),
);

describe("CharTokenizer", () => {
  test("orders the vocabulary by code point, not by UTF-16 unit", () => {
    const tokenizer = CharTokenizer.train("\u{1F30D}\uFF21ba"); // U+1F30D is D83C DF0D, below FF21 as units
    expect(tokenizer.vocabSize).toBe(4);
    expect([0, 1, 2, 3].map((id) => tokenizer.idToToken(id))).toEqual(["a", "b", "\uFF21", "\u{1F30D}"]);
  });

  test("is the same whatever the order of the training texts", () => {
    const one = CharTokenizer.train(["hello", "world"]);
    const two = CharTokenizer.train(new Set(["dlrow", "olleh"]));
    expect(one.toJSON()).toEqual(two.toJSON());
  });

  test("gives special tokens the first ids, in the order pad, bos, eos, unk", () => {
    const tokenizer = CharTokenizer.train("ab", {
      specialTokens: { unk: "<unk>", eos: "</s>", bos: "<s>", pad: "<pad>" },
    });
    const { padId, bosId, eosId, unkId } = tokenizer.specialTokens;
    expect([padId, bosId, eosId, unkId]).toEqual([0, 1, 2, 3]);
    expect(tokenizer.tokenToId("</s>")).toBe(2);
    expect(tokenizer.tokenToId("a")).toBe(4);
    expect(tokenizer.idToToken(1)).toBe("<s>");
    expect(tokenizer.vocabSize).toBe(6);
  });

  test("puts bos and eos around the text, or not", () => {
    const tokenizer = CharTokenizer.train("ab", { specialTokens: { bos: "<s>", eos: "</s>" } });
    const framed = tokenizer.encode("ba");
    expect([...framed.ids]).toEqual([0, 3, 2, 1]);
    expect(framed.tokens).toEqual(["<s>", "b", "a", "</s>"]);
    expect(framed.offsets).toEqual([[0, 0], [0, 1], [1, 2], [0, 0]]); // biome-ignore format: one line
    expect([...framed.specialTokensMask]).toEqual([1, 0, 0, 1]);
    expect(framed.length).toBe(4);
    expect([...tokenizer.encode("ba", { addSpecialTokens: false }).ids]).toEqual([3, 2]);
    expect(tokenizer.decode(framed.ids)).toBe("ba");
    expect(tokenizer.decode(framed.ids, { skipSpecialTokens: false })).toBe("<s>ba</s>");
  });

  test("never reads special tokens out of a text", () => {
    const tokenizer = CharTokenizer.train("<s>", { specialTokens: { bos: "<s>" } });
    expect(tokenizer.encode("<s>", { addSpecialTokens: false }).tokens).toEqual(["<", "s", ">"]);
  });

  test("decode(encode(s).ids) is s, for every string, lone surrogates included", () => {
    fc.assert(
      fc.property(anyString, (text) => {
        const tokenizer = CharTokenizer.train(text, { specialTokens: { bos: "<s>", eos: "</s>" } });
        expect(tokenizer.decode(tokenizer.encode(text).ids)).toBe(text);
      }),
    );
  });

  test("offsets slice to the token's text and cover the text without gaps", () => {
    fc.assert(
      fc.property(anyString, (text) => {
        const { offsets, tokens } = CharTokenizer.train(text).encode(text);
        expect(offsets.map(([start, end]) => text.slice(start, end))).toEqual(tokens);
        expect(tokens.join("")).toBe(text);
      }),
    );
  });

  test("tokenToId and idToToken undo each other", () => {
    fc.assert(
      fc.property(anyString, (text) => {
        const tokenizer = CharTokenizer.train(text, { specialTokens: { pad: "<pad>" } });
        for (let id = 0; id < tokenizer.vocabSize; id++) {
          expect(tokenizer.tokenToId(tokenizer.idToToken(id)!)).toBe(id);
        }
      }),
    );
    const tokenizer = CharTokenizer.train("ab");
    expect([tokenizer.tokenToId("c"), tokenizer.tokenToId("ab"), tokenizer.tokenToId("")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([-1, 2, 0.5, Number.NaN].map((id) => tokenizer.idToToken(id))).toEqual(Array(4).fill(undefined));
  });

  test("survives JSON, lone surrogates included", () => {
    fc.assert(
      fc.property(anyString, (text) => {
        const tokenizer = CharTokenizer.train(text, { specialTokens: { pad: "<pad>", unk: "<unk>" } });
        const loaded = CharTokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));
        expect(loaded.toJSON()).toEqual(tokenizer.toJSON());
        expect(loaded.encode(`${text}?`).ids).toEqual(tokenizer.encode(`${text}?`).ids);
      }),
    );
  });

  test("streams: the pieces joined are what decode gives", () => {
    const tokenizer = CharTokenizer.train("añ🌍", { specialTokens: { eos: "</s>" } });
    const { ids } = tokenizer.encode("🌍ña");
    for (const skipSpecialTokens of [true, false]) {
      const stream = tokenizer.decodeStream({ skipSpecialTokens });
      const pieces = Array.from(ids, (id) => stream.push(id));
      expect(pieces.join("") + stream.end()).toBe(tokenizer.decode(ids, { skipSpecialTokens }));
    }
  });

  test("an unknown character is unk, or an error that names it", () => {
    const withUnk = CharTokenizer.train("a", { specialTokens: { unk: "�" } });
    expect([...withUnk.encode("a🌍a").ids]).toEqual([1, 0, 1]);
    expect(withUnk.encode("a🌍a").offsets[1]).toEqual([1, 3]);
    expect(withUnk.decode([1, 0], { skipSpecialTokens: false })).toBe("a�");

    const error = catchError(() => CharTokenizer.train("a").encode("aa🌍"));
    expect(error).toBeInstanceOf(UnknownTextError);
    expect((error as UnknownTextError).offset).toBe(2);
    expect(error.message).toBe(
      'CharTokenizer.encode: "🌍" (U+1F30D) at offset 2 is not in the vocabulary of 1 tokens, and there is no unk token',
    );
  });

  test("an unknown id is an error that names it", () => {
    const tokenizer = CharTokenizer.train("ab");
    for (const id of [2, -1, 0.5, Number.NaN]) {
      const error = catchError(() => tokenizer.decode([0, id]));
      expect(error).toBeInstanceOf(UnknownIdError);
      expect(error.message).toBe(`CharTokenizer.decode: id ${id} is not in the vocabulary of 2 tokens`);
    }
  });

  test("refuses what it cannot do", () => {
    expect(() => CharTokenizer.train("a_", { specialTokens: { pad: "_" } })).toThrow(
      'the special token "_" is also a character of the vocabulary',
    );
    expect(() => CharTokenizer.train("a", { specialTokens: { pad: "<x>", bos: "<x>" } })).toThrow(
      'bos has the text of another role (got "<x>" twice)',
    );
    // @ts-expect-error: no such role
    expect(() => CharTokenizer.train("a", { specialTokens: { mask: "<m>" } })).toThrow(
      "specialTokens.mask is not a role (known: pad, bos, eos, unk)",
    );
    // @ts-expect-error: no such option
    expect(() => CharTokenizer.train("a").encode("a", { truncation: true })).toThrow(
      'there is no option "truncation" (known: addSpecialTokens)',
    );
    // @ts-expect-error: no such option
    expect(() => CharTokenizer.train("a").decode([0], { clean: true })).toThrow(TokenizerError);
  });

  test.each([
    [null, "", "must be an object (got null)"],
    [{ type: "BPE" }, "type", 'type must be "CharTokenizer" (got "BPE")'],
    [{ version: 2 }, "version", "version must be 1 (got 2)"],
    [{ characters: "ab" }, "characters", 'characters must be an array (got "ab")'],
    [{ characters: ["a", "bc"] }, "characters[1]", 'characters[1] must be one code point (got "bc")'],
    [{ characters: ["a", 7] }, "characters[1]", "characters[1] must be one code point (got 7)"],
    [{ characters: ["b", "a"] }, "characters[1]", "must ascend (got U+0061 after U+0062 at characters[1])"],
    [{ characters: ["a", "a"] }, "characters[1]", "must ascend (got U+0061 after U+0061 at characters[1])"],
    [{ specialTokens: undefined }, "specialTokens", "specialTokens must be an object"],
    [{ specialTokens: { pad: 0 } }, "specialTokens.pad", "must be a non-empty string (got 0)"],
    [{ specialTokens: { pad: "" } }, "specialTokens.pad", 'must be a non-empty string (got "")'],
  ])("fromJSON refuses %j", (change, path, message) => {
    const valid = { type: "CharTokenizer", version: 1, specialTokens: {}, characters: ["a", "b"] };
    const error = catchError(() => CharTokenizer.fromJSON(change === null ? null : { ...valid, ...change }));
    expect(error).toBeInstanceOf(TokenizerFormatError);
    expect((error as TokenizerFormatError).path).toBe(path);
    expect(error.message).toContain(message);
  });
});

function catchError(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown");
}
