import { AlignedText, readNormalizer, readPreTokenizer } from "@saccade/tokenizers";
import type { Handler } from "../../context.ts";
import { codePointsBefore } from "./code-points.ts";
import { checkRows, readTable } from "./table.ts";

/** What the table's short names stand for, where they are not a type with its usual options. */
const normalizers: Readonly<Record<string, object>> = {
  BertNormalizer: {
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  Strip: { strip_left: true, strip_right: true },
  Replace: { pattern: { Regex: "\\s+" }, content: " " },
  Prepend: { prepend: "▁" },
  StripAccents: { type: "Sequence", normalizers: [{ type: "NFD" }, { type: "StripAccents" }] },
};

const byteLevel = { type: "ByteLevel", trim_offsets: true, use_regex: true };
const split = (pattern: object, behavior: string) => ({ type: "Split", pattern, behavior, invert: false });
const preTokenizers: Readonly<Record<string, object>> = {
  ByteLevel: { ...byteLevel, add_prefix_space: false },
  ByteLevelPrefix: { ...byteLevel, add_prefix_space: true },
  Metaspace: { replacement: "▁", prepend_scheme: "always", split: true },
  MetaspaceNoPrefix: { type: "Metaspace", replacement: "▁", prepend_scheme: "never", split: true },
  Punctuation: { behavior: "Isolated" },
  Digits: { individual_digits: true },
  DigitsGroup: { type: "Digits", individual_digits: false },
  SplitIsolated: split({ Regex: "[aeiou]" }, "Isolated"),
  SplitRemoved: split({ String: " " }, "Removed"),
  SplitMergedNext: split({ String: " " }, "MergedWithNext"),
  SplitMergedPrev: split({ String: " " }, "MergedWithPrevious"),
};

/** Normalizers and pre-tokenizers by themselves: texts, and pieces with their spans. */
export const components: Handler = async (context) => {
  checkRows(context, readTable(context).rows, (row) => {
    const text = new AlignedText(row.text);
    if (typeof row.normalizer === "string") {
      const json = { type: row.normalizer, ...normalizers[row.normalizer] };
      return { out: readNormalizer(json).normalize(text).text };
    }
    const name = String(row.pre_tokenizer);
    const before = codePointsBefore(row.text);
    const pieces = readPreTokenizer({ type: name, ...preTokenizers[name] }).preTokenize(text);
    return {
      out: pieces.map((piece) => [
        piece.text,
        [before[piece.originalStart(0)], before[piece.originalEnd(piece.length)]],
      ]),
    };
  });
};
