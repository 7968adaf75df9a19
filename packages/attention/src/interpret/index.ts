export {
  type AttentionCall,
  type AttentionHook,
  attendingAs,
  withAttentionHook,
} from "../scaled-dot-product/attention-hooks.ts";
export {
  type AttentionMap,
  type AttentionMaps,
  type CapturedAttention,
  type CaptureOptions,
  captureAttention,
} from "./capture-attention.ts";
export type { ModuleTree } from "./module-paths.ts";
