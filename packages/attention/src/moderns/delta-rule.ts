import {
  add,
  concat,
  diag,
  matmul,
  mul,
  narrow,
  neg,
  normalize,
  ones,
  permute,
  requireKnown,
  requirePositiveInteger,
  sigmoid,
  silu,
  sub,
  type Tensor,
  tidy,
  transpose,
  tril,
  unsqueeze,
  zeros,
} from "@saccade/core";
import { Linear, Module } from "@saccade/core/nn";
import type { LayerOptions } from "../classics/attended.ts";
import { requireShape } from "../shapes.ts";
import { type HeadsConfig, ProjectedHeads } from "./projected-heads.ts";
import { requireHeads } from "./score-mask.ts";

/** What the delta rule takes beside queries, keys and values. */
export interface DeltaRuleOptions {
  /** Elements at a time: results are the same. Default 32. */
  readonly chunk?: number;
  /** What was written before, `[B, H, E, Ev]`. */
  readonly state?: Tensor | null;
}

/** What was read, and the memory behind it. */
export interface DeltaRuled {
  /** `[B, H, T, Ev]` */
  readonly out: Tensor;
  /** `[B, H, E, Ev]` */
  readonly state: Tensor;
}

/**
 * The delta rule, a linear attention that corrects what it wrote: `S_t = S_{t-1} + beta_t k_t (v_t - k_t^T S_{t-1})`,
 * `o_t = q_t^T S_t`. Chunks of C elements are matrix products: with `L = tril(diag(beta) K K^T, -1)`,
 * `U = (I + L)^{-1} diag(beta) (V - K S)`, `O = Q S + tril(Q K^T) U`, and S grows by `K^T U`.
 *
 * @param q  `[B, H, T, E]`
 * @param k  `[B, H, T, E]`, of length 1, or the memory may grow without bound
 * @param v  `[B, H, T, Ev]`
 * @param beta  how much is rewritten, `[B, H, T]`, within 0 and 1 (2 for negative eigenvalues)
 * @see Yang et al. 2024, arXiv:2406.06484, section 2.2, and 3 for chunks (`q_t^T S_t` where the
 *   paper has `S_t q_t`: its S is transposed); Schlag et al. 2021, arXiv:2102.11174
 * @example
 * // The second value of a key takes the place of the first.
 * const keys = tensor([[[[1, 0], [1, 0]]]]);
 * const values = tensor([[[[5, 6], [7, 8]]]]);
 * deltaRule(keys, keys, values, ones([1, 1, 2])).out.array(); // => [[[[5, 6], [7, 8]]]]
 */
export function deltaRule(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  beta: Tensor,
  options: DeltaRuleOptions = {},
): DeltaRuled {
  const owner = "deltaRule";
  requireKnown(owner, options, { chunk: true, state: true });
  const { chunk = 32, state = null } = options;
  requireHeads(owner, q, k, v);
  requirePositiveInteger(owner, "chunk", chunk);
  const [B, H, T, E] = q.shape;
  const Ev = v.shape[3];
  requireShape(owner, "k", k, [B, H, T, E]);
  requireShape(owner, "beta", beta, [B, H, T]);
  if (state) requireShape(owner, "state", state, [B, H, E, Ev]);
  return tidy(() => {
    const { dtype, backend } = q;
    let memory = state ? mul(state, 1) : zeros([B, H, E, Ev], { dtype, backend });
    const outs: Tensor[] = [];
    for (let start = 0; start < T; start += chunk) {
      const size = Math.min(chunk, T - start);
      const [Q, K, V, b] = [q, k, v, unsqueeze(beta, -1)].map((x) => narrow(x, 2, start, size));
      const overlap = tril(mul(b, matmul(K, transpose(K))), -1);
      const written = matmul(unitLowerInverse(overlap), mul(b, sub(V, matmul(K, memory)))); // U
      outs.push(add(matmul(Q, memory), matmul(tril(matmul(Q, transpose(K))), written)));
      memory = add(memory, matmul(transpose(K), written));
    }
    return { out: outs.length > 0 ? concat(outs, 2) : mul(v, 1), state: memory };
  });
}

/**
 * `(I + L)^{-1}` for a strictly lower triangular L, whose powers end: `(I - L)(I + L^2)(I + L^4) ...`, in `log2 C` steps.
 */
function unitLowerInverse(L: Tensor): Tensor {
  const size = L.shape[L.rank - 1];
  const one = diag(ones([size], { dtype: L.dtype, backend: L.backend }));
  let power = neg(L);
  let inverse = add(one, power);
  for (let reached = 2; reached < size; reached *= 2) {
    power = matmul(power, power);
    inverse = matmul(inverse, add(one, power));
  }
  return inverse;
}

/**
 * A layer of the delta rule: queries and keys behind SiLU and of length 1, `beta = sigmoid(W_b x)` for each head.
 *
 * @see Yang et al. 2024, arXiv:2406.06484: its layer, without short convolutions, without SiLU on values and without
 *   a norm of the output
 * @example
 * const layer = new DeltaRuleAttention({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
 * layer.forward(ones([2, 5, 8])).shape; // => [2, 5, 8]
 */
export class DeltaRuleAttention extends Module {
  readonly heads: ProjectedHeads;
  readonly betaProjection: Linear;

  constructor(config: HeadsConfig, options: LayerOptions) {
    super();
    this.heads = new ProjectedHeads("DeltaRuleAttention", config, options);
    const { key, ...where } = options;
    const { embedDim, numHeads } = config;
    this.betaProjection = new Linear(embedDim, numHeads, { ...where, key: key.fold(4), bias: false });
  }

  /** @param x  `[B, T, D]`: causal @returns `[B, T, D]` */
  forward(x: Tensor, options: Pick<DeltaRuleOptions, "chunk"> = {}): Tensor {
    requireKnown("DeltaRuleAttention", options, { chunk: true });
    return tidy(() => {
      const { q, k, v } = this.heads.split(x);
      const unit = (y: Tensor): Tensor => normalize(silu(y), 2, -1);
      const beta = permute(sigmoid(this.betaProjection.forward(x)), [0, 2, 1]); // [B, H, T]
      return this.heads.merge(deltaRule(unit(q), unit(k), v, beta, options).out);
    });
  }
}
