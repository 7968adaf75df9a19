export type { AddedToken, AddedTokenJson } from "./added-tokens/added-token.ts";
export type { AddedVocabulary } from "./added-tokens/added-vocabulary.ts";
export { type BatchOptions, type EncodedBatch, encodeBatch } from "./batch.ts";
export {
  type ByteSpecialTokenTexts,
  ByteTokenizer,
  type ByteTokenizerJson,
  type ByteTokenizerOptions,
} from "./byte-tokenizer.ts";
export { CharTokenizer, type CharTokenizerJson, type CharTokenizerOptions } from "./char-tokenizer.ts";
export { applyChatTemplate, type ChatMessage, type ChatOptions } from "./chat/chat-template.ts";
export { BpeDecoder } from "./decoders/bpe.ts";
export { ByteFallback } from "./decoders/byte-fallback.ts";
export { ByteLevelDecoder, type ByteLevelDecoderOptions } from "./decoders/byte-level.ts";
export { CtcDecoder, type CtcDecoderOptions } from "./decoders/ctc.ts";
export { Fuse } from "./decoders/fuse.ts";
export { MetaspaceDecoder, type MetaspaceDecoderOptions } from "./decoders/metaspace.ts";
export { readDecoder } from "./decoders/read.ts";
export { ReplaceDecoder, type ReplaceDecoderOptions } from "./decoders/replace.ts";
export { SequenceDecoder } from "./decoders/sequence.ts";
export { StripDecoder, type StripDecoderOptions } from "./decoders/strip.ts";
export { WordPieceDecoder, type WordPieceDecoderOptions } from "./decoders/word-piece.ts";
export type { PipelineDecodeOptions, PipelineEncodeOptions } from "./encode-options.ts";
export type { Padding, PaddingJson, PaddingOptions } from "./encoding/padding.ts";
export type { BatchText, PipelineBatch, PipelineBatchOptions } from "./encoding/pipeline-batch.ts";
export { type EncodingArrays, PipelineEncoding } from "./encoding/pipeline-encoding.ts";
export type { TruncationJson, TruncationOptions } from "./encoding/truncation.ts";
export { TokenizerError, TokenizerFormatError, UnknownIdError, UnknownTextError } from "./errors.ts";
export type { FileContents } from "./loaders/files.ts";
export { loadTokenizer } from "./loaders/load-tokenizer.ts";
export type { TokenizerJson } from "./loaders/tokenizer-json.ts";
export { BpeModel, type BpeOptions } from "./models/bpe/bpe-model.ts";
export { readModel } from "./models/read.ts";
export { UnigramModel, type UnigramOptions } from "./models/unigram/unigram-model.ts";
export { WordLevelModel, type WordLevelOptions } from "./models/wordlevel/word-level-model.ts";
export { WordPieceModel, type WordPieceOptions } from "./models/wordpiece/word-piece-model.ts";
export { AlignedText } from "./pipeline/aligned-text.ts";
export type {
  Component,
  ComponentJson,
  Decoder,
  DecoderStage,
  LayoutItem,
  Model,
  Normalizer,
  OffsetTrim,
  PostProcessor,
  PreTokenizer,
  SampleKey,
  SamplingOptions,
} from "./pipeline/roles.ts";
export { TokenSink } from "./pipeline/token-sink.ts";
export type { PipelineTokenizerOptions, TokenizerConfig } from "./pipeline-options.ts";
export { PipelineTokenizer } from "./pipeline-tokenizer.ts";
export { BertProcessing, type BertProcessingOptions } from "./post-processors/bert.ts";
export {
  ByteLevelPostProcessor,
  type ByteLevelPostProcessorOptions,
} from "./post-processors/byte-level.ts";
export type { TokenWithId } from "./post-processors/layout.ts";
export { readPostProcessor } from "./post-processors/read.ts";
export { RobertaProcessing, type RobertaProcessingOptions } from "./post-processors/roberta.ts";
export { SequencePostProcessor } from "./post-processors/sequence.ts";
export {
  type TemplatePiece,
  TemplateProcessing,
  type TemplateProcessingOptions,
  type TemplateToken,
} from "./post-processors/template.ts";
export { type SpecialTokenRole, SpecialTokens, type SpecialTokenTexts } from "./special-tokens.ts";
export type { DecodeOptions, DecodeStream, EncodeOptions, Encoding, Offset, Tokenizer } from "./tokenizer.ts";
