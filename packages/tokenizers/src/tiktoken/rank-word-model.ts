import { TokenizerFormatError } from "../errors.ts";
import { mergeAll } from "../models/bpe/merge.ts";
import type { MergeBuffer } from "../models/bpe/merge-buffer.ts";
import type { MergeRule } from "../models/bpe/merge-rule.ts";
import type { ByteWordModel } from "../scan/scanning-encoder.ts";
import type { WordBytes } from "../scan/word-bytes.ts";
import { type ByteRanks, HASH_BASE, hashBytes } from "./byte-ranks.ts";

/**
 * BPE by ranks alone: neighbours merge if their bytes together are a token, the lowest rank first; a word that is
 * a token is that token.
 */
export class RankWordModel implements ByteWordModel, MergeRule {
  readonly distinctProducts = true;
  readonly #ranks: ByteRanks;
  /** The rank of each single byte, `[256]`. */
  readonly #byteRanks: Int32Array;
  /** The rank of each two bytes, by `first << 8 | second`, -1 for none. */
  readonly #pairRanks = new Int32Array(1 << 16).fill(-1);
  /** `HASH_BASE ^ i`, up to the longest token. */
  readonly #powers: Int32Array;
  /** The hash of the word's first `i` bytes. */
  #hashes = new Int32Array(256);
  #bytes: Uint8Array = new Uint8Array(0);

  /** @throws TokenizerFormatError where a byte has no token */
  constructor(ranks: ByteRanks) {
    this.#ranks = ranks;
    this.#byteRanks = Int32Array.from({ length: 256 }, (_, byte) => {
      const bytes = Uint8Array.of(byte);
      const rank = ranks.find(bytes, 0, 1, hashBytes(bytes, 0, 1));
      if (rank !== -1) return rank;
      throw new TokenizerFormatError(`ranks: there is no token for the byte ${byte} alone`, "ranks");
    });
    for (let rank = 0; rank < ranks.end; rank++) {
      const bytes = ranks.bytesOf(rank);
      if (bytes?.length === 2) this.#pairRanks[(bytes[0] << 8) | bytes[1]] = rank;
    }
    this.#powers = new Int32Array(ranks.longest + 1).fill(1);
    for (let i = 1; i <= ranks.longest; i++) this.#powers[i] = Math.imul(this.#powers[i - 1], HASH_BASE);
  }

  encodeWord(word: WordBytes, buffer: MergeBuffer): void {
    const { bytes, length, starts, ends } = word;
    buffer.reset(length);
    this.#readHashes(bytes, length);
    const whole = this.#rankOf(0, length);
    if (whole !== -1) {
      buffer.add(whole, 0, ends[length - 1]);
      return;
    }
    for (let i = 0; i < length; i++) buffer.add(this.#byteRanks[bytes[i]], i, i + 1);
    mergeAll(buffer, this);
    for (let i = 0; i < buffer.length; i++) {
      buffer.starts[i] = starts[buffer.starts[i]]; // from bytes to units
      buffer.ends[i] = ends[buffer.ends[i] - 1];
    }
  }

  rank(buffer: MergeBuffer, left: number, right: number): number {
    return this.#rankOf(buffer.starts[left], buffer.ends[right]);
  }

  product(rank: number): number {
    return rank;
  }

  #rankOf(start: number, end: number): number {
    if (end - start > this.#ranks.longest) return -1;
    if (end - start === 2) return this.#pairRanks[(this.#bytes[start] << 8) | this.#bytes[start + 1]];
    const beginning = Math.imul(this.#hashes[start], this.#powers[end - start]);
    return this.#ranks.find(this.#bytes, start, end, (this.#hashes[end] - beginning) | 0);
  }

  #readHashes(bytes: Uint8Array, length: number): void {
    const spare = this.#hashes.length > 1 << 16 && length < 1 << 10; // gives back what a huge word took
    if (length >= this.#hashes.length || spare)
      this.#hashes = new Int32Array(spare ? 1 << 10 : 2 * length + 1);
    const hashes = this.#hashes;
    for (let i = 0; i < length; i++) hashes[i + 1] = (Math.imul(hashes[i], HASH_BASE) + bytes[i] + 1) | 0;
    this.#bytes = bytes;
  }
}
