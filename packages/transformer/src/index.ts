export { type DecoderOptions, TransformerDecoder, TransformerDecoderLayer } from "./blocks/decoder.ts";
export { type EncoderOptions, TransformerEncoder, TransformerEncoderLayer } from "./blocks/encoder.ts";
export { FeedForward, type FeedForwardConfig } from "./blocks/feed-forward.ts";
export type { ModuleOptions, StackConfig, TransformerLayerConfig } from "./blocks/layer-config.ts";
export { generate, type GenerateOptions, type LanguageModel } from "./generation/generate.ts";
export { greedyToken, sampleToken, type SamplingOptions } from "./generation/sampling.ts";
export { translate, type TranslateOptions } from "./generation/translate.ts";
export { Gpt, type GptConfig, type LanguageBatch } from "./models/gpt.ts";
export { IGNORE_INDEX, type Seq2SeqBatch, type Seq2SeqConfig, Seq2SeqTransformer } from "./models/seq2seq-transformer.ts";
