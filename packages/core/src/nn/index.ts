export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export * as init from "./init.ts";
export type { Initializer } from "./init.ts";
export { LayerNorm, type LayerNormOptions } from "./layer-norm.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { type LoadReport, Module, type StateDict } from "./module.ts";
export { Parameter } from "./parameter.ts";
export { RMSNorm } from "./rms-norm.ts";
