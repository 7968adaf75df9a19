import { byteCharacters } from "../byte-characters.ts";
import { PipelineTokenizer } from "../pipeline-tokenizer.ts";

/** `tokenizer.json` of a byte-level BPE with a few English merges, made like GPT-2's. */
export function byteLevelJson(): Readonly<Record<string, unknown>> {
  const merges = ["t h", "th e", "Ġ the", "i n", "in g", "Ġ a", "o u", "Ã ©", "ð Ł", "ðŁ ĺ"];
  const tokens = [...byteCharacters(), ...merges.map((merge) => merge.replace(" ", "")), "<|end|>"];
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [added(tokens.length - 1, "<|end|>")],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map((merge) => merge.split(" ")),
    },
  };
}

/** `tokenizer.json` of a BPE over characters with byte fallback, made like Llama's. */
export function byteFallbackJson(): Readonly<Record<string, unknown>> {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
  );
  const merges = ["▁ t", "▁t h", "▁th e", "i n", "in g", "▁ ▁"];
  const letters = [..."▁abcdefghijklmnopqrstuvwxyzé漢"];
  const tokens = [
    "<unk>",
    "<s>",
    "</s>",
    ...bytes,
    ...letters,
    ...merges.map((merge) => merge.replace(" ", "")),
  ];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [added(0, "<unk>"), added(1, "<s>"), added(2, "</s>")],
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    pre_tokenizer: null,
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [
        { SpecialToken: { id: "<s>", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "<s>", type_id: 1 } },
        { Sequence: { id: "B", type_id: 1 } },
      ],
      special_tokens: { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] } },
    },
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: "<unk>",
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map((merge) => merge.split(" ")),
    },
  };
}

/** `tokenizer.json` of a WordPiece, made like BERT's. */
export function wordPieceJson(): Readonly<Record<string, unknown>> {
  const tokens = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "the",
    "in",
    "##g",
    "##s",
    "a",
    "e",
    "n",
    ",",
    ".",
    "'",
    "s",
  ];
  const token = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
  const sequence = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [0, 1, 2, 3, 4].map((id) => added(id, tokens[id]!)),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [token("[CLS]", 0), sequence("A", 0), token("[SEP]", 0)],
      pair: [token("[CLS]", 0), sequence("A", 0), token("[SEP]", 0), sequence("B", 1), token("[SEP]", 1)],
      special_tokens: {
        "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] },
        "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] },
      },
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((each, id) => [each, id])),
    },
  };
}

/** All three, by name. */
export const smallTokenizers: readonly (readonly [string, () => PipelineTokenizer])[] = [
  ["byte-level BPE", () => PipelineTokenizer.fromJSON(byteLevelJson())],
  ["BPE with byte fallback", () => PipelineTokenizer.fromJSON(byteFallbackJson())],
  ["WordPiece", () => PipelineTokenizer.fromJSON(wordPieceJson())],
];

function added(id: number, content: string) {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}
