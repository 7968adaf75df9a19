export { CrossAttentionCache } from "./cache/cross-attention-cache.ts";
export type { CacheOptions, KeysAndValues, KeyValueCache } from "./cache/key-value-cache.ts";
export { StaticKeyValueCache, type StaticKeyValueCacheOptions } from "./cache/static-key-value-cache.ts";
export {
  type CrossAttentionOptions,
  MultiHeadAttention,
  type MultiHeadAttentionConfig,
  type MultiHeadOptions,
  type SelfAttentionOptions,
} from "./multi-head-attention.ts";
export {
  LearnedPositions,
  type PositionEncoding,
  SinusoidalPositions,
} from "./positions/position-embeddings.ts";
export { type SinusoidForm, type SinusoidOptions, sinusoidalPositions } from "./positions/sinusoidal.ts";
export { alibiSlopes } from "./scaled-dot-product/alibi.ts";
export { type AttentionResult, attention, attentionWeights } from "./scaled-dot-product/attention.ts";
export type { AttentionSpec, Window } from "./scaled-dot-product/attention-spec.ts";
export type { CuSeqlens, Integers, Lengths } from "./scaled-dot-product/sequences.ts";
