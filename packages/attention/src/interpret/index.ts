export {
  type AttentionCall,
  type AttentionHook,
  attendingAs,
  withAttentionHook,
} from "../scaled-dot-product/attention-hooks.ts";
export { type AblationOptions, ablateHeads, type HeadsByPath } from "./ablate-heads.ts";
export type { Blocks } from "./activations/block-paths.ts";
export {
  type ActivationOptions,
  type CapturedActivations,
  captureActivations,
} from "./activations/capture-activations.ts";
export {
  type Patch,
  type PatchOptions,
  patchActivations,
  type Replacement,
} from "./activations/patch-activations.ts";
export {
  type EffectOptions,
  type PatchingEffects,
  patchingEffects,
} from "./activations/patching-effects.ts";
export { attentionFlow, type FlowOptions } from "./attention-flow.ts";
export {
  type AttentionMap,
  type AttentionMaps,
  type CapturedAttention,
  type CaptureOptions,
  captureAttention,
} from "./capture-attention.ts";
export { type CapturedGradients, captureGradients, type GradientMap } from "./capture-gradients.ts";
export { type EmbeddingScore, type FromEmbeddingsOptions, fromEmbeddings } from "./from-embeddings.ts";
export {
  type HeadAblation,
  type HeadAblationOptions,
  type HeadAblations,
  headAblation,
  type PruningOptions,
  pruningOrder,
} from "./head-ablation.ts";
export { type HeadImportanceOptions, headImportance } from "./head-importance.ts";
export { type HeadStatistics, headStatistics } from "./head-statistics.ts";
export { inputTimesGradient, type SaliencyOptions, type Score, saliency } from "./input-gradients.ts";
export {
  type IntegratedGradients,
  type IntegratedGradientsOptions,
  integratedGradients,
} from "./integrated-gradients.ts";
export { joinCalls } from "./join-calls.ts";
export { type LensOptions, type LensReadings, logitLens } from "./lens/logit-lens.ts";
export { type LensPageOptions, renderLens } from "./lens/render-lens.ts";
export type { ModuleTree } from "./module-paths.ts";
export type { QuadratureRule } from "./quadrature.ts";
export { type Relevance, type RelevanceLayer, relevance } from "./relevance.ts";
export { type AttentionSvgOptions, attentionSvg } from "./render/attention-svg.ts";
export { type EffectsSvgOptions, effectsSvg } from "./render/effects-svg.ts";
export { heatExponent, heatLevel, heatLevels, heatStyles, weightBytes } from "./render/heat-scale.ts";
export { escapeHtml, scriptJson, spokenToken, visibleToken } from "./render/html.ts";
export type { AttentionTokens, MapTokens } from "./render/map-data.ts";
export { type RenderOptions, renderAttention } from "./render/render-attention.ts";
export { type ResidualOptions, rollout } from "./rollout.ts";
export type { ProgressOption, RunProgress } from "./run-progress.ts";
export type { CallOptions } from "./selected-calls.ts";
