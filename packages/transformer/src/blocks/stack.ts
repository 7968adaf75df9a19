import { LayerNorm } from "@saccade/core/nn";
import {
  attentionOfLayers,
  type ModuleOptions,
  type StackConfig,
  type TransformerLayerConfig,
} from "./layer-config.ts";

/** The layers of a stack, each from a key of its own, and its last normalisation. */
export function makeStack<L>(
  config: StackConfig,
  options: ModuleOptions,
  makeLayer: (config: TransformerLayerConfig, options: ModuleOptions) => L,
): { readonly layers: readonly L[]; readonly norm: LayerNorm | null } {
  const { numLayers, finalNorm = config.normFirst ?? false, attention: _, ...layer } = config;
  const attention = attentionOfLayers(config);
  const { key, ...where } = options;
  const { embedDim, layerNormEps: eps = 1e-5, bias = true } = layer;
  return {
    layers: Array.from({ length: numLayers }, (_each, i) => {
      const own = attention[i];
      return makeLayer({ ...layer, ...(own ? { attention: own } : {}) }, { key: key.fold(i), ...where });
    }),
    norm: finalNorm ? new LayerNorm(embedDim, { eps, bias, ...where }) : null,
  };
}
