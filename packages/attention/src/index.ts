export {
  MultiHeadAttention,
  type MultiHeadAttentionConfig,
  type MultiHeadOptions,
} from "./multi-head-attention.ts";
export {
  LearnedPositions,
  type PositionEncoding,
  SinusoidalPositions,
} from "./positions/position-embeddings.ts";
export { type SinusoidForm, type SinusoidOptions, sinusoidalPositions } from "./positions/sinusoidal.ts";
export { attention, attentionWeights, attentionWithLogSumExp } from "./scaled-dot-product/attention.ts";
export type { AttentionSpec, Window } from "./scaled-dot-product/attention-spec.ts";
