export type { AddedToken, AddedTokenJson } from "./added-tokens/added-token.ts";
export type { AddedVocabulary } from "./added-tokens/added-vocabulary.ts";
export { type BatchOptions, type EncodedBatch, encodeBatch } from "./batch.ts";
export { byteCharacters } from "./byte-characters.ts";
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
export { type LoadOptions, loadTokenizer } from "./loaders/load-tokenizer.ts";
export type { TokenizerJson } from "./loaders/tokenizer-json.ts";
export { BpeModel, type BpeOptions } from "./models/bpe/bpe-model.ts";
export { readModel } from "./models/read.ts";
export { UnigramModel, type UnigramOptions } from "./models/unigram/unigram-model.ts";
export { WordLevelModel, type WordLevelOptions } from "./models/wordlevel/word-level-model.ts";
export { WordPieceModel, type WordPieceOptions } from "./models/wordpiece/word-piece-model.ts";
export { BertNormalizer, type BertNormalizerOptions } from "./normalizers/bert.ts";
export { ByteLevelNormalizer } from "./normalizers/byte-level.ts";
export { Lowercase } from "./normalizers/lowercase.ts";
export { NFC } from "./normalizers/nfc.ts";
export { NFD } from "./normalizers/nfd.ts";
export { NFKC } from "./normalizers/nfkc.ts";
export { NFKD } from "./normalizers/nfkd.ts";
export { Nmt } from "./normalizers/nmt.ts";
export { Precompiled } from "./normalizers/precompiled.ts";
export { Prepend } from "./normalizers/prepend.ts";
export { readNormalizer } from "./normalizers/read.ts";
export { Replace } from "./normalizers/replace.ts";
export { NormalizerSequence } from "./normalizers/sequence.ts";
export { Strip, type StripOptions } from "./normalizers/strip.ts";
export { StripAccents } from "./normalizers/strip-accents.ts";
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
export type { Trainer, TrainingProgress } from "./pipeline/trainer.ts";
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
export { BertPreTokenizer } from "./pre-tokenizers/bert.ts";
export { ByteLevelPreTokenizer, type ByteLevelPreTokenizerOptions } from "./pre-tokenizers/byte-level.ts";
export { CharDelimiterSplit } from "./pre-tokenizers/char-delimiter-split.ts";
export { Digits, type DigitsOptions } from "./pre-tokenizers/digits.ts";
export { FixedLength } from "./pre-tokenizers/fixed-length.ts";
export {
  MetaspacePreTokenizer,
  type MetaspacePreTokenizerOptions,
  type PrependScheme,
} from "./pre-tokenizers/metaspace.ts";
export { Punctuation, type PunctuationOptions } from "./pre-tokenizers/punctuation.ts";
export { readPreTokenizer } from "./pre-tokenizers/read.ts";
export { PreTokenizerSequence } from "./pre-tokenizers/sequence.ts";
export { Split, type SplitOptions } from "./pre-tokenizers/split.ts";
export type { SplitBehavior } from "./pre-tokenizers/split-behavior.ts";
export { UnicodeScripts } from "./pre-tokenizers/unicode-scripts.ts";
export { Whitespace } from "./pre-tokenizers/whitespace.ts";
export { WhitespaceSplit } from "./pre-tokenizers/whitespace-split.ts";
export { OnigurumaRegex } from "./regex/oniguruma.ts";
export { literalPattern, regexPattern, type TextPattern } from "./regex/text-pattern.ts";
export { CL100K_PATTERN, GPT2_PATTERN, O200K_PATTERN, QWEN2_PATTERN } from "./scan/known-patterns.ts";
export { readSentencePieceFile, type SentencePieceFile } from "./sentencepiece/model-file.ts";
export { type Piece, type PieceType, type PieceVocabulary, pieceTypes } from "./sentencepiece/pieces.ts";
export {
  SentencePieceDecoder,
  type SentencePieceDecoderOptions,
} from "./sentencepiece/sentence-piece-decoder.ts";
export { sentencePieceJson } from "./sentencepiece/sentence-piece-json.ts";
export { SentencePieceModel } from "./sentencepiece/sentence-piece-model.ts";
export {
  SentencePieceNormalizer,
  type SentencePieceNormalizerOptions,
} from "./sentencepiece/sentence-piece-normalizer.ts";
export {
  type SentencePieceOptions,
  sentencePieceTokenizer,
} from "./sentencepiece/sentence-piece-tokenizer.ts";
export { type SpecialTokenRole, SpecialTokens, type SpecialTokenTexts } from "./special-tokens.ts";
export {
  BytePairEncoding,
  type BytePairEncodingOptions,
  type SpecialTokenOptions,
} from "./tiktoken/byte-pair-encoding.ts";
export { ByteRanks } from "./tiktoken/byte-ranks.ts";
export { readRankFile } from "./tiktoken/rank-file.ts";
export { type TiktokenOptions, tiktokenTokenizer } from "./tiktoken/tiktoken-tokenizer.ts";
export type { DecodeOptions, DecodeStream, EncodeOptions, Encoding, Offset, Tokenizer } from "./tokenizer.ts";
export { BpeTrainer, type BpeTrainerOptions } from "./trainers/bpe-trainer.ts";
export {
  type TrainingPipeline,
  type TrainTokenizerOptions,
  trainTokenizer,
} from "./trainers/train-tokenizer.ts";
export { UnigramTrainer, type UnigramTrainerOptions } from "./trainers/unigram-trainer.ts";
export { WordLevelTrainer, type WordLevelTrainerOptions } from "./trainers/word-level-trainer.ts";
export { WordPieceTrainer, type WordPieceTrainerOptions } from "./trainers/word-piece-trainer.ts";
