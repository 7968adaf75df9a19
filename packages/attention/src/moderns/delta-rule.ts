import {
  add,
  concat,
  diag,
  expand,
  matmul,
  mul,
  narrow,
  normalize,
  ones,
  permute,
  requireKnown,
  requirePositiveInteger,
  sigmoid,
  silu,
  sub,
  type Tensor,
  tensor,
  tidy,
  transpose,
  tril,
  unsqueeze,
  where,
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
    const pairs = blockPairs(Math.min(chunk, T), backend);
    for (let start = 0; start < T; start += chunk) {
      const size = Math.min(chunk, T - start);
      const [Q, K, V, b] = [q, k, v, unsqueeze(beta, -1)].map((x) => narrow(x, 2, start, size));
      const overlap = tril(mul(b, matmul(K, transpose(K))), -1);
      const written = matmul(unitLowerInverse(overlap, pairs), mul(b, sub(V, matmul(K, memory)))); // U
      outs.push(add(matmul(Q, memory), matmul(tril(matmul(Q, transpose(K))), written)));
      memory = add(memory, matmul(transpose(K), written));
    }
    return { out: outs.length > 0 ? concat(outs, 2) : mul(v, 1), state: memory };
  });
}

/**
 * `(I + L)^{-1}` for a strictly lower triangular L, in `log2 C` steps: from the inverses X of blocks on the diagonal to
 * those of blocks twice as large, `X - X R X`, R what L has left of the diagonal within them. Backward stable, as
 * substitution is: a product of L's powers is not, where keys are alike.
 */
function unitLowerInverse(L: Tensor, pairs: readonly Tensor[]): Tensor {
  const size = L.shape[L.rank - 1];
  let inverse = expand(diag(ones([size], { dtype: L.dtype, backend: L.backend })), L.shape);
  for (const [level, pair] of pairs.entries()) {
    if (2 ** level >= size) break;
    const between = where(narrow(narrow(pair, 0, 0, size), 1, 0, size), L, 0); // R
    inverse = sub(inverse, level === 0 ? between : matmul(matmul(inverse, between), inverse));
  }
  return inverse;
}

/** For blocks of 1, 2, 4 .. elements, `[C, C]`: 1 where a row is of the second of a pair of blocks, a column of the first. */
function blockPairs(size: number, backend: Tensor["backend"]): Tensor[] {
  const masks: Tensor[] = [];
  for (let block = 1; block < size; block *= 2) {
    const of = (n: number): number => Math.floor(n / block);
    const mask = Uint8Array.from({ length: size * size }, (_, n) => {
      const [row, column] = [of(Math.floor(n / size)), of(n % size)];
      return row % 2 === 1 && column === row - 1 ? 1 : 0;
    });
    masks.push(tensor(mask, { shape: [size, size], backend }));
  }
  return masks;
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
