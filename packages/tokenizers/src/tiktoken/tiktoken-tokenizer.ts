import { byteCharacters } from "../byte-characters.ts";
import { checkOptions } from "../errors.ts";
import { PipelineTokenizer } from "../pipeline-tokenizer.ts";
import type { ByteRanks } from "./byte-ranks.ts";
import { mergesOfRanks } from "./rank-merges.ts";

export interface TiktokenOptions {
  /** What cuts a text into words, as Oniguruma writes it: tiktoken's patterns, GPT-2's, Llama's ... */
  readonly pattern: string;
  /** Special tokens and their ids. Default: none. */
  readonly specialTokens?: Readonly<Record<string, number>>;
}

/**
 * A pipeline of the ranks of a `*.tiktoken` file: offsets, batches, streams, and `tokenizer.json`. For ids alone,
 * `BytePairEncoding` is smaller.
 *
 * @param ranks  from `readRankFile`
 */
export function tiktokenTokenizer(ranks: ByteRanks, options: TiktokenOptions): PipelineTokenizer {
  checkOptions("tiktokenTokenizer", options, ["pattern", "specialTokens"]);
  const { pattern, specialTokens = {} } = options;
  const characters = byteCharacters();
  const written = Array.from({ length: ranks.end }, (_, rank) => {
    const bytes = ranks.bytesOf(rank);
    return bytes === undefined ? "" : Array.from(bytes, (byte) => characters[byte]).join("");
  });
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
  return PipelineTokenizer.fromJSON({
    version: "1.0",
    added_tokens: Object.entries(specialTokens).map(([content, id]) => ({ id, content, special: true })),
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
        byteLevel,
      ],
    },
    decoder: byteLevel,
    model: {
      type: "BPE",
      ignore_merges: true, // a word that is a token is that token, whether merges lead there or not
      vocab: Object.fromEntries(written.flatMap((token, rank) => (token === "" ? [] : [[token, rank]]))),
      merges: mergesOfRanks(ranks).map(([left, right]) => [written[left], written[right]]),
    },
  });
}
