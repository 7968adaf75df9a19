import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenizerFormatError } from "../errors.ts";
import { BertNormalizer } from "../normalizers/bert.ts";
import { aligned, ranges } from "../testing/aligned.ts";
import { readPreTokenizer } from "./read.ts";

const textsOf = (json: object, text: string): string[] =>
  readPreTokenizer(json)
    .preTokenize(aligned(text))
    .map((piece) => piece.text);

const split = (pattern: object, behavior: string, invert = false) => ({
  type: "Split",
  pattern,
  behavior,
  invert,
});
const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };

describe("pieces", () => {
  const cases: readonly [name: string, json: object, text: string, pieces: readonly string[]][] = [
    ["Whitespace", { type: "Whitespace" }, " Hi, né_1\u200dx!? ", ["Hi", ",", "né_1\u200dx", "!?"]],
    ["WhitespaceSplit", { type: "WhitespaceSplit" }, "a\u0085b\u3000c\ufeff", ["a", "b", "c\ufeff"]],
    ["BertPreTokenizer", { type: "BertPreTokenizer" }, "I'm $5。", ["I", "'", "m", "$", "5", "。"]],
    ["Punctuation", { type: "Punctuation", behavior: "Contiguous" }, "a!?b", ["a", "!?", "b"]],
    ["punctuation of Unicode 8", { type: "Punctuation" }, "a\u2e52b\u166dc", ["a\u2e52b", "\u166d", "c"]],
    ["Digits", { type: "Digits", individual_digits: false }, "a12½b", ["a", "12½", "b"]],
    ["single digits", { type: "Digits", individual_digits: true }, "a12", ["a", "1", "2"]],
    ["CharDelimiterSplit", { type: "CharDelimiterSplit", delimiter: "-" }, "-a--b", ["a", "b"]],
    ["FixedLength", { type: "FixedLength", length: 2 }, "a😀bcd", ["a😀", "bc", "d"]],
    ["UnicodeScripts", { type: "UnicodeScripts" }, " 1a りんー林 ё", ["1", "a ", "りんー林 ", "ё"]],
    ["ByteLevel", byteLevel, "it's é  1", ["it", "'s", "ĠÃ©", "Ġ", "Ġ1"]],
    ["ByteLevel, prefix", { ...byteLevel, add_prefix_space: true }, "a b", ["Ġa", "Ġb"]],
    ["ByteLevel, no words", { ...byteLevel, use_regex: false }, "a b", ["aĠb"]],
    ["Metaspace", { type: "Metaspace", replacement: "▁" }, "a  b▁c", ["▁a", "▁", "▁b", "▁c"]],
    [
      "Metaspace, never",
      { type: "Metaspace", replacement: "_", prepend_scheme: "never" },
      "a b",
      ["a", "_b"],
    ],
    ["Metaspace, whole", { type: "Metaspace", replacement: "_", split: false }, "a b", ["_a_b"]],
    [
      "Metaspace, older",
      { type: "Metaspace", replacement: "_", add_prefix_space: false, str_rep: "_" },
      "a",
      ["a"],
    ],
    ["Removed", split({ String: "-" }, "Removed"), "the-final--countdown", ["the", "final", "countdown"]],
    ["Isolated", split({ String: "-" }, "Isolated"), "a-b--c", ["a", "-", "b", "-", "-", "c"]],
    [
      "MergedWithPrevious",
      split({ String: "-" }, "MergedWithPrevious"),
      "-a-b--c",
      ["-", "a-", "b-", "-", "c"],
    ],
    ["MergedWithNext", split({ String: "-" }, "MergedWithNext"), "a-b--c-", ["a", "-b", "-", "-c", "-"]],
    ["Contiguous", split({ String: "-" }, "Contiguous"), "a-b--c", ["a", "-", "b", "--", "c"]],
    ["inverted", split({ Regex: "\\p{L}+" }, "Removed", true), "ab, cd", ["ab", "cd"]],
    ["inverted and merged", split({ Regex: "\\p{L}+" }, "MergedWithNext", true), "ab, cd", ["ab", ", cd"]],
    ["empty matches", split({ Regex: "(?=B)" }, "Isolated"), "aBaB", ["a", "Ba", "B"]],
  ];
  it.each(cases)("%s", (_name, json, text, pieces) => {
    expect(textsOf(json, text)).toEqual(pieces);
  });
});

it("pieces say where in the original they are", () => {
  const normal = new BertNormalizer().normalize(aligned("É\t你!"));
  expect(ranges(readPreTokenizer({ type: "BertPreTokenizer" }).preTokenize(normal))).toEqual([
    ["e", 0, 1],
    ["你", 2, 3],
    ["!", 3, 4],
  ]);
  const metaspace = { type: "Metaspace", replacement: "▁", prepend_scheme: "first", split: true };
  const words = { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, metaspace] };
  expect(ranges(readPreTokenizer(words).preTokenize(aligned("a b")))).toEqual([
    ["▁a", 0, 1],
    ["b", 2, 3],
  ]);
});

const kinds = [
  { type: "Whitespace" },
  { type: "BertPreTokenizer" },
  { type: "Punctuation", behavior: "MergedWithPrevious" },
  { type: "Digits", individual_digits: true },
  { type: "UnicodeScripts" },
  { type: "FixedLength", length: 3 },
  split({ Regex: "\\s+|\\p{L}{2}" }, "Contiguous"),
];

it("pieces are the slices of the text that they say they are, in order", () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.string({ unit: "binary" }), (json, text) => {
      let last = 0;
      for (const [piece, start, end] of ranges(readPreTokenizer(json).preTokenize(aligned(text)))) {
        expect(piece).toBe(text.slice(start, end));
        expect(piece).not.toBe("");
        expect(start).toBeGreaterThanOrEqual(last);
        last = end;
      }
    }),
  );
});

describe("JSON", () => {
  it.each([
    byteLevel,
    { type: "Metaspace", replacement: "▁", prepend_scheme: "first", split: false },
    { type: "CharDelimiterSplit", delimiter: "😀" },
    { type: "FixedLength", length: 5 },
    split({ Regex: "\\s" }, "Removed", true),
    { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, { type: "UnicodeScripts" }] },
  ])("goes out as it came in: $type", (json) => {
    expect(readPreTokenizer(json).toJSON()).toEqual(json);
  });

  it.each([
    [{ type: "Spaces" }, 'there is no pre-tokenizer of type "Spaces"'],
    [
      { type: "Split", pattern: { String: "a" }, behavior: "Merged", invert: false },
      "pre_tokenizer.behavior",
    ],
    [{ type: "Digits", individual_digits: 1 }, "pre_tokenizer.individual_digits"],
    [{ type: "FixedLength", length: 0 }, "pre_tokenizer.length"],
    [{ type: "Metaspace", replacement: "▁▁" }, "pre_tokenizer.replacement"],
    [
      { type: "Metaspace", replacement: "▁", add_prefix_space: false, prepend_scheme: "first" },
      "pre_tokenizer.prepend_scheme",
    ],
    [{ type: "ByteLevel", add_prefix_space: true, mode: 1 }, 'there is no field "mode"'],
  ])("refuses %j", (json, message) => {
    expect(() => readPreTokenizer(json)).toThrow(TokenizerFormatError);
    expect(() => readPreTokenizer(json)).toThrow(message);
  });
});
