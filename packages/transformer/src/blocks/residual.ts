import { add, dropout, type Key, type Tensor, tidy } from "@saccade/core";
import type { LayerNorm } from "@saccade/core/nn";

/** What all residual sublayers of a layer share. */
export interface ResidualConfig {
  /** Normalise before the sublayer, not behind the sum. Default false. */
  readonly normFirst?: boolean;
  /** Of the sublayer's output, where there is a key. Default 0. */
  readonly dropout?: number;
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
  const { normFirst = false, dropout: p = 0 } = config;
  const drop = (y: Tensor): Tensor => (key && p > 0 ? dropout(y, p, key) : y);
  return tidy(() => {
    if (normFirst) return add(x, drop(sublayer(norm.forward(x))));
    return norm.forward(add(x, drop(sublayer(x))));
  });
}
