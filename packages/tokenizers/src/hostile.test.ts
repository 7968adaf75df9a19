import { describe, expect, it } from "vitest";
import { readNormalizer } from "./normalizers/read.ts";
import { AlignedText } from "./pipeline/aligned-text.ts";
import { PipelineTokenizer } from "./pipeline-tokenizer.ts";
import { readPreTokenizer } from "./pre-tokenizers/read.ts";
import { byteFallbackJson, byteLevelJson } from "./testing/small-tokenizers.ts";

const normalizers = [
  ...["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel"].map((type) => ({
    type,
  })),
  { type: "Strip", strip_left: true, strip_right: true },
  {
    type: "BertNormalizer",
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  { type: "Replace", pattern: { Regex: "\\s+" }, content: " " },
  { type: "Prepend", prepend: "▁" },
].map((json) => readNormalizer(json));

const words =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" +
  "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const preTokenizers = [
  ...["Whitespace", "WhitespaceSplit", "BertPreTokenizer", "UnicodeScripts", "Punctuation"].map((type) => ({
    type,
  })),
  { type: "ByteLevel", add_prefix_space: true },
  { type: "Metaspace", replacement: "▁" },
  { type: "Digits", individual_digits: false },
  { type: "Split", pattern: { Regex: words }, behavior: "Isolated", invert: false },
].map((json) => readPreTokenizer(json));

/** Long enough that anything worse than linear (or n log n) would not end. */
const texts: readonly [name: string, text: string][] = [
  ["one long word", "x".repeat(5e5)],
  ["spaces", `${" ".repeat(5e5)}x`],
  ["punctuation", "!".repeat(3e5)],
  ["marks of two classes", `a${"\u0301\u0323".repeat(1e5)}`],
  ["lone surrogates", "\ud800a\udc00".repeat(1e5)],
  ["ideographs", "漢".repeat(1e5)],
  ["letters that get longer", "İﷺ".repeat(5e4)],
  ["Hangul syllables and letters", "각\u11a8".repeat(1e5)],
];

const prefixed = { type: "ByteLevel", add_prefix_space: true, trim_offsets: true };
const whole = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
const tokenizers: readonly [name: string, tokenizer: PipelineTokenizer][] = [
  ["byte-level BPE", PipelineTokenizer.fromJSON(byteLevelJson())],
  ["byte-level BPE, one piece", PipelineTokenizer.fromJSON({ ...byteLevelJson(), pre_tokenizer: whole })],
  [
    "byte-level BPE, trimmed",
    PipelineTokenizer.fromJSON({ ...byteLevelJson(), pre_tokenizer: prefixed, post_processor: prefixed }),
  ],
  ["BPE with byte fallback", PipelineTokenizer.fromJSON(byteFallbackJson())],
];

describe.each(texts)("%s", (_name, text) => {
  it.each(tokenizers)("%s encodes and decodes", (_name, tokenizer) => {
    const encoding = tokenizer.encode(text, { addSpecialTokens: false });
    expect(tokenizer.decode(encoding.ids).trimStart() === text.toWellFormed().trimStart()).toBe(true);
    const last = encoding.offsets.at(-1)!;
    expect(last[1]).toBe(text.length);
  });

  it.each(normalizers.map((part) => [part.toJSON().type, part] as const))("%s ends", (_type, part) => {
    const normal = part.normalize(new AlignedText(text));
    if (normal.length > 0) expect(normal.originalEnd(normal.length)).toBeLessThanOrEqual(text.length);
  });

  it.each(preTokenizers.map((part) => [part.toJSON().type, part] as const))("%s ends", (_type, part) => {
    const pieces = part.preTokenize(new AlignedText(text));
    let last = 0;
    let inOrder = true;
    for (const piece of pieces) {
      inOrder &&= piece.length > 0 && piece.originalStart(0) >= last;
      last = piece.originalEnd(piece.length);
    }
    expect(inOrder && last <= text.length).toBe(true);
  });
});
