import {
  ArgumentError,
  concat,
  expand,
  matmul,
  narrow,
  type OptionNames,
  requireKnown,
  requirePositiveInteger,
  reshape,
  type Tensor,
  transpose,
  unsqueeze,
} from "@saccade/core";
import { Linear, Module, RMSNorm } from "@saccade/core/nn";
import { specForHeld } from "../cache/held-keys.ts";
import type { CacheOptions, KeyValueCache } from "../cache/key-value-cache.ts";
import { cacheDtype } from "../cache/rows.ts";
import { StaticKeyValueCache } from "../cache/static-key-value-cache.ts";
import type { LayerOptions } from "../classics/attended.ts";
import { HeadPositions } from "../positions/head-positions.ts";
import type { RotaryConfig } from "../positions/rotary-positions.ts";
import { attention } from "../scaled-dot-product/attention.ts";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { type AttentionSpec, refuseLogSumExp } from "../scaled-dot-product/attention-spec.ts";
import { requireShape } from "../shapes.ts";
import { mergeHeads, splitHeads } from "./projected-heads.ts";

/** Sizes of multi-head latent attention. */
export interface LatentAttentionConfig {
  readonly embedDim: number;
  readonly numHeads: number;
  /** Width d_c of the latent that keys and values are made of: what a cache holds. */
  readonly latentDim: number;
  /** Width d_h of the part of a head without positions, and of its values. */
  readonly headDim: number;
  /** Width d_R of the rotated part of a head; even. Its keys are shared by all heads. */
  readonly rotaryDim: number;
  /** Width d'_c of the latent that queries are made of. Default: none, they are made of x. */
  readonly queryLatentDim?: number;
  /** Of the rotation: base, pairs, scaling. */
  readonly rotary?: Omit<RotaryConfig, "dim">;
}

const configNames: OptionNames<LatentAttentionConfig> = {
  embedDim: true,
  numHeads: true,
  latentDim: true,
  headDim: true,
  rotaryDim: true,
  queryLatentDim: true,
  rotary: true,
};

/** What `forward` takes beside the sequence. */
export interface LatentAttentionOptions extends AttentionSpec {
  /** Holds the latents of what came before. Needs `causal: true`. */
  readonly cache?: KeyValueCache | undefined;
  /**
   * Queries are brought to the latents, not latents to keys and values of every head: the same numbers, less work where
   * queries are few and keys many. Default: with a cache.
   */
  readonly absorbed?: boolean;
}

/**
 * Multi-head latent attention: keys and values of all heads are made of one latent, `c_j = norm(W_DKV x_j)`,
 * `k_j = [W_UK c_j; RoPE(W_KR x_j)]`, `v_j = W_UV c_j`, `q_i = [W_UQ c'_i; RoPE(W_QR c'_i)]`, `c'_i = norm(W_DQ x_i)`,
 * scale `1/sqrt(d_h + d_R)`. A cache holds `d_c + d_R` numbers for each element, whatever the heads.
 *
 * Absorbed, `q . W_UK c = (W_UK^T q) . c` and `sum a_j W_UV c_j = W_UV sum a_j c_j`: attention over latents, with one
 * key head.
 *
 * @see DeepSeek-AI 2024, arXiv:2405.04434, section 2.1, equations 9 to 19; 3.1.2 for the norms
 * @example
 * const config = { embedDim: 8, numHeads: 2, latentDim: 6, headDim: 4, rotaryDim: 2 };
 * const layer = new MultiHeadLatentAttention(config, { key: new Key(0) });
 * const x = randn(new Key(1), [1, 5, 8]);
 * const whole = layer.forward(x, { causal: true });
 * using cache = layer.createCache({ batch: 1, maxLength: 8 });
 * layer.forward(x.narrow(1, 0, 4), { causal: true, cache });
 * const last = layer.forward(x.narrow(1, 4, 1), { causal: true, cache });
 * await last.sub(whole.narrow(1, 4, 1)).abs().amax().item() < 1e-6; // => true
 */
export class MultiHeadLatentAttention extends Module {
  readonly config: LatentAttentionConfig;
  /** W_DQ and its norm. */
  readonly queryDown: Linear | null;
  readonly queryNorm: RMSNorm | null;
  /** W_UQ and W_QR, head by head: `[H (d_h + d_R), ...]` */
  readonly queryUp: Linear;
  /** W_DKV */
  readonly latentProjection: Linear;
  readonly latentNorm: RMSNorm;
  /** W_KR: `[d_R, D]` */
  readonly rotaryKeyProjection: Linear;
  /** W_UK: `[H d_h, d_c]` */
  readonly keyUp: Linear;
  /** W_UV: `[H d_h, d_c]` */
  readonly valueUp: Linear;
  readonly outProjection: Linear;
  /** Of the rotated parts. */
  readonly positions: HeadPositions;

