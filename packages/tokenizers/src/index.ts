export { type BatchOptions, type EncodedBatch, encodeBatch } from "./batch.ts";
export {
  type ByteSpecialTokenTexts,
  ByteTokenizer,
  type ByteTokenizerJson,
  type ByteTokenizerOptions,
} from "./byte-tokenizer.ts";
export { CharTokenizer, type CharTokenizerJson, type CharTokenizerOptions } from "./char-tokenizer.ts";
export { TokenizerError, TokenizerFormatError, UnknownIdError, UnknownTextError } from "./errors.ts";
export { type SpecialTokenRole, SpecialTokens, type SpecialTokenTexts } from "./special-tokens.ts";
export type { DecodeOptions, DecodeStream, EncodeOptions, Encoding, Offset, Tokenizer } from "./tokenizer.ts";
