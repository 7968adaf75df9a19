import { createRequire } from "node:module";
import { join } from "node:path";
import { byteCharacters } from "../src/byte-characters.ts";
import { CL100K_PATTERN, GPT2_PATTERN, O200K_PATTERN } from "../src/scan/known-patterns.ts";
import { ByteRanks, hashBytes } from "../src/tiktoken/byte-ranks.ts";

/** An encoding as `js-tiktoken` ships it. */
export interface PublishedEncoding {
  readonly pattern: string;
  readonly ranks: ByteRanks;
  readonly specialTokens: Readonly<Record<string, number>>;
}

interface JsTiktokenRanks {
  readonly special_tokens: Readonly<Record<string, number>>;
  readonly bpe_ranks: string;
}

export const ENCODINGS = { r50k_base: GPT2_PATTERN, cl100k_base: CL100K_PATTERN, o200k_base: O200K_PATTERN };
export type EncodingName = keyof typeof ENCODINGS;

/** Reads an encoding from `js-tiktoken` in the folder `peers`. */
export function readEncoding(peers: string, name: EncodingName): PublishedEncoding {
  const require = createRequire(join(peers, "package.json"));
  const file = require(`js-tiktoken/ranks/${name}`) as JsTiktokenRanks;
  const ranks = new ByteRanks();
  for (const line of file.bpe_ranks.split("\n")) {
    const [, first, ...tokens] = line.split(" ");
    tokens.forEach((token, i) => {
      ranks.add(Buffer.from(token, "base64"), Number(first) + i);
    });
  }
  return { pattern: ENCODINGS[name], ranks, specialTokens: file.special_tokens };
}

/** The encoding as a `tokenizer.json`: a merge for each way to put a token together from two. */
export function tokenizerJson({ pattern, ranks, specialTokens }: PublishedEncoding): object {
  const names = byteCharacters();
  const nameOf = (bytes: Uint8Array) => Array.from(bytes, (byte) => names[byte]).join("");
  const vocab: Record<string, number> = {};
  const merges: [string, string][] = [];
  for (let rank = 0; rank < ranks.end; rank++) {
    const bytes = ranks.bytesOf(rank);
    if (bytes === undefined) continue;
    vocab[nameOf(bytes)] = rank;
    const ways: { left: number; right: number; cut: number }[] = [];
    for (let cut = 1; cut < bytes.length; cut++) {
      const left = ranks.find(bytes, 0, cut, hashBytes(bytes, 0, cut));
      const right = ranks.find(bytes, cut, bytes.length, hashBytes(bytes, cut, bytes.length));
      if (left !== -1 && right !== -1) ways.push({ left, right, cut });
    }
    ways.sort((a, b) => a.left - b.left || a.right - b.right);
    for (const { cut } of ways) merges.push([nameOf(bytes.subarray(0, cut)), nameOf(bytes.subarray(cut))]);
  }
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
  const split = { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: Object.entries(specialTokens).map(([content, id]) => ({
      ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
    })),
    normalizer: null,
    pre_tokenizer: { type: "Sequence", pretokenizers: [split, byteLevel] },
    post_processor: null,
    decoder: byteLevel,
    model: {
      ...{ type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: null },
      ...{
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: true,
        vocab,
        merges,
      },
    },
  };
}
