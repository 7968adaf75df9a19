export {
  type AttentionCall,
  type AttentionHook,
  attendingAs,
  withAttentionHook,
} from "../scaled-dot-product/attention-hooks.ts";
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
  type AttentionMap,
  type AttentionMaps,
  type CapturedAttention,
  type CaptureOptions,
  captureAttention,
} from "./capture-attention.ts";
export { type HeadStatistics, headStatistics } from "./head-statistics.ts";
export type { ModuleTree } from "./module-paths.ts";
export { type AttentionSvgOptions, attentionSvg } from "./render/attention-svg.ts";
export { heatExponent, heatLevel, heatLevels, heatStyles, weightBytes } from "./render/heat-scale.ts";
export { escapeHtml, scriptJson, spokenToken, visibleToken } from "./render/html.ts";
export type { AttentionTokens, MapTokens } from "./render/map-data.ts";
export { type RenderOptions, renderAttention } from "./render/render-attention.ts";
export { type ResidualOptions, rollout } from "./rollout.ts";
