import { MergeBuffer } from "../models/bpe/merge-buffer.ts";
import type { TokenSink } from "../pipeline/token-sink.ts";
import type { Scanner } from "./scanners.ts";
import { unitClasses } from "./unit-classes.ts";
import { WordBytes } from "./word-bytes.ts";
import { WordTable } from "./word-table.ts";

/** Where ids go: an array that grows. Entry `i` is valid for `i < length`. */
export interface IdSink {
  length: number;
  ids: Int32Array;
  /** Makes room for `capacity` ids. */
  reserve(capacity: number): void;
}

/** Makes the tokens of one word from its bytes. */
export interface ByteWordModel {
  /** Fills the buffer with the word's tokens; its ranges are units of the word, whole characters. */
  encodeWord(word: WordBytes, buffer: MergeBuffer): void;
}

/** Texts are read in blocks of this many units. */
const BLOCK = 4096;

/** Scans a text for words and looks each up in a table; the model is asked for new words only. */
export class ScanningEncoder {
  readonly #scan: Scanner;
  readonly #model: ByteWordModel;
  readonly #classes = unitClasses();
  readonly #table = new WordTable();
  readonly #word = new WordBytes();
  readonly #buffer = new MergeBuffer();
  readonly #utf8 = new TextEncoder();
  readonly #bytes = new Uint8Array(BLOCK);
  #units = new Uint16Array(256);

  constructor(scan: Scanner, model: ByteWordModel) {
    this.#scan = scan;
    this.#model = model;
  }

  /** Appends the ids alone. */
  encodeIds(text: string, sink: IdSink): void {
    const units = this.#read(text);
    const end = text.length;
    const table = this.#table;
    let { ids, length } = sink;
    for (let at = 0; at < end; ) {
      const next = this.#scan(units, at, end, this.#classes);
      const hash = hashOf(units, at, next);
      const slot = table.find(units, at, next, hash);
      const count = slot === -1 ? this.#learn(units, at, next, hash) : table.slots[slot + 2] & 0xffff;
      if (length + count > ids.length) {
        sink.length = length;
        sink.reserve(length + count);
        ids = sink.ids;
      }
      if (slot === -1) {
        const known = this.#buffer.ids;
        for (let i = 0; i < count; i++) ids[length++] = known[i];
      } else if (count === 1) {
        ids[length++] = table.slots[slot + 3];
      } else {
        let from = table.slots[slot + 3];
        for (let i = 0; i < count; i++, from += 2) ids[length++] = table.tokens[from];
      }
      at = next;
    }
    sink.length = length;
  }

  /**
   * Appends ids, spans (units of the text, moved by `base`) and words, counted from `firstWord`.
   *
   * @returns the number of words
   */
  encode(text: string, sink: TokenSink, base: number, firstWord: number): number {
    const units = this.#read(text);
    const end = text.length;
    const table = this.#table;
    let { ids, starts, ends, words, length } = sink;
    let word = firstWord;
    for (let at = 0; at < end; word++) {
      const next = this.#scan(units, at, end, this.#classes);
      const hash = hashOf(units, at, next);
      const slot = table.find(units, at, next, hash);
      const count = slot === -1 ? this.#learn(units, at, next, hash) : table.slots[slot + 2] & 0xffff;
      if (length + count > ids.length) {
        sink.length = length;
        sink.reserve(length + count);
        ({ ids, starts, ends, words } = sink);
      }
      const start = base + at;
      if (slot === -1) {
        const buffer = this.#buffer;
        for (let i = 0; i < count; i++, length++) {
          ids[length] = buffer.ids[i];
          starts[length] = start + buffer.starts[i];
          ends[length] = start + buffer.ends[i];
          words[length] = word;
        }
      } else if (count === 1) {
        ids[length] = table.slots[slot + 3];
        starts[length] = start;
        ends[length] = base + next;
        words[length++] = word;
      } else {
        let from = table.slots[slot + 3];
        for (let i = 0; i < count; i++, from += 2, length++) {
          const span = table.tokens[from + 1];
          ids[length] = table.tokens[from];
          starts[length] = start + (span >>> 16);
          ends[length] = start + (span & 0xffff);
          words[length] = word;
        }
      }
      at = next;
    }
    sink.length = length;
    return word - firstWord;
  }

  /** Encodes a word that is not in the table into the buffer; returns the number of tokens. */
  #learn(units: Uint16Array, start: number, end: number, hash: number): number {
    this.#word.read(units, start, end);
    this.#model.encodeWord(this.#word, this.#buffer);
    this.#table.add(units, start, end, hash, this.#buffer);
    return this.#buffer.length;
  }

  /** The text's units in an array, which is several times faster to read than a string. */
  #read(text: string): Uint16Array {
    const { length } = text;
    const spare = this.#units.length > 1 << 20 && length < 1 << 16; // gives back what a huge text took
    if (length > this.#units.length || spare) {
      this.#units = new Uint16Array(spare ? 1 << 16 : Math.max(length, 2 * this.#units.length));
    }
    const units = this.#units;
    for (let at = 0; at < length; at += BLOCK) {
      const end = Math.min(length, at + BLOCK);
      if (end - at < 64 || !this.#readAscii(text, units, at, end)) {
        for (let i = at; i < end; i++) units[i] = text.charCodeAt(i);
      }
    }
    return units;
  }

  /** Reads a block by way of its UTF-8 form, eight times faster; `false` where it is not all ASCII. */
  #readAscii(text: string, units: Uint16Array, start: number, end: number): boolean {
    const block = this.#bytes.subarray(0, end - start);
    const { read, written } = this.#utf8.encodeInto(text.slice(start, end), block);
    if (read !== end - start || written !== read) return false;
    units.set(block, start);
    return true;
  }
}

/** FNV-1a over units. */
function hashOf(units: Uint16Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ units[i], 0x01000193);
  return hash;
}
