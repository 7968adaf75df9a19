import {
  ArgumentError,
  add,
  exp,
  mul,
  narrow,
  requirePositiveInteger,
  sub,
  sum,
  type Tensor,
  tidy,
} from "@saccade/core";
import { init, Module, Parameter, RMSNorm } from "@saccade/core/nn";
import type { LayerOptions } from "../classics/attended.ts";
import { attention } from "../scaled-dot-product/attention.ts";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { type AttentionSpec, refuseLogSumExp } from "../scaled-dot-product/attention-spec.ts";
import { type PlacedHeadsConfig, ProjectedHeads } from "./projected-heads.ts";

/**
 * Differential attention: what two maps have in common is taken away,
 * `(softmax(scale q_1 k_1^T) - lambda softmax(scale q_2 k_2^T)) v`. Two calls of `attention`, fused where that is.
 *
 * @param q  both queries side by side, `[B, H, T, 2 E]`; k likewise `[B, H, S, 2 E]`; v `[B, H, S, Ev]`
 * @param lambda  a number, or a tensor that broadcasts to `[B, H, T, Ev]` and has a gradient
 * @param spec  as of `attention`; the default scale is `1/sqrt(E)`
 * @returns `[B, H, T, Ev]`
 * @see Ye et al. 2024, arXiv:2410.05258, equation 1
 * @example
 * const x = ones([1, 2, 3, 4]);
 * differentialAttention(x, x, x, 0.25).slice(0, 0, 0).array(); // => [0.75, 0.75, 0.75, 0.75]
 */
export function differentialAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  lambda: Tensor | number,
  spec: AttentionSpec = {},
): Tensor {
  const width = q.shape[q.rank - 1];
  if (q.rank !== 4 || width % 2 !== 0) {
    throw new ArgumentError(`differentialAttention: q must be [B, H, T, 2 E] (got ${q.describe()})`);
  }
  refuseLogSumExp("differentialAttention", spec);
  return tidy(() => {
    const half = (x: Tensor, index: number): Tensor => narrow(x, 3, (index * width) / 2, width / 2);
    const [first, second] = [0, 1].map((i) => attention(half(q, i), half(k, i), v, spec));
    return sub(first, mul(second, lambda));
  });
}

/** Sizes of a layer of differential attention. */
export interface DifferentialConfig extends PlacedHeadsConfig {
  /** Which layer it is, from 1: deeper ones begin to take more away. */
  readonly depth: number;
}

/**
 * A layer of differential attention: `lambda = e^(l_q1 . l_k1) - e^(l_q2 . l_k2) + lambda_init`,
 * `lambda_init = 0.8 - 0.6 e^(-0.3 (depth - 1))`; each head is normalised by its root mean square and scaled by
 * `1 - lambda_init`. The width of a head is even.
 *
 * @see Ye et al. 2024, arXiv:2410.05258, section 2.1, equations 1 and 2, and the multi-head form behind them
 * @example
 * const layer = new DifferentialAttention({ embedDim: 8, numHeads: 2, depth: 1 }, { key: new Key(0) });
 * layer.forward(ones([2, 5, 8]), { causal: true }).shape; // => [2, 5, 8]
 */
export class DifferentialAttention extends Module {
  readonly heads: ProjectedHeads;
  /** l_q1, l_k1, l_q2, l_k2: `[4, E]` */
  readonly lambdas: Parameter;
  readonly norm: RMSNorm;
  readonly lambdaInit: number;

  constructor({ depth, ...config }: DifferentialConfig, options: LayerOptions) {
    super();
    requirePositiveInteger("DifferentialAttention", "depth", depth);
    const width = config.embedDim / config.numHeads;
    if (Number.isInteger(width) && width % 2 !== 0) {
      throw new ArgumentError(`DifferentialAttention: the width of a head must be even (got ${width})`);
    }
    this.heads = new ProjectedHeads("DifferentialAttention", config, options, 2);
    const { key, ...where } = options;
    this.lambdas = new Parameter(init.normal(key.fold(4), [4, width / 2], 0.1, where));
    this.norm = new RMSNorm(width, { ...where, eps: 1e-5 });
    this.lambdaInit = 0.8 - 0.6 * Math.exp(-0.3 * (depth - 1));
  }

  /** lambda, `[1]`. */
  lambda(): Tensor {
    return tidy(() => {
      const row = (i: number): Tensor => narrow(this.lambdas, 0, i, 1);
      const term = (i: number): Tensor => exp(sum(mul(row(i), row(i + 1)), -1));
      return add(sub(term(0), term(2)), this.lambdaInit);
    });
  }

  /** @param x  `[B, T, D]` @returns `[B, T, D]` */
  forward(x: Tensor, spec: AttentionSpec = {}): Tensor {
    return tidyAs(this, () => {
      const placed = this.heads.place(x, spec);
      const { q, k, v } = placed.heads;
      const out = differentialAttention(q, k, v, this.lambda(), placed.spec);
      return this.heads.merge(mul(this.norm.forward(out), 1 - this.lambdaInit));
    });
  }
}
