import { type ComponentReader, readByType } from "../component-json.ts";
import type { Normalizer } from "../pipeline/roles.ts";
import { SentencePieceNormalizer } from "../sentencepiece/sentence-piece-normalizer.ts";
import { BertNormalizer } from "./bert.ts";
import { ByteLevelNormalizer } from "./byte-level.ts";
import { Lowercase } from "./lowercase.ts";
import { NFC } from "./nfc.ts";
import { NFD } from "./nfd.ts";
import { NFKC } from "./nfkc.ts";
import { NFKD } from "./nfkd.ts";
import { Nmt } from "./nmt.ts";
import { Precompiled } from "./precompiled.ts";
import { Prepend } from "./prepend.ts";
import { Replace } from "./replace.ts";
import { NormalizerSequence } from "./sequence.ts";
import { Strip } from "./strip.ts";
import { StripAccents } from "./strip-accents.ts";

const READERS: Readonly<Record<string, ComponentReader<Normalizer>>> = {
  BertNormalizer: BertNormalizer.fromJSON,
  ByteLevel: ByteLevelNormalizer.fromJSON,
  Lowercase: Lowercase.fromJSON,
  NFC: NFC.fromJSON,
  NFD: NFD.fromJSON,
  NFKC: NFKC.fromJSON,
  NFKD: NFKD.fromJSON,
  Nmt: Nmt.fromJSON,
  Precompiled: Precompiled.fromJSON,
  Prepend: Prepend.fromJSON,
  Replace: Replace.fromJSON,
  SentencePiece: SentencePieceNormalizer.fromJSON,
  Sequence: (json, path) => NormalizerSequence.fromJSON(json, path, readNormalizer),
  Strip: Strip.fromJSON,
  StripAccents: StripAccents.fromJSON,
};

/**
 * The `normalizer` of a `tokenizer.json`.
 *
 * @throws TokenizerFormatError for a type or field that is not known
 */
export function readNormalizer(json: unknown, path = "normalizer"): Normalizer {
  return readByType("normalizer", READERS, json, path);
}
