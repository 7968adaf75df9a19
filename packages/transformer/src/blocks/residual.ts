import { add, dropout, type Key, type Tensor } from "@saccade/core";
import type { LayerNorm } from "@saccade/core/nn";

/** What all residual sublayers of a layer share. */
export interface ResidualConfig {
  readonly normFirst: boolean;
  readonly dropout: number;
}

/**
 * One residual sublayer: `norm(x + drop(f(x)))` (post-norm), or `x + drop(f(norm(x)))` (pre-norm).
 *
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.1; Xiong et al. 2020, arXiv:2002.04745, for pre-norm
 */
export function residual(
  x: Tensor,
  norm: LayerNorm,
  sublayer: (x: Tensor) => Tensor,
  config: ResidualConfig,
  key?: Key,
): Tensor {
  const drop = (y: Tensor): Tensor => (key && config.dropout > 0 ? dropout(y, config.dropout, key) : y);
  if (config.normFirst) return add(x, drop(sublayer(norm.forward(x))));
  return norm.forward(add(x, drop(sublayer(x))));
}
