import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UnknownIdError } from "./errors.ts";
import { PipelineTokenizer } from "./pipeline-tokenizer.ts";
import {
  byteFallbackJson,
  byteLevelJson,
  smallTokenizers,
  wordPieceJson,
} from "./testing/small-tokenizers.ts";

/** Texts of what is hard: spaces, marks, emoji, specials, lone surrogates. */
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        "the",
        " the",
        "ing",
        " ",
        "  ",
        "\n",
        "é",
        "e\u0301",
        "漢",
        "😀",
        "😃",
        "\ud83d",
        "<|end|>",
        "<s>",
        "▁",
        "Ġ",
        "<0x41>",
        "'s",
        ".",
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join("")),
);

describe.each(smallTokenizers)("%s", (_, create) => {
  const tokenizer = create();

  test("spans are slices of the text, in order", () => {
    fc.assert(
      fc.property(text, (s) => {
        const { offsets, specialTokensMask } = tokenizer.encode(s);
        let before = 0;
        for (const [i, [start, end]] of offsets.entries()) {
          if (specialTokensMask[i] === 1) continue;
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(s.length);
          expect(start).toBeGreaterThanOrEqual(before);
          before = start;
        }
      }),
    );
  });

  test("code points count the characters before", () => {
    fc.assert(
      fc.property(text, (s) => {
        const units = tokenizer.encode(s);
        const points = tokenizer.encode(s, { offsets: "codePoint" });
        const count = (end: number): number => [...s.toWellFormed().slice(0, end)].length;
        expect(points.offsets).toEqual(units.offsets.map(([start, end]) => [count(start), count(end)]));
        expect(points.ids).toEqual(units.ids);
      }),
    );
  });

  test("a batch is its texts one by one; ids alone are the ids", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), (texts) => {
        const singles = texts.map((each) => tokenizer.encode(each));
        expect(tokenizer.encodeAll(texts).map(({ ids }) => ids)).toEqual(singles.map(({ ids }) => ids));
        expect(texts.map((each) => tokenizer.encodeIds(each))).toEqual(singles.map(({ ids }) => ids));
        expect(tokenizer.encodeAll(texts).map(({ offsets }) => offsets)).toEqual(
          singles.map(({ offsets }) => offsets),
        );
      }),
    );
  });

  test("a stream gives what decode gives, whatever the ids", () => {
    const ids = fc.array(fc.nat(tokenizer.vocabSize - 1), { maxLength: 30 });
    fc.assert(
      fc.property(ids, fc.boolean(), fc.boolean(), (list, skipSpecialTokens, cleanUpTokenizationSpaces) => {
        const options = { skipSpecialTokens, cleanUpTokenizationSpaces };
        const stream = tokenizer.decodeStream(options);
        const pieces = list.map((id) => stream.push(id));
        expect(pieces.join("") + stream.end()).toBe(tokenizer.decode(list, options));
        expect(stream.push([]) + stream.end()).toBe(tokenizer.decode([], options)); // and can be used anew
      }),
    );
  });

  test("lone surrogates count as U+FFFD", () => {
    fc.assert(
      fc.property(text, (s) => {
        expect(tokenizer.encode(s).ids).toEqual(tokenizer.encode(s.toWellFormed()).ids);
      }),
    );
  });

  test("JSON and back is the same tokenizer", () => {
    const json = JSON.parse(JSON.stringify(tokenizer));
    const copy = PipelineTokenizer.fromJSON(json);
    expect(JSON.parse(JSON.stringify(copy))).toEqual(json);
    fc.assert(
      fc.property(text, (s) => {
        expect(copy.encode(s).ids).toEqual(tokenizer.encode(s).ids);
      }),
    );
  });
});

test("JSON is kept as it was", () => {
  for (const json of [byteLevelJson(), byteFallbackJson(), wordPieceJson()]) {
    expect(JSON.parse(JSON.stringify(PipelineTokenizer.fromJSON(json)))).toEqual(json);
  }
});

describe("what was encoded is decoded", () => {
  test("byte-level", () => {
    const tokenizer = PipelineTokenizer.fromJSON(byteLevelJson());
    fc.assert(
      fc.property(text, (s) => {
        expect(tokenizer.decode(tokenizer.encode(s).ids, { skipSpecialTokens: false })).toBe(
          s.toWellFormed(),
        );
      }),
    );
  });

  test("byte fallback, for what is spelled with no other name", () => {
    const tokenizer = PipelineTokenizer.fromJSON(byteFallbackJson());
    const plain = text.filter((s) => !/▁|<0x|<\/?s>|<unk>/.test(s));
    fc.assert(
      fc.property(plain, (s) => {
        expect(tokenizer.decode(tokenizer.encode(s).ids)).toBe(s.toWellFormed());
      }),
    );
  });
});

