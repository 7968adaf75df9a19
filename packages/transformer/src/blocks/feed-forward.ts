import {
  type ActivationName,
  type Backend,
  dropout,
  gelu,
  geluTanh,
  type Key,
  quickGelu,
  relu,
  sigmoid,
  silu,
  type Tensor,
  tanh,
} from "@saccade/core";
import { type Initializer, Linear, Module } from "@saccade/core/nn";

export interface FeedForwardConfig {
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

const activations: { readonly [N in ActivationName]: (x: Tensor) => Tensor } = {
  gelu,
  geluTanh,
  quickGelu,
  relu,
  sigmoid,
  silu,
  tanh,
};

/**
 * Position-wise feed-forward network: `act(x W_1 + b_1) W_2 + b_2`.
 *
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.3
 * @example
 * const ff = new FeedForward({ embedDim: 8, hiddenDim: 32, activation: "gelu" }, { key: new Key(0) });
 * const y = ff.forward(zeros([2, 5, 8])); // [2, 5, 8]
 */
export class FeedForward extends Module {
  readonly linear1: Linear;
  readonly linear2: Linear;
  private readonly config: FeedForwardConfig;

  constructor(
    config: FeedForwardConfig,
    options: { readonly key: Key; readonly weightInit?: Initializer; readonly backend?: Backend },
  ) {
    super();
    const { key, ...rest } = options;
    const bias = config.bias ?? true;
    this.linear1 = new Linear(config.embedDim, config.hiddenDim, { ...rest, bias, key: key.fold(0) });
    this.linear2 = new Linear(config.hiddenDim, config.embedDim, { ...rest, bias, key: key.fold(1) });
    this.config = config;
  }

  /** @param x  `[..., D]` @returns `[..., D]` */
  forward(x: Tensor, options: { readonly key?: Key | undefined } = {}): Tensor {
    const hidden = activations[this.config.activation ?? "relu"](this.linear1.forward(x));
    const p = this.config.dropout ?? 0;
    return this.linear2.forward(options.key && p > 0 ? dropout(hidden, p, options.key) : hidden);
  }
}
