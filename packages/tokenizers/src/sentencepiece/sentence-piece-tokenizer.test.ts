import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenizerError, TokenizerFormatError } from "../errors.ts";
import { PipelineTokenizer } from "../pipeline-tokenizer.ts";
import { bytePieces, type PieceRow, sentencePieceFile } from "../testing/sentence-piece-file.ts";
import { readSentencePieceFile } from "./model-file.ts";
import { SentencePieceModel } from "./sentence-piece-model.ts";
import { sentencePieceTokenizer } from "./sentence-piece-tokenizer.ts";

const special: PieceRow[] = [
  ["<unk>", 0, 2],
  ["<s>", 0, 3],
  ["</s>", 0, 3],
];
const pieces: PieceRow[] = [
  ...special,
  ["▁", -3],
  ["a", -3.5],
  ["b", -3.5],
  ["ab", -4],
  ["▁a", -4],
  ["▁ab", -5.5],
  ["bc", -6],
  ["c", -6],
];

// Expected values are those of sentencepiece 0.2.2 on the same files.
describe.each([
  ["unigram", 1],
  ["BPE", 2],
])("%s", (_, modelType) => {
  const tokenizer = sentencePieceTokenizer(sentencePieceFile({ pieces, modelType }));

  test("words, white space, unknown text", () => {
    const { ids, tokens, offsets, wordIds } = tokenizer.encode("  ab  xyz c ");
    expect(tokens).toEqual(["▁ab", "▁", "xyz", "▁", "c"]);
    expect([...ids]).toEqual([8, 3, 0, 3, 10]);
    expect(wordIds).toEqual([0, 1, 1, 2, 2]);
    expect(offsets).toEqual([
      [2, 4],
      [4, 5],
      [6, 9],
      [9, 10],
      [10, 11],
    ]);
    expect(tokenizer.decode(ids)).toBe("ab  ⁇  c");
  });

  test("control pieces are text where they are spelled, and nothing when they are decoded", () => {
    expect(tokenizer.encode("<s>").tokens).toEqual(["▁", "<s>"]);
    expect(tokenizer.encode("<s>").ids[1]).toBe(0);
    expect(tokenizer.decode([1, 7, 5, 2])).toBe("ab");
    expect(tokenizer.specialTokens.bosId).toBe(1);
  });

  test("nothing but spaces", () => {
    expect([...tokenizer.encode("").ids, ...tokenizer.encode("   ").ids]).toEqual([]);
  });

  test("leading spaces of pieces are left out until there is text", () => {
    expect(tokenizer.decode([3, 3, 7, 3, 4])).toBe("a a");
    expect(tokenizer.decode([0, 7])).toBe(" ⁇  a");
  });

  test("saved and loaded, it is the same", () => {
    const saved = PipelineTokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));
    expect(saved.toJSON()).toEqual(tokenizer.toJSON());
    expect(saved.encode("ab xyz").tokens).toEqual(tokenizer.encode("ab xyz").tokens);
  });
});

test("a saved model that is none", () => {
  const { model } = sentencePieceTokenizer(sentencePieceFile({ pieces }));
  const json = model.toJSON();
  const broken = { ...json, pieces: (json.pieces as unknown[]).slice(1) };
  expect(() => SentencePieceModel.fromJSON(broken)).toThrow(
    "model: pieces: not exactly one is for unknown text",
  );
  expect(() => SentencePieceModel.fromJSON({ ...json, pieces: [["a", 0, 9]] })).toThrow(TokenizerFormatError);
  expect(() => SentencePieceModel.fromJSON({ ...json, algorithm: "char" })).toThrow(TokenizerFormatError);
});

test("bos and eos where they are asked for", () => {
  const tokenizer = sentencePieceTokenizer(sentencePieceFile({ pieces }), { addBos: true, addEos: true });
  expect(tokenizer.encode("ab").tokens).toEqual(["<s>", "▁ab", "</s>"]);
  const file = sentencePieceFile({ pieces: pieces.filter(([text]) => text !== "<s>") });
  expect(() => sentencePieceTokenizer(file, { addBos: true })).toThrow('no control piece "<s>" to add');
});

test("user-defined pieces are always taken", () => {
  for (const modelType of [1, 2]) {
    const file = sentencePieceFile({ pieces: [...pieces, ["bca", 0, 4], ["x y", 0, 4]], modelType });
    const tokenizer = sentencePieceTokenizer(file);
    expect(tokenizer.encode("abca").tokens).toEqual(["▁a", "bca"]);
    expect(tokenizer.encode("ax yb").tokens).toEqual(["▁a", "x", "▁", "y", "b"]);
  }
});

