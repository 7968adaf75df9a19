import { MultiHeadAttention } from "@saccade/attention";
import { LayerNorm } from "@saccade/core/nn";
import { FeedForward } from "./feed-forward.ts";
import type { ModuleOptions, TransformerLayerConfig } from "./layer-config.ts";
import { moduleConfig } from "./self-attention-config.ts";

/** Makes the parts of a layer as its config says; the parts with weights each from a key of their own. */
export interface LayerParts {
  attention(index: number, kind: "encoder" | "decoder" | "cross"): MultiHeadAttention;
  feedForward(index: number): FeedForward;
  norm(): LayerNorm;
}

export function layerParts(config: TransformerLayerConfig, options: ModuleOptions): LayerParts {
  const {
    embedDim,
    numHeads,
    bias = true,
    dropout = 0,
    layerNormEps: eps = 1e-5,
    activation = "relu",
  } = config;
  const { feedForwardDim: hiddenDim = 4 * embedDim } = config;
  const { key, ...where } = options;
  const at = (index: number): ModuleOptions => ({ key: key.fold(index), ...where });
  return {
    attention: (index, kind) => {
      const own = config.attention ? moduleConfig(config.attention, config, kind) : {};
      return new MultiHeadAttention({ embedDim, numHeads, bias, dropout, ...own }, at(index));
    },
    feedForward: (index) => new FeedForward({ embedDim, hiddenDim, activation, bias, dropout }, at(index)),
    norm: () => new LayerNorm(embedDim, { eps, bias, ...where }),
  };
}
