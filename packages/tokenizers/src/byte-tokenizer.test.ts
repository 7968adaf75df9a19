import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteTokenizer } from "./byte-tokenizer.ts";
import { TokenizerFormatError, UnknownIdError } from "./errors.ts";

const units = fc
  .array(fc.oneof(fc.integer({ min: 0xd800, max: 0xdfff }), fc.integer({ min: 0, max: 0xffff })))
  .map((codes) => String.fromCharCode(...codes));
const anyString = fc.oneof(fc.string({ unit: "binary" }), units);
const specialTokens = { pad: "<pad>", bos: "<s>", eos: "</s>" };

describe("ByteTokenizer", () => {
  test("ids are the bytes, special tokens follow from 256", () => {
    const tokenizer = new ByteTokenizer({ specialTokens });
    expect(tokenizer.vocabSize).toBe(259);
    expect([...tokenizer.encode("€").ids]).toEqual([257, 0xe2, 0x82, 0xac, 258]);
    expect(tokenizer.encode("€").tokens).toEqual(["<s>", "<0xE2>", "<0x82>", "<0xAC>", "</s>"]);
    expect(tokenizer.idToToken(256)).toBe("<pad>");
    expect(tokenizer.idToToken(259)).toBeUndefined();
  });

  test("encodes as TextEncoder does", () => {
    const tokenizer = new ByteTokenizer();
    fc.assert(
      fc.property(anyString, (text) => {
        expect([...tokenizer.encode(text).ids]).toEqual([...new TextEncoder().encode(text)]);
      }),
    );
  });

  test("decode(encode(s).ids) is s.toWellFormed(): only lone surrogates change, to U+FFFD", () => {
    const tokenizer = new ByteTokenizer({ specialTokens });
    fc.assert(
      fc.property(anyString, (text) => {
        expect(tokenizer.decode(tokenizer.encode(text).ids)).toBe(text.toWellFormed());
      }),
    );
    expect(tokenizer.decode(tokenizer.encode("\uFEFFa").ids)).toBe("\uFEFFa"); // a byte order mark is kept
    expect(tokenizer.decode(tokenizer.encode("a\uD83C").ids)).toBe("a\uFFFD");
  });

  test("a byte's offset is its character's range", () => {
    const tokenizer = new ByteTokenizer();
    fc.assert(
      fc.property(anyString, (text) => {
        const { ids, offsets } = tokenizer.encode(text);
        for (let i = 0; i < ids.length; ) {
          const [start, end] = offsets[i];
          const bytes = [...new TextEncoder().encode(text.slice(start, end))];
          expect([...ids.subarray(i, i + bytes.length)]).toEqual(bytes);
          expect(Array.from(text.slice(start, end))).toHaveLength(1);
          for (let k = 0; k < bytes.length; k++) expect(offsets[i + k]).toEqual([start, end]);
          i += bytes.length;
        }
      }),
    );
  });

  test("bytes that are no UTF-8 become U+FFFD, never half a character", () => {
    const tokenizer = new ByteTokenizer();
    expect(tokenizer.decode([0x61, 0xe2, 0x82])).toBe("a\uFFFD"); // cut short
    expect(tokenizer.decode([0xe2, 0x82, 0x61])).toBe("\uFFFDa"); // interrupted
    expect(tokenizer.decode([0x80, 0x61])).toBe("\uFFFDa"); // a continuation without a start
    expect(tokenizer.decode([0xc0, 0x80])).toBe("\uFFFD\uFFFD"); // overlong
    expect(tokenizer.decode([0xed, 0xa0, 0x80])).toBe("\uFFFD\uFFFD\uFFFD"); // a surrogate
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 255 })), (bytes) => {
        const text = tokenizer.decode(bytes);
        expect(text.isWellFormed()).toBe(true);
        expect(text).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes)));
      }),
    );
  });

  test("streams: however ids are cut, the pieces joined are what decode gives", () => {
    const tokenizer = new ByteTokenizer({ specialTokens });
    const id = fc.oneof(
      fc.integer({ min: 0, max: 258 }),
      fc.constantFrom(0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x8c),
    );
    const chunks = fc.array(fc.array(id));
    fc.assert(
      fc.property(chunks, fc.boolean(), (cut, skipSpecialTokens) => {
        const stream = tokenizer.decodeStream({ skipSpecialTokens });
        const whole = tokenizer.decode(cut.flat(), { skipSpecialTokens });
        for (let use = 0; use < 2; use++) {
          expect(cut.map((ids) => stream.push(ids)).join("") + stream.end()).toBe(whole); // and again after end()
        }
      }),
    );
  });

  test("a stream gives a character when it is complete, not before", () => {
    const stream = new ByteTokenizer().decodeStream();
    expect([0x61, 0xe2, 0x82, 0xac, 0xe2].map((id) => stream.push(id))).toEqual(["a", "", "", "€", ""]);
    expect(stream.end()).toBe("\uFFFD");
    expect(stream.end()).toBe("");
  });

  test("a special token inside a character: skipped it leaves no trace, written it ends the character", () => {
    const tokenizer = new ByteTokenizer({ specialTokens });
    const ids = [0xe2, 256, 0x82, 0xac];
    expect(tokenizer.decode(ids)).toBe("€");
    expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe("\uFFFD<pad>\uFFFD\uFFFD");
  });

  test("tokenToId and idToToken undo each other", () => {
    const tokenizer = new ByteTokenizer({ specialTokens });
    for (let id = 0; id < tokenizer.vocabSize; id++) {
      expect(tokenizer.tokenToId(tokenizer.idToToken(id)!)).toBe(id);
    }
    for (const token of ["a", "<0xaf>", "<0x100>", ""]) expect(tokenizer.tokenToId(token)).toBeUndefined();
    for (const id of [-1, 0.5, 259]) expect(tokenizer.idToToken(id)).toBeUndefined();
  });

  test("survives JSON", () => {
    const tokenizer = new ByteTokenizer({ specialTokens });
    const loaded = ByteTokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));
    expect(loaded.toJSON()).toEqual(tokenizer.toJSON());
    expect(loaded.encode("né").ids).toEqual(tokenizer.encode("né").ids);
  });

  test("errors name what was wrong and what was got", () => {
    const tokenizer = new ByteTokenizer({ specialTokens });
    expect(() => tokenizer.decode([97, 300])).toThrow(UnknownIdError);
    expect(() => tokenizer.decode([97, 300])).toThrow(
      "ByteTokenizer.decode: id 300 is not in the vocabulary of 259 tokens",
    );
    expect(() => tokenizer.decode([1.5])).toThrow("id 1.5 is not in the vocabulary");
    // @ts-expect-error: bytes leave nothing unknown
    expect(() => new ByteTokenizer({ specialTokens: { unk: "<unk>" } })).toThrow(
      "specialTokens.unk is not a role (known: pad, bos, eos)",
    );
    expect(() => new ByteTokenizer({ specialTokens: { pad: "<0x00>" } })).toThrow(
      'specialTokens.pad is the name of a byte (got "<0x00>")',
    );
    expect(() => ByteTokenizer.fromJSON({ type: "ByteTokenizer", version: 2 })).toThrow(TokenizerFormatError);
    expect(() => ByteTokenizer.fromJSON({ type: "ByteTokenizer", version: 2 })).toThrow(
      "ByteTokenizer.fromJSON: version must be 1 (got 2)",
    );
    expect(() => ByteTokenizer.fromJSON("{}")).toThrow('must be an object (got "{}")');
    expect(() => ByteTokenizer.fromJSON({ type: "CharTokenizer" })).toThrow(
      'type must be "ByteTokenizer" (got "CharTokenizer")',
    );
  });
});
