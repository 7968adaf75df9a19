export {
  type DecoderLayerOptions,
  type DecoderOptions,
  TransformerDecoder,
  TransformerDecoderLayer,
} from "./blocks/decoder.ts";
export {
  type EncoderLayerOptions,
  type EncoderOptions,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "./blocks/encoder.ts";
export { FeedForward, type FeedForwardConfig } from "./blocks/feed-forward.ts";
export type { ModuleOptions, StackConfig, TransformerLayerConfig } from "./blocks/layer-config.ts";
export type { SelfAttentionConfig } from "./blocks/self-attention-config.ts";
export { DecoderLayerCache } from "./cache/decoder-layer-cache.ts";
export type { LayerCache } from "./cache/layer-cache.ts";
export { StackCache } from "./cache/stack-cache.ts";
export {
  type DecodingCache,
  type GenerateOptions,
  generate,
  type LanguageModel,
} from "./generation/generate.ts";
export { greedyToken, type SamplingOptions, sampleToken } from "./generation/sampling.ts";
export { type TranslateOptions, translate } from "./generation/translate.ts";
export {
  Gpt,
  type GptCacheOptions,
  type GptConfig,
  type GptOptions,
  type LanguageBatch,
} from "./models/gpt.ts";
export {
  IGNORE_INDEX,
  type Seq2SeqBatch,
  type Seq2SeqConfig,
  Seq2SeqTransformer,
} from "./models/seq2seq-transformer.ts";
