export { CrossAttentionCache } from "./cache/cross-attention-cache.ts";
export { KeyValueBlocks, type KeyValueBlocksOptions } from "./cache/key-value-blocks.ts";
export type { CacheOptions, KeysAndValues, KeyValueCache } from "./cache/key-value-cache.ts";
export type { PagedKeyValueCache } from "./cache/paged-key-value-cache.ts";
export { StaticKeyValueCache, type StaticKeyValueCacheOptions } from "./cache/static-key-value-cache.ts";
export { WindowKeyValueCache, type WindowKeyValueCacheOptions } from "./cache/window-key-value-cache.ts";
export {
  AdditiveAttention,
  type AdditiveAttentionConfig,
  additiveScores,
} from "./classics/additive-attention.ts";
export {
  type Attended,
  type LayerOptions,
  type MemoryOptions,
  ScoredAttention,
} from "./classics/attended.ts";
export {
  type CoAttended,
  CoAttention,
  type CoAttentionConfig,
  type CoAttentionOptions,
} from "./classics/co-attention.ts";
export {
  ContextPooling,
  HierarchicalAttention,
  type HierarchicalConfig,
  type HierarchicallyPooled,
  type HierarchicalOptions,
  type Pooled,
  type PoolingOptions,
} from "./classics/context-pooling.ts";
export { CoverageAttention, type Covered, coverageLoss } from "./classics/coverage-attention.ts";
export {
  type HardAttended,
  type HardAttentionOptions,
  hardAttention,
  reinforceLoss,
} from "./classics/hard-attention.ts";
export {
  type LocalAttentionConfig,
  LocalMonotonicAttention,
  LocalPredictiveAttention,
  type LocalWindow,
  localWeights,
} from "./classics/local-attention.ts";
export {
  LocationSensitiveAttention,
  type LocationSensitiveConfig,
} from "./classics/location-sensitive-attention.ts";
export {
  ConcatAttention,
  DotAttention,
  GeneralAttention,
  LocationAttention,
  type LuongConfig,
} from "./classics/luong-attention.ts";
export {
  chunkwiseWeights,
  MonotonicAttention,
  type MonotonicAttentionConfig,
  type MonotonicallyAttended,
  type MonotonicOptions,
  monotonicWeights,
} from "./classics/monotonic-attention.ts";
export { type CopyInputs, copyDistribution, PointerAttention } from "./classics/pointer-attention.ts";
export { ReluAttention, type ReluAttentionConfig } from "./classics/relu-attention.ts";
export {
  redundancyPenalty,
  SelfAttentivePooling,
  type SelfAttentivePoolingConfig,
} from "./classics/self-attentive-pooling.ts";
export { similaritySumPooling } from "./classics/similarity-pooling.ts";
export {
  type BlockLayout,
  bigBirdLayout,
  layoutMask,
  longformerLayout,
  type PatternOptions,
} from "./moderns/block-layout.ts";
export { blockSparseAttention } from "./moderns/block-sparse-attention.ts";
export { CosineAttention, type CosineSpec, cosineAttention } from "./moderns/cosine-attention.ts";
export {
  DeltaRuleAttention,
  type DeltaRuled,
  type DeltaRuleOptions,
  deltaRule,
} from "./moderns/delta-rule.ts";
export {
  DifferentialAttention,
  type DifferentialConfig,
  differentialAttention,
} from "./moderns/differential-attention.ts";
export { GatedAttention, gatedAttention } from "./moderns/gated-attention.ts";
export {
  type LinearAttended,
  type LinearAttentionOptions,
  linearAttention,
  linearAttentionWithState,
} from "./moderns/linear-attention.ts";
export {
  type LatentAttentionConfig,
  type LatentAttentionOptions,
  MultiHeadLatentAttention,
} from "./moderns/multi-head-latent-attention.ts";
export {
  orthogonalFeatures,
  type PerformerOptions,
  performerAttention,
  performerFeatures,
} from "./moderns/performer.ts";
export {
  type HeadMechanism,
  type HeadsConfig,
  MechanismLayer,
  type PlacedHeadsConfig,
} from "./moderns/projected-heads.ts";
export type { ScoreOptions } from "./moderns/score-mask.ts";
export { sigmoidAttention } from "./moderns/sigmoid-attention.ts";
export {
  TalkingHeadsAttention,
  type TalkingHeadsMixers,
  talkingHeads,
} from "./moderns/talking-heads.ts";
export { topKAttention } from "./moderns/top-k-attention.ts";
export {
  type CrossAttentionOptions,
  MultiHeadAttention,
  type MultiHeadOptions,
  type SelfAttentionOptions,
} from "./multi-head-attention.ts";
export type { MultiHeadAttentionConfig } from "./multi-head-config.ts";
export type { HeadPositions, HeadPositionsConfig } from "./positions/head-positions.ts";
export {
  LearnedPositions,
  type PositionEncoding,
  SinusoidalPositions,
} from "./positions/position-embeddings.ts";
export {
  type BucketOptions,
  RelativePositionBias,
  type RelativePositionBiasConfig,
  relativePositionBucket,
} from "./positions/relative-position-bias.ts";
export { relativeShift } from "./positions/relative-shift.ts";
export {
  type RopeScaling,
  type RotaryFrequencies,
  rotaryFrequencies,
} from "./positions/rotary-frequencies.ts";
export { rotaryEmbedding } from "./positions/rotary-op.ts";
export {
  type RotaryConfig,
  type RotaryPlaces,
  RotaryPositions,
  type RotaryTables,
  type TableOptions,
} from "./positions/rotary-positions.ts";
export { type ShawTables, shawAttention } from "./positions/shaw-attention.ts";
export { type SinusoidForm, type SinusoidOptions, sinusoidalPositions } from "./positions/sinusoidal.ts";
export { type TransformerXlTerms, transformerXlAttention } from "./positions/transformer-xl-attention.ts";
export { alibiSlopes } from "./scaled-dot-product/alibi.ts";
export { type AttentionResult, attention, attentionWeights } from "./scaled-dot-product/attention.ts";
export type { AttentionSpec, Window } from "./scaled-dot-product/attention-spec.ts";
export type { CuSeqlens, Integers, Lengths } from "./scaled-dot-product/sequences.ts";
export { type BlockMask, type BlockMaskSizes, createBlockMask } from "./score-mods/block-mask.ts";
export { captured } from "./score-mods/captured.ts";
export { scoreDerivative } from "./score-mods/differentiate.ts";
export { type ScoreOperand, type ScoreValue, whereScore } from "./score-mods/score-value.ts";
export {
  type MaskMod,
  type ScoreIndices,
  type ScoreMod,
  type TracedMods,
  traceMods,
} from "./score-mods/trace-mods.ts";
