import { type ComponentReader, readByType } from "../component-json.ts";
import type { PreTokenizer } from "../pipeline/roles.ts";
import { BertPreTokenizer } from "./bert.ts";
import { ByteLevelPreTokenizer } from "./byte-level.ts";
import { CharDelimiterSplit } from "./char-delimiter-split.ts";
import { Digits } from "./digits.ts";
import { FixedLength } from "./fixed-length.ts";
import { MetaspacePreTokenizer } from "./metaspace.ts";
import { Punctuation } from "./punctuation.ts";
import { PreTokenizerSequence } from "./sequence.ts";
import { Split } from "./split.ts";
import { UnicodeScripts } from "./unicode-scripts.ts";
import { Whitespace } from "./whitespace.ts";
import { WhitespaceSplit } from "./whitespace-split.ts";

const READERS: Readonly<Record<string, ComponentReader<PreTokenizer>>> = {
  BertPreTokenizer: BertPreTokenizer.fromJSON,
  ByteLevel: ByteLevelPreTokenizer.fromJSON,
  CharDelimiterSplit: CharDelimiterSplit.fromJSON,
  Digits: Digits.fromJSON,
  FixedLength: FixedLength.fromJSON,
  Metaspace: MetaspacePreTokenizer.fromJSON,
  Punctuation: Punctuation.fromJSON,
  Sequence: (json, path) => PreTokenizerSequence.fromJSON(json, path, readPreTokenizer),
  Split: Split.fromJSON,
  UnicodeScripts: UnicodeScripts.fromJSON,
  Whitespace: Whitespace.fromJSON,
  WhitespaceSplit: WhitespaceSplit.fromJSON,
};

/**
 * The `pre_tokenizer` of a `tokenizer.json`.
 *
 * @throws TokenizerFormatError for a type or field that is not known
 */
export function readPreTokenizer(json: unknown, path = "pre_tokenizer"): PreTokenizer {
  return readByType("pre-tokenizer", READERS, json, path);
}