  /** @throws ArgumentError */
  constructor(config: LatentAttentionConfig, { key, ...where }: LayerOptions) {
    super();
    const owner = "MultiHeadLatentAttention";
    requireKnown(owner, config, configNames);
    const { embedDim, numHeads, latentDim, headDim, rotaryDim, queryLatentDim, rotary = {} } = config;
    const sizes = { embedDim, numHeads, latentDim, headDim, rotaryDim };
    for (const [name, value] of Object.entries(sizes)) requirePositiveInteger(owner, name, value);
    if (queryLatentDim !== undefined) requirePositiveInteger(owner, "queryLatentDim", queryLatentDim);
    this.config = config;
    const turned = { rotary: { ...rotary, dim: rotaryDim } };
    this.positions = new HeadPositions(owner, turned, { heads: numHeads, width: rotaryDim, key });
    const linear = (index: number, from: number, to: number): Linear =>
      new Linear(from, to, { ...where, key: key.fold(index), bias: false });
    this.queryDown = queryLatentDim ? linear(0, embedDim, queryLatentDim) : null;
    this.queryNorm = queryLatentDim ? new RMSNorm(queryLatentDim, where) : null;
    this.queryUp = linear(1, queryLatentDim ?? embedDim, numHeads * (headDim + rotaryDim));
    this.latentProjection = linear(2, embedDim, latentDim);
    this.latentNorm = new RMSNorm(latentDim, where);
    this.rotaryKeyProjection = linear(3, embedDim, rotaryDim);
    this.keyUp = linear(4, latentDim, numHeads * headDim);
    this.valueUp = linear(5, latentDim, numHeads * headDim);
    this.outProjection = linear(6, numHeads * headDim, embedDim);
  }

  /** An empty cache of latents for `forward`: its keys are the rotated ones, its values the latents. */
  createCache({ batch, maxLength }: CacheOptions): StaticKeyValueCache {
    const { latentDim: valueWidth, rotaryDim: width } = this.config;
    const { dtype, backend } = this.keyUp.weight;
    const sizes = { batch, maxLength, heads: 1, width, valueWidth };
    return new StaticKeyValueCache({ ...sizes, dtype: cacheDtype(dtype), backend });
  }

  /**
   * @param x  `[B, T, D]`
   * @param options  as of `attention`; positions begin behind what the cache holds
   * @returns `[B, T, D]`
   * @throws ArgumentError for a cache without `causal: true`; for sequences whose queries and keys differ
   */
  forward(
    x: Tensor,
    { cache, absorbed = cache !== undefined, ...spec }: LatentAttentionOptions = {},
  ): Tensor {
    requireShape("MultiHeadLatentAttention", "x", x, ["B", "T", this.config.embedDim]);
    if (cache && spec.causal !== true) {
      throw new ArgumentError(
        "MultiHeadLatentAttention: a cache holds what came before, and needs causal: true",
      );
    }
    refuseLogSumExp("MultiHeadLatentAttention", spec);
    this.positions.checkSpec(spec);
    return tidyAs(this, () => {
      const { numHeads: H, headDim, rotaryDim } = this.config;
      const start = cache?.length ?? 0;
      const latentQuery =
        this.queryDown && this.queryNorm ? this.queryNorm.forward(this.queryDown.forward(x)) : x;
      const queries = splitHeads(this.queryUp.forward(latentQuery), H); // [B, H, T, d_h + d_R]
      const content = narrow(queries, 3, 0, headDim);
      const query = narrow(queries, 3, headDim, rotaryDim);
      const ownLatents = unsqueeze(this.latentNorm.forward(this.latentProjection.forward(x)), 1);
      const key = unsqueeze(this.rotaryKeyProjection.forward(x), 1);
      const own = this.positions.turn(query, key, start);
      const held = cache ? cache.append(own.k, ownLatents) : { keys: own.k, values: ownLatents };
      try {
        const end = start + x.shape[1];
        const turned = this.positions.turnHeld(own.q, held.keys, end);
        const seen = specForHeld("MultiHeadLatentAttention", spec, { q: query, keys: held.keys, end });
        const how = { ...seen, scale: spec.scale ?? 1 / Math.sqrt(headDim + rotaryDim) };
        const attend = absorbed ? this.overLatents : this.overHeads;
        const heads = attend.call(this, content, turned.q, turned.k, held.values, how);
        return this.outProjection.forward(mergeHeads(heads));
      } catch (error) {
        cache?.truncate(start);
        throw error;
      }
    });
  }

  /** Keys and values of every head are made: `[B, H, T, d_h]`. */
  private overHeads(
    content: Tensor,
    turned: Tensor,
    keys: Tensor,
    latents: Tensor,
    spec: AttentionSpec,
  ): Tensor {
    const { numHeads: H, rotaryDim } = this.config;
    const [B, , S, width] = latents.shape;
    const flat = reshape(latents, [B, S, width]);
    const k = concat([splitHeads(this.keyUp.forward(flat), H), expand(keys, [B, H, S, rotaryDim])], 3);
    return attention(concat([content, turned], 3), k, splitHeads(this.valueUp.forward(flat), H), spec);
  }

  /** One key head, of latents: `[B, H, T, d_h]`. */
  private overLatents(
    content: Tensor,
    turned: Tensor,
    keys: Tensor,
    latents: Tensor,
    spec: AttentionSpec,
  ): Tensor {
    const { numHeads: H, headDim, latentDim } = this.config;
    const byHead = (up: Linear): Tensor => reshape(up.weight, [H, headDim, latentDim]);
    const q = concat([matmul(content, byHead(this.keyUp)), turned], 3); // [B, H, T, d_c + d_R]
    const summed = attention(q, concat([latents, keys], 3), latents, spec); // [B, H, T, d_c]
    return matmul(summed, transpose(byHead(this.valueUp)));
  }
}
