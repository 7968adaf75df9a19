import {
  type ActivationName,
  dropout,
  type Key,
  type OptionNames,
  requireDropout,
  requireKnown,
  requirePositiveInteger,
  type Tensor,
  tidy,
} from "@saccade/core";
import { Linear, Module } from "@saccade/core/nn";
import { requireActivation } from "./activations.ts";
import type { ModuleOptions } from "./layer-config.ts";

export interface FeedForwardConfig {
  /** Width of what goes in and comes out. */
  readonly embedDim: number;
  /** Width between the two layers. */
  readonly hiddenDim: number;
  /** Default "relu". */
  readonly activation?: ActivationName;
  /** Default true. */
  readonly bias?: boolean;
  /** Probability of dropping a hidden unit, where `forward` gets a key. Default 0. */
  readonly dropout?: number;
}

const configNames: OptionNames<FeedForwardConfig> = {
  embedDim: true,
  hiddenDim: true,
  activation: true,
  bias: true,
  dropout: true,
};

/**
 * Position-wise feed-forward network: `act(x W_1 + b_1) W_2 + b_2`.
 *
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.3
 * @example
 * const ff = new FeedForward({ embedDim: 8, hiddenDim: 32, activation: "gelu" }, { key: new Key(0) });
 * ff.forward(zeros([2, 5, 8])).shape; // => [2, 5, 8]
 */
export class FeedForward extends Module {
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly config: FeedForwardConfig;

  /** @throws ArgumentError for a field that is unknown or out of range */
  constructor(config: FeedForwardConfig, options: ModuleOptions) {
    super();
    const { embedDim, hiddenDim, activation = "relu", bias = true } = config;
    requireKnown("FeedForward", config, configNames);
    requirePositiveInteger("FeedForward", "embedDim", embedDim);
    requirePositiveInteger("FeedForward", "hiddenDim", hiddenDim);
    requireActivation("FeedForward", activation);
    requireDropout("FeedForward", "dropout", config.dropout ?? 0);
    const { key, ...where } = options;
    this.linear1 = new Linear(embedDim, hiddenDim, { ...where, bias, key: key.fold(0) });
    this.linear2 = new Linear(hiddenDim, embedDim, { ...where, bias, key: key.fold(1) });
    this.config = config;
  }

  /**
   * @param x  `[..., D]`
   * @param options.key  turns dropout on
   * @returns `[..., D]`
   */
  forward(x: Tensor, options: { readonly key?: Key | undefined } = {}): Tensor {
    const { key } = options;
    const { activation = "relu", dropout: p = 0 } = this.config;
    return tidy(() => {
      const hidden = this.linear1.forward(x, { activation });
      return this.linear2.forward(key && p > 0 ? dropout(hidden, p, key) : hidden);
    });
  }
}
