import { describe, expect, test } from "vitest";
import { TokenizerError } from "../errors.ts";
import type { PostProcessor } from "../pipeline/roles.ts";
import { readPostProcessor } from "../post-processors/read.ts";
import { assemble } from "./assemble.ts";
import { codePointsBefore } from "./code-points.ts";
import { paddedLength, paddingJson, readPadding } from "./padding.ts";
import type { PipelineEncoding } from "./pipeline-encoding.ts";
import { type TokenRun, upToWord } from "./token-run.ts";
import { TokenSpaces } from "./trim.ts";
import { readTruncation, type TruncationOptions, truncationJson } from "./truncation.ts";

const names = ["[CLS]", "[SEP]", "[PAD]", "Ġx", "yĠĠ", "ĠĠ", "z"];
const name = (id: number) => names[id];
const spaces = new TokenSpaces(name, names.length);
const bert = readPostProcessor({ type: "BertProcessing", cls: ["[CLS]", 0], sep: ["[SEP]", 1] });

/** Tokens 10, 11 ... (or those given), one unit each, two to a word. */
function run(length: number, first = 10): TokenRun {
  const each = Int32Array.from({ length }, (_, i) => i);
  return {
    ids: each.map((i) => first + i),
    starts: each,
    ends: each.map((i) => i + 1),
    words: each.map((i) => i >> 1),
  };
}

function encode(
  runs: readonly TokenRun[],
  truncation?: TruncationOptions,
  postProcessor: PostProcessor | undefined = bert,
): PipelineEncoding {
  const usual = { strategy: "longestFirst", direction: "right", stride: 0, overflow: "all" } as const;
  return assemble({
    operation: "encode",
    texts: runs.map(() => ""),
    codePoints: false,
    runs,
    postProcessor,
    addSpecialTokens: true,
    truncation: truncation && { ...usual, ...truncation },
    spaces,
    name,
  });
}

const ids = (encoding: PipelineEncoding): string => encoding.ids.join(" ");

describe("layout", () => {
  test("a pair with its masks and maps", () => {
    const encoding = encode([run(3), run(2, 20)]);
    expect(ids(encoding)).toBe("0 10 11 12 1 20 21 1");
    expect([...encoding.typeIds]).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
    expect([...encoding.specialTokensMask]).toEqual([1, 0, 0, 0, 1, 0, 0, 1]);
    expect(encoding.wordIds).toEqual([undefined, 0, 0, 1, undefined, 0, 0, undefined]);
    expect(encoding.sequenceIds).toEqual([undefined, 0, 0, 0, undefined, 1, 1, undefined]);
    expect(encoding.offsets[5]).toEqual([0, 1]);
    expect(encoding.tokens[0]).toBe("[CLS]");
    expect(encoding.charToToken(1)).toBe(2);
    expect(encoding.charToToken(1, 1)).toBe(6);
    expect(encoding.charToToken(3)).toBeUndefined();
    expect(encoding.charToWord(2)).toBe(1);
    expect(encoding.tokenToChars(4)).toBeUndefined();
    expect(encoding.tokenToChars(6)).toEqual([1, 2]);
    expect(encoding.wordToTokens(0)).toEqual([1, 3]);
    expect(encoding.wordToChars(0, 1)).toEqual([0, 2]);
    expect(encoding.wordToTokens(7)).toBeUndefined();
  });
});

