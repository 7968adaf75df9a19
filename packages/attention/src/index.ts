export { MultiHeadAttention, type MultiHeadAttentionConfig, type MultiHeadOptions } from "./multi-head-attention.ts";
export { LearnedPositions, type PositionEncoding, SinusoidalPositions } from "./positions/position-embeddings.ts";
export { type SinusoidForm, sinusoidalPositions, type SinusoidOptions } from "./positions/sinusoidal.ts";
export { attention, type AttentionSpec, attentionWeights, attentionWithLogSumExp, type Window } from "./scaled-dot-product/attention.ts";
