import { mergeAll } from "../models/bpe/merge.ts";
import { MergeBuffer } from "../models/bpe/merge-buffer.ts";
import { byteTokensOf } from "../models/byte-tokens.ts";
import type { TokenSink } from "../pipeline/token-sink.ts";
import { PieceMerges } from "./piece-merges.ts";
import { type Piece, pieceTypes } from "./pieces.ts";
import { PrefixMatcher } from "./prefix-matcher.ts";

/** SentencePiece's BPE: characters and user-defined pieces to begin with, then merges. */
export class PieceBpe {
  readonly #ids = new Map<string, number>();
  readonly #userDefined: PrefixMatcher;
  readonly #merges: PieceMerges;
  readonly #unkId: number;
  readonly #byteIds: Int32Array | undefined;
  readonly #buffer = new MergeBuffer();

  /** @param byteIds  the pieces of the 256 bytes, where unknown characters become bytes */
  constructor(pieces: readonly Piece[], unkId: number, byteIds: Int32Array | undefined) {
    const userDefined: string[] = [];
    pieces.forEach(({ text, type }, id) => {
      if (type === pieceTypes.normal || type === pieceTypes.userDefined) this.#ids.set(text, id);
      if (type === pieceTypes.userDefined) userDefined.push(text);
    });
    this.#userDefined = new PrefixMatcher(userDefined);
    this.#merges = new PieceMerges(pieces);
    this.#unkId = unkId;
    this.#byteIds = byteIds;
  }

  tokenize(text: string, sink: TokenSink, base: number): void {
    const buffer = this.#buffer;
    buffer.reset(text.length);
    for (let at = 0; at < text.length; ) {
      const length = this.#userDefined.match(text, at) || (text.codePointAt(at)! > 0xffff ? 2 : 1);
      buffer.add(this.#ids.get(text.slice(at, at + length)) ?? this.#unkId, at, at + length);
      at += length;
    }
    mergeAll(buffer, this.#merges);
    const { ids, starts, ends, length } = buffer;
    for (let i = 0; i < length; i++) {
      if (ids[i] !== this.#unkId) {
        sink.push(ids[i], base + starts[i], base + ends[i]);
        continue;
      }
      const first = i;
      while (i + 1 < length && ids[i + 1] === this.#unkId) i++;
      this.#appendUnknown(text, starts[first], ends[i], sink, base);
    }
  }

  /** Unknown characters, as one token or as their bytes. */
  #appendUnknown(text: string, from: number, to: number, sink: TokenSink, base: number): void {
    if (this.#byteIds === undefined) {
      sink.pushNamed(this.#unkId, base + from, base + to, text.slice(from, to));
      return;
    }
    for (let at = from; at < to; ) {
      const end = at + (text.codePointAt(at)! > 0xffff ? 2 : 1);
      for (const byte of byteTokensOf(text.slice(at, end), this.#byteIds) ?? []) {
        sink.push(byte, base + at, base + end);
      }
      at = end;
    }
  }
}
