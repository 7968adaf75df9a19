import { ArgumentError, type Key, permute, reshape, type Tensor } from "@saccade/core";
import { type InitOptions, init, Linear, Module } from "@saccade/core/nn";
import { HeadPositions, type HeadPositionsConfig, withoutPositions } from "../positions/head-positions.ts";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import type { AttentionSpec } from "../scaled-dot-product/attention-spec.ts";
import { requireConfig, requireShape } from "../shapes.ts";

/** Sizes of a layer of several heads. */
export interface HeadsConfig {
  readonly embedDim: number;
  /** Divides `embedDim`. */
  readonly numHeads: number;
}

/** Sizes of a layer whose heads may have positions of their own. */
export interface PlacedHeadsConfig extends HeadsConfig, HeadPositionsConfig {}

/** Queries, keys and values, head by head: `[B, H, T, E]`. */
export interface Heads {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
}

/** The projections that mechanisms of several heads share: in, to heads, and out of them. Xavier-uniform, no biases. */
export class ProjectedHeads extends Module {
  readonly queryProjection: Linear;
  readonly keyProjection: Linear;
  readonly valueProjection: Linear;
  readonly outProjection: Linear;
  readonly numHeads: number;
  readonly positions: HeadPositions;

  /** @param parts  of a head, side by side, that rotary positions turn alike; null for a layer without positions */
  constructor(
    owner: string,
    config: PlacedHeadsConfig,
    { key, ...where }: InitOptions & { readonly key: Key },
    parts: number | null = null,
  ) {
    super();
    const [positions, sizes] = withoutPositions(config);
    const { embedDim, numHeads } = sizes;
    requireConfig(owner, config, { embedDim, numHeads }, ...(parts === null ? [] : Object.keys(positions)));
    if (embedDim % numHeads !== 0) {
      throw new ArgumentError(`${owner}: embedDim ${embedDim} is not a multiple of numHeads ${numHeads}`);
    }
    const width = embedDim / numHeads / (parts ?? 1);
    this.positions = new HeadPositions(owner, positions, {
      heads: numHeads,
      width,
      key: key.fold(8),
      ...where,
    });
    const project = (index: number): Linear =>
      new Linear(embedDim, embedDim, {
        ...where,
        key: key.fold(index),
        bias: false,
        weightInit: (k, shape, at) => init.xavierUniform(k, shape, 1, at),
      });
    this.queryProjection = project(0);
    this.keyProjection = project(1);
    this.valueProjection = project(2);
    this.outProjection = project(3);
    this.numHeads = numHeads;
  }

  /** `[B, T, D]` to heads; keys and values of `memory`. */
  split(x: Tensor, memory: Tensor = x): Heads {
    return {
      q: this.heads(this.queryProjection, x),
      k: this.heads(this.keyProjection, memory),
      v: this.heads(this.valueProjection, memory),
    };
  }

  /** The heads of a sequence, turned by their places, and how they attend. */
  place<Spec extends AttentionSpec>(x: Tensor, spec: Spec): { readonly heads: Heads; readonly spec: Spec } {
    return this.positions.place(this.split(x), spec);
  }

  private heads(projection: Linear, x: Tensor): Tensor {
    requireShape("heads", "x", x, ["B", "T", projection.weight.shape[1]]);
    return splitHeads(projection.forward(x), this.numHeads);
  }

  /** `[B, H, T, E] -> [B, T, D]`, projected. */
  merge(heads: Tensor): Tensor {
    return this.outProjection.forward(mergeHeads(heads));
  }
}

/** `[B, T, H E] -> [B, H, T, E]`, a view. */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [B, T, width] = x.shape;
  return permute(reshape(x, [B, T, heads, width / heads]), [0, 2, 1, 3]);
}

/** `[B, H, T, E] -> [B, T, H E]` */
export function mergeHeads(x: Tensor): Tensor {
  const [B, H, T, E] = x.shape;
  return reshape(permute(x, [0, 2, 1, 3]), [B, T, H * E]);
}

/** Any function of queries, keys and values, `[B, H, T, E]` each, that gives `[B, H, T, E]`. */
export type HeadMechanism = (q: Tensor, k: Tensor, v: Tensor) => Tensor;

/**
 * A layer of any mechanism that has no parameters of its own: projections to heads, the mechanism, the projection out.
 *
 * @example
 * const attend: HeadMechanism = (q, k, v) => linearAttention(q, k, v, { causal: true });
 * const layer = new MechanismLayer({ embedDim: 8, numHeads: 2, attend }, { key: new Key(0) });
 * layer.forward(ones([2, 5, 8])).shape; // => [2, 5, 8]
 */
export class MechanismLayer extends Module {
  readonly heads: ProjectedHeads;
  readonly attend: HeadMechanism;

  constructor(
    { attend, ...config }: HeadsConfig & { readonly attend: HeadMechanism },
    options: InitOptions & { readonly key: Key },
  ) {
    super();
    this.heads = new ProjectedHeads("MechanismLayer", config, options);
    this.attend = attend;
  }

  /** @param x  `[B, T, D]` @param memory  what is attended to, `[B, S, D]`; default x @returns `[B, T, D]` */
  forward(x: Tensor, memory: Tensor = x): Tensor {
    return tidyAs(this, () => {
      const { q, k, v } = this.heads.split(x, memory);
      return this.heads.merge(this.attend(q, k, v));
    });
  }
}
