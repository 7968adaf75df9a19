import { type ComponentReader, readByType } from "../component-json.ts";
import type { Decoder } from "../pipeline/roles.ts";
import { SentencePieceDecoder } from "../sentencepiece/sentence-piece-decoder.ts";
import { BpeDecoder } from "./bpe.ts";
import { ByteFallback } from "./byte-fallback.ts";
import { ByteLevelDecoder } from "./byte-level.ts";
import { CtcDecoder } from "./ctc.ts";
import { Fuse } from "./fuse.ts";
import { MetaspaceDecoder } from "./metaspace.ts";
import { ReplaceDecoder } from "./replace.ts";
import { SequenceDecoder } from "./sequence.ts";
import { StripDecoder } from "./strip.ts";
import { WordPieceDecoder } from "./word-piece.ts";

/** A decoder from `tokenizer.json`, by its `type`. */
export function readDecoder(json: unknown, path = "decoder"): Decoder {
  const readers: Readonly<Record<string, ComponentReader<Decoder>>> = {
    BPEDecoder: BpeDecoder.fromJSON,
    ByteFallback: ByteFallback.fromJSON,
    ByteLevel: ByteLevelDecoder.fromJSON,
    CTC: CtcDecoder.fromJSON,
    Fuse: Fuse.fromJSON,
    Metaspace: MetaspaceDecoder.fromJSON,
    Replace: ReplaceDecoder.fromJSON,
    SentencePiece: SentencePieceDecoder.fromJSON,
    Sequence: (inner, at) => SequenceDecoder.fromJSON(inner, at, readDecoder),
    Strip: StripDecoder.fromJSON,
    WordPiece: WordPieceDecoder.fromJSON,
  };
  return readByType("decoder", readers, json, path);
}