describe("byte fallback", () => {
  for (const modelType of [1, 2]) {
    const file = sentencePieceFile({ pieces: [...pieces, ...bytePieces], modelType, byteFallback: true });
    const tokenizer = sentencePieceTokenizer(file);

    test(`unknown characters become bytes (${modelType})`, () => {
      const { tokens, offsets } = tokenizer.encode("a€");
      expect(tokens).toEqual(["▁a", "<0xE2>", "<0x82>", "<0xAC>"]);
      expect(offsets.slice(1)).toEqual([
        [1, 2],
        [1, 2],
        [1, 2],
      ]);
    });

    test(`text without spaces comes back (${modelType})`, () => {
      const text = fc.string({ unit: "grapheme" }).map((each) => each.replaceAll(/[ ▁]/g, ""));
      fc.assert(
        fc.property(text, (each) => {
          const { ids } = tokenizer.encode(each);
          expect(tokenizer.decode(ids)).toBe(each);
          const stream = tokenizer.decodeStream();
          const streamed = Array.from(ids, (id) => stream.push(id)).join("") + stream.end();
          expect(streamed).toBe(each);
        }),
      );
    });

    test(`bytes that are no text (${modelType})`, () => {
      const byte = (value: number) => pieces.length + value;
      expect(tokenizer.decode([byte(0xe2), byte(0x82)])).toBe("\ufffd\ufffd");
      expect(tokenizer.decode([byte(0xe2), 4, byte(0xff), byte(0x41)])).toBe("\ufffda\ufffdA");
      expect(tokenizer.decode([byte(0xed), byte(0xa0), byte(0x80)])).toBe("\ufffd\ufffd\ufffd");
    });
  }
});

test("n best segmentations", () => {
  const model = new SentencePieceModel(readSentencePieceFile(sentencePieceFile({ pieces })));
  const names = model.nBest("▁abxy", 3).map(({ ids }) => ids.map((id) => model.idToToken(id)));
  expect(names).toEqual([
    ["▁ab", "<unk>"],
    ["▁", "ab", "<unk>"],
    ["▁a", "b", "<unk>"],
  ]);
  const bpe = new SentencePieceModel(readSentencePieceFile(sentencePieceFile({ pieces, modelType: 2 })));
  expect(() => bpe.nBest("▁a", 2)).toThrow(TokenizerError);
});

test("BPE: of two places for a piece the left one is merged, whatever the pairs are", () => {
  const rows: PieceRow[] = [
    ...special,
    ["abc", -1],
    ["ab", -2],
    ["bc", -3],
    ["a", -4],
    ["b", -5],
    ["c", -6],
    ["▁", -7],
  ];
  const tokenizer = sentencePieceTokenizer(sentencePieceFile({ pieces: rows, modelType: 2 }));
  expect(tokenizer.encode("abcabc bcabcc").tokens).toEqual(["▁", "abc", "abc", "▁", "bc", "abc", "c"]);
});

describe("readSentencePieceFile", () => {
  const file = sentencePieceFile({ pieces });

  test("bytes that end anywhere, or are changed anywhere: an error of ours or a file", () => {
    const attempt = (bytes: Uint8Array): void => {
      try {
        readSentencePieceFile(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(TokenizerFormatError);
      }
    };
    for (let end = 0; end < file.length; end++) attempt(file.subarray(0, end));
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), (at, value) => attempt(file.with(at, value))),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), attempt), { numRuns: 500 });
  });

  test.each([
    ["no pieces", { pieces: [] }, "not exactly one is for unknown text (got 0)"],
    [
      "two unknown pieces",
      { pieces: [...pieces, ["?", 0, 2]] },
      "not exactly one is for unknown text (got 2)",
    ],
    ["a piece twice", { pieces: [...pieces, ["a", 0]] }, 'pieces[11]: "a" is there twice'],
    ["an empty piece", { pieces: [["", 0]] }, "pieces[0]: the piece is empty"],
    ["no number", { pieces: [["a", Number.NaN]] }, 'the score of "a" is NaN'],
    ["a type that there is not", { pieces: [["a", 0, 7]] }, 'the type of "a" is not known (got 7)'],
    ["a WORD model", { pieces, modelType: 3 }, "neither UNIGRAM nor BPE (got WORD)"],
    ["a suffix for white space", { pieces, whitespaceAsSuffix: true }, "white space as a suffix"],
    ["bytes without pieces", { pieces, byteFallback: true }, 'byte fallback without the piece "<0x00>"'],
    [
      "unused pieces of BPE",
      { pieces: [...pieces, ["q", 0, 5]], modelType: 2 },
      "unused pieces of a BPE model",
    ],
  ] as const)("%s", (_, options, message) => {
    expect(() => readSentencePieceFile(sentencePieceFile(options))).toThrow(message);
  });
});
