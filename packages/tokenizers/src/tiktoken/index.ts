export {
  TokenizerError,
  TokenizerFormatError,
  UnknownIdError,
} from "../errors.ts";
export {
  CL100K_PATTERN,
  GPT2_PATTERN,
  O200K_PATTERN,
  QWEN2_PATTERN,
} from "../scan/known-patterns.ts";
export {
  BytePairEncoding,
  type BytePairEncodingOptions,
  type SpecialTokenOptions,
} from "./byte-pair-encoding.ts";
export { ByteRanks } from "./byte-ranks.ts";
export { readRankFile } from "./rank-file.ts";