describe("truncation", () => {
  test("parts overlap by the stride, from either side", () => {
    const right = encode([run(5)], { maxLength: 5, stride: 1 });
    expect(ids(right)).toBe("0 10 11 12 1");
    expect(right.overflowing.map(ids)).toEqual(["0 12 13 14 1"]);
    const left = encode([run(6)], { maxLength: 5, stride: 1, direction: "left" });
    expect(ids(left)).toBe("0 13 14 15 1");
    expect(left.overflowing.map(ids)).toEqual(["0 11 12 13 1", "0 10 11 1"]);
  });

  test("the longer text of a pair goes first, then both", () => {
    const cut = (a: number, b: number, room: number) => {
      const { sequenceIds } = encode([run(a), run(b)], { maxLength: room + 3 });
      return [0, 1].map((which) => sequenceIds.filter((sequence) => sequence === which).length);
    };
    expect(cut(5, 2, 6)).toEqual([4, 2]);
    expect(cut(2, 5, 6)).toEqual([2, 4]);
    expect(cut(9, 9, 5)).toEqual([2, 3]);
    expect(cut(9, 8, 5)).toEqual([3, 2]);
    expect(cut(1, 1, 6)).toEqual([1, 1]);
  });

  test("overflow of a pair: each part of one with each of the other", () => {
    const { overflowing } = encode([run(4), run(4, 20)], { maxLength: 7 });
    expect(overflowing.map(ids)).toEqual(["0 12 13 1 20 21 1", "0 12 13 1 22 23 1", "0 10 11 1 22 23 1"]);
  });

  test("no room at all leaves the special tokens, and everything in the overflow", () => {
    const encoding = encode([run(2)], { maxLength: 2 });
    expect(ids(encoding)).toBe("0 1");
    expect(encoding.overflowing.map(ids)).toEqual(["0 10 11 1"]);
  });

  test("what cannot be done throws", () => {
    expect(() => encode([run(2)], { maxLength: 1 })).toThrow(
      "maxLength=1 has no room for the 2 special tokens",
    );
    expect(() => encode([run(2)], { maxLength: 3, strategy: "onlySecond" })).toThrow("needs a pair");
    expect(() => encode([run(2), run(9)], { maxLength: 5, strategy: "onlyFirst" })).toThrow(
      'encode: 9 tokens have to go, but the first text has only 2 (strategy "onlyFirst", maxLength 5)',
    );
    expect(() => encode([run(9)], { maxLength: 5, stride: 3 })).toThrow(TokenizerError);
  });

  test("tokenization stops with the word that reaches the length, not with an added token", () => {
    const left = (most: number, direction: "left" | "right", added: number[] = []) => {
      const cut = upToWord(run(9), most, direction, added);
      return `${cut.ids.join(" ")} | ${cut.words.join(" ")}`;
    };
    expect(left(3, "right")).toBe("10 11 12 13 | 0 0 1 1");
    expect(left(4, "right")).toBe("10 11 12 13 | 0 0 1 1");
    expect(left(2, "left")).toBe("16 17 18 | 0 0 1");
    expect(left(3, "right", [2, 3])).toBe("10 11 12 13 14 15 | 0 0 1 1 2 2");
    expect(left(2, "left", [6, 7])).toBe("14 15 16 17 18 | 0 0 1 1 2");
    expect(left(9, "right")).toBe(left(20, "left"));
  });

  test("its section of tokenizer.json", () => {
    const json = { direction: "Left", max_length: 8, strategy: "OnlyFirst", stride: 2 };
    expect(truncationJson(readTruncation(json))).toEqual(json);
    expect(() => readTruncation({ ...json, max_length: -1 })).toThrow(
      "truncation.max_length: not a whole number",
    );
  });
});

describe("padding", () => {
  const json = {
    strategy: "BatchLongest",
    direction: "Left",
    pad_to_multiple_of: 4,
    pad_id: 2,
    pad_type_id: 3,
    pad_token: "[PAD]",
  };

  test("fills up in front, overflowing parts as well", () => {
    const padding = readPadding(json);
    expect(paddingJson(padding)).toEqual(json);
    expect(paddedLength([5, 3], padding)).toBe(8);
    const encoding = encode([run(5)], { maxLength: 4 }).padded(6, padding);
    expect(ids(encoding)).toBe("2 2 0 10 11 1");
    expect([...encoding.attentionMask]).toEqual([0, 0, 1, 1, 1, 1]);
    expect([...encoding.specialTokensMask]).toEqual([1, 1, 1, 0, 0, 1]);
    expect([...encoding.typeIds]).toEqual([3, 3, 0, 0, 0, 0]);
    expect(encoding.tokens.slice(0, 3)).toEqual(["[PAD]", "[PAD]", "[CLS]"]);
    expect(encoding.overflowing.map(ids)).toEqual(["2 2 0 12 13 1", "2 2 2 0 14 1"]);
    expect(encoding.charToToken(1)).toBe(4);
  });

  test("a fixed length", () => {
    const fixed = { ...json, strategy: { Fixed: 5 }, pad_to_multiple_of: null, direction: "Right" };
    const padding = readPadding(fixed);
    expect(paddingJson(padding)).toEqual(fixed);
    expect(ids(encode([run(1)]).padded(paddedLength([3], padding), padding))).toBe("0 10 1 2 2");
  });
});

describe("trimmed spans", () => {
  const byteLevel = (addPrefixSpace: boolean) =>
    readPostProcessor({
      type: "ByteLevel",
      add_prefix_space: addPrefixSpace,
      trim_offsets: true,
      use_regex: true,
    });
  const tokens = (): TokenRun => ({
    ids: Int32Array.of(3, 4, 5, 6),
    starts: Int32Array.of(0, 2, 5, 7),
    ends: Int32Array.of(2, 5, 7, 8),
    words: new Int32Array(4),
  });

  test("leave out white space at both ends", () => {
    expect(encode([tokens()], undefined, byteLevel(false)).offsets).toEqual([
      [1, 2],
      [2, 3],
      [7, 7],
      [7, 8],
    ]);
  });

  test("keep the first space where it may not be in the text", () => {
    expect(encode([tokens()], undefined, byteLevel(true)).offsets[0]).toEqual([0, 2]);
  });
});

test("code points before each unit", () => {
  expect(codePointsBefore("aé漢")).toBeUndefined();
  expect([...codePointsBefore("a😀b")!]).toEqual([0, 1, 1, 2, 3]);
});
