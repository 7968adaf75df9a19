import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EncodingName } from "../../works/tokenizers.ts";
import { type RankFile, rankFile } from "./ranks.ts";

/**
 * The `tokenizer.json` that Hugging Face's libraries read, of a vocabulary of OpenAI's. That of r50k cuts words as that of
 * GPT-2 does, whose vocabulary it is: byte-level BPE has its pattern built in.
 */
export function tokenizerJson(encoding: EncodingName): object {
  const file = rankFile(encoding);
  const { vocab, merges } = vocabularyOf(file);
  const plain = { add_prefix_space: false, trim_offsets: true };
  const split = {
    type: "Sequence",
    pretokenizers: [
      { type: "Split", pattern: { Regex: file.pattern }, behavior: "Isolated", invert: false },
      { type: "ByteLevel", ...plain, use_regex: false },
    ],
  };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: Object.entries(file.special).map(([content, id]) => ({ id, content, ...added })),
    normalizer: null,
    pre_tokenizer: encoding === "r50k" ? { type: "ByteLevel", ...plain, use_regex: true } : split,
    post_processor: null,
    decoder: { type: "ByteLevel", ...plain, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
  };
}

/** The same as a file. */
export function tokenizerJsonFile(encoding: EncodingName): string {
  return temporaryFile("tokenizer.json", JSON.stringify(tokenizerJson(encoding)));
}

/** A file that goes with this process. */
export function temporaryFile(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "saccade-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true }));
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const added = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };

/** Ranks say in which order pairs merge; what a token was merged of is found by merging all that come before it. */
function vocabularyOf({ text }: RankFile): { vocab: Record<string, number>; merges: [string, string][] } {
  const ranks = new Map<string, number>(); // tokens as strings of a character a byte
  for (const line of text.split("\n")) {
    const [token, rank] = line.split(" ");
    if (rank !== undefined) ranks.set(atob(token), Number(rank));
  }
  const named = byteNames();
  const name = (token: string): string => Array.from(token, (byte) => named[byte.charCodeAt(0)]).join("");
  const vocab: Record<string, number> = {};
  const merges: [string, string][] = [];
  for (const [token, rank] of [...ranks].sort(([, a], [, b]) => a - b)) {
    vocab[name(token)] = rank;
    if (token.length === 1) continue;
    const parts = mergedBelow(ranks, token, rank);
    if (parts.length === 2) merges.push([name(parts[0]), name(parts[1])]);
  }
  return { vocab, merges };
}

function mergedBelow(ranks: ReadonlyMap<string, number>, token: string, limit: number): string[] {
  const parts = [...token];
  for (;;) {
    let best = limit;
    let at = -1;
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = ranks.get(parts[i] + parts[i + 1]);
      if (rank !== undefined && rank < best) [best, at] = [rank, i];
    }
    if (at < 0) return parts;
    parts.splice(at, 2, parts[at] + parts[at + 1]);
  }
}

/** Printable bytes stand for themselves, the others for characters from U+0100 on: as byte-level vocabularies have it. */
function byteNames(): readonly string[] {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}
