import {
  ArgumentError,
  add,
  diagEmbed,
  div,
  eq,
  matmul,
  mean,
  mul,
  type OptionNames,
  ones,
  requireKnown,
  ShapeError,
  sum,
  type Tensor,
  tidy,
  where,
} from "@saccade/core";

/** Of `rollout` and `attentionFlow`. */
export interface ResidualOptions {
  /** The part of a token that reaches the next layer past attention, in `[0, 1]`. Default 0.5. */
  readonly residual?: number;
}

const optionNames: OptionNames<ResidualOptions> = { residual: true };

/**
 * What each layer passes on: `(1 - r) mean over heads of A + r I`, its rows divided by their sums.
 *
 * @param layers  `[B, H, T, T]` each, the first layer first
 * @returns `[B, T, T]` each, in the current scope
 */
export function passedOn(owner: string, layers: readonly Tensor[], residual: number): Tensor[] {
  if (!(residual >= 0 && residual <= 1)) {
    throw new ArgumentError(`${owner}: residual must be in [0, 1] (got ${residual})`);
  }
  if (layers.length === 0)
    throw new ArgumentError(`${owner}: needs the weights of one layer at least (got none)`);
  const [B, , T] = layers[0].shape;
  return layers.map((weights, i) => {
    const [b, , t, S] = weights.shape;
    if (weights.rank !== 4 || b !== B || t !== T || S !== T) {
      throw new ShapeError(
        `${owner}: layers must be [B, H, T, T], of one B and T (got ${weights.describe()} as layer ${i})`,
      );
    }
    const { dtype, backend } = weights;
    const skipped = mul(diagEmbed(ones([T], { dtype, backend })), residual);
    const mixed = add(mul(mean(weights, 1), 1 - residual), skipped);
    const sums = sum(mixed, -1, { keepDims: true });
    return div(mixed, where(eq(sums, 0), 1, sums)); // rows of zeros stay
  });
}

/**
 * Attention rollout: how much of each token of the input is in each token of the last layer, where attention and residual
 * connections are all that mixes them: `Â_L ... Â_2 Â_1`, with `Â = (1 - r) mean over heads of A + r I`, rows divided by their
 * sums.
 *
 * @param layers  weights of self-attention, `[B, H, T, T]` each, the first layer first
 * @returns `[B, T, T]`, in the current scope: rows sum to 1
 * @throws ShapeError unless all are square and alike; ArgumentError for no layers, or a residual out of range
 * @see Abnar & Zuidema 2020, arXiv:2005.00928, section 3
 * @example
 * const first = tensor([[[[1, 0], [1, 0]]]]); // both tokens look at token 0
 * const second = tensor([[[[0, 1], [0, 1]]]]);
 * rollout([first, second]); // => [[[0.75, 0.25], [0.5, 0.5]]]
 */
export function rollout(layers: readonly Tensor[], options: ResidualOptions = {}): Tensor {
  requireKnown("rollout", options, optionNames);
  const { residual = 0.5 } = options;
  return tidy(() => passedOn("rollout", layers, residual).reduce((below, layer) => matmul(layer, below)));
}