describe("options", () => {
  const tokenizer = PipelineTokenizer.fromJSON(wordPieceJson());

  test("special tokens in a text are tokens, or text", () => {
    const bytes = PipelineTokenizer.fromJSON(byteLevelJson());
    expect(bytes.encode("a<|end|>").ids).toHaveLength(2);
    const { ids } = bytes.encode("a<|end|>", { readSpecialTokens: false });
    expect(ids).toHaveLength(8);
    expect(bytes.encodeIds("a<|end|>", { readSpecialTokens: false })).toEqual(ids);
    expect(bytes.decode(ids)).toBe("a<|end|>");
    expect(bytes.decode(bytes.encode("a<|end|>").ids)).toBe("a");
  });

  test("the tokenizer's own truncation and padding, and the call's", () => {
    const own = PipelineTokenizer.fromJSON({
      ...wordPieceJson(),
      truncation: { direction: "Right", max_length: 4, strategy: "LongestFirst", stride: 0 },
      padding: {
        strategy: { Fixed: 6 },
        direction: "Right",
        pad_to_multiple_of: null,
        pad_id: 0,
        pad_type_id: 0,
        pad_token: "[PAD]",
      },
    });
    expect([...own.encode("a e n the").ids]).toEqual([2, 9, 10, 3, 0, 0]);
    expect([...own.encodeIds("a e n the")]).toEqual([2, 9, 10, 3, 0, 0]);
    expect([...own.encode("a e n", { truncation: false, padding: false }).ids]).toEqual([2, 9, 10, 11, 3]);
    expect([...own.encode("a", { padding: { length: 4, direction: "left" } }).ids]).toEqual([0, 2, 9, 3]);
    expect(own.specialTokens.padId).toBe(0);
    expect(tokenizer.specialTokens.unkId).toBe(1);
  });

  test("blocks", () => {
    const batch = tokenizer.encodeBatch(["a e", ["n", "the"]], { padding: { id: 0, token: "[PAD]" } });
    expect(batch.shape).toEqual([2, 5]);
    expect([...batch.ids]).toEqual([2, 9, 10, 3, 0, 2, 11, 3, 5, 3]);
    expect([...batch.typeIds]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect([...batch.mask]).toEqual([1, 1, 1, 1, 0, 1, 1, 1, 1, 1]);
    expect([...batch.lengths]).toEqual([4, 5]);
    expect(tokenizer.encodeBatch(["a e", "n"]).shape).toEqual([2, 4]); // [PAD] is known by its name
    const bytes = PipelineTokenizer.fromJSON(byteLevelJson());
    expect(() => bytes.encodeBatch(["a e", "n"])).toThrow("rows need padding to 3 tokens");
    expect(() => tokenizer.encodeBatch(["a e n"], { maxLength: 4 })).toThrow(
      "row 0 has 5 tokens, more than maxLength=4",
    );
    expect(tokenizer.encodeBatch(["a e n"], { maxLength: 4, truncation: true }).shape).toEqual([1, 4]);
    expect(tokenizer.encodeBatch([]).shape).toEqual([0, 0]);
  });

  test.each([
    [() => tokenizer.encode("a", { trunc: 1 } as object), 'there is no option "trunc"'],
    [() => tokenizer.encode("a", { offsets: "bytes" as "utf16" }), 'offsets must be "utf16" or "codePoint"'],
    [
      () => tokenizer.encode("a", { truncation: { maxLength: -1 } }),
      "truncation.maxLength must be a whole number",
    ],
    [
      () => PipelineTokenizer.fromJSON(byteLevelJson()).encode("a", { padding: {} }),
      "the tokenizer has no pad token",
    ],
    [() => tokenizer.encode("a", { sample: { key: 1 } }), "a WordPiece model has nothing to sample"],
    [() => tokenizer.encodeBatch(["a"], { truncation: true }), "truncation: true needs a maxLength"],
    [() => tokenizer.encodeBatch(["a"], { padding: "maxLength" }), 'padding: "maxLength" needs a maxLength'],
    [() => tokenizer.encodeAll(["a"], { pair: "b" } as object), "pairs are [text, pair] in the list"],
  ])("%s throws", (act, message) => {
    expect(act).toThrow(message);
  });

  test("an id that is none", () => {
    expect(() => tokenizer.decode([99])).toThrow(
      new UnknownIdError("PipelineTokenizer.decode: id 99 is not in the vocabulary of 16 tokens", 99),
    );
  });
});

test("sampling is a function of the key", () => {
  const tokenizer = PipelineTokenizer.fromJSON(byteLevelJson());
  const draw = (key: number) =>
    tokenizer.encode("the thing in the ring", { sample: { key, dropout: 0.5 } }).ids;
  expect(draw(3)).toEqual(draw(3));
  expect(tokenizer.decode(draw(4))).toBe("the thing in the ring");
  expect(new Set(Array.from({ length: 20 }, (_, key) => draw(key).join())).size).toBeGreaterThan(1);
});
