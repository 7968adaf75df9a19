import {
  ArgumentError,
  matmul,
  narrow,
  reshape,
  ShapeError,
  type Tensor,
  tidy,
  transpose,
} from "@saccade/core";
import { Linear } from "@saccade/core/nn";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { requireConfig } from "../shapes.ts";
import { additiveScores } from "./additive-attention.ts";
import {
  type Attended,
  attendBy,
  type LayerOptions,
  type MemoryOptions,
  requireQueryAndKeys,
  ScoredAttention,
} from "./attended.ts";

/** Widths of queries and keys. */
export interface LuongConfig {
  readonly queryDim: number;
  readonly keyDim: number;
}

/**
 * Luong's `dot` score: `e_ij = q_i . k_j`, not scaled; without parameters.
 *
 * @see Luong et al. 2015, arXiv:1508.04025, section 3.1, the scores
 * @example
 * const query = tensor([[[Math.log(3), 0]]]);
 * const { weights } = new DotAttention().forward(query, tensor([[[1, 0], [0, 1]]]));
 * weights.array(); // => [[[0.75, 0.25]]]
 */
export class DotAttention extends ScoredAttention {
  scores(query: Tensor, keys: Tensor): Tensor {
    requireQueryAndKeys("DotAttention", query, keys);
    if (query.shape[2] !== keys.shape[2]) {
      throw new ShapeError(
        `DotAttention: query and keys must have one width (got ${query.describe()}, ${keys.describe()})`,
      );
    }
    return tidy(() => matmul(query, transpose(keys)));
  }

  forward(query: Tensor, keys: Tensor, options: MemoryOptions = {}): Attended {
    return tidyAs(this, () => attendBy("DotAttention", this.scores(query, keys), keys, options));
  }
}

/**
 * Luong's `general` score: `e_ij = q_i . (W k_j)`.
 *
 * @see Luong et al. 2015, arXiv:1508.04025, section 3.1, the scores
 * @example
 * const layer = new GeneralAttention({ queryDim: 4, keyDim: 6 }, { key: new Key(0) });
 * layer.forward(ones([2, 3, 4]), ones([2, 5, 6])).context.shape; // => [2, 3, 6]
 */
export class GeneralAttention extends ScoredAttention {
  readonly keyProjection: Linear;

  constructor(config: LuongConfig, { key, ...where }: LayerOptions) {
    super();
    const { queryDim, keyDim } = config;
    requireConfig("GeneralAttention", config, { queryDim, keyDim });
    this.keyProjection = new Linear(keyDim, queryDim, { ...where, key: key.fold(0), bias: false });
  }

  scores(query: Tensor, keys: Tensor): Tensor {
    requireQueryAndKeys("GeneralAttention", query, keys);
    return tidy(() => matmul(query, transpose(this.keyProjection.forward(keys))));
  }

  forward(query: Tensor, keys: Tensor, options: MemoryOptions = {}): Attended {
    return tidyAs(this, () => attendBy("GeneralAttention", this.scores(query, keys), keys, options));
  }
}

/**
 * Luong's `concat` score: `e_ij = v . tanh(W [q_i; k_j])`.
 *
 * @see Luong et al. 2015, arXiv:1508.04025, section 3.1, the scores
 * @example
 * const config = { queryDim: 4, keyDim: 6, attentionDim: 3 };
 * const layer = new ConcatAttention(config, { key: new Key(0) });
 * layer.forward(ones([2, 3, 4]), ones([2, 5, 6])).weights.shape; // => [2, 3, 5]
 */
export class ConcatAttention extends ScoredAttention {
  /** `[A, Dq + Dk]` */
  readonly projection: Linear;
  readonly scoreProjection: Linear;

  constructor(config: LuongConfig & { readonly attentionDim?: number }, { key, ...where }: LayerOptions) {
    super();
    const { queryDim, keyDim, attentionDim = keyDim } = config;
    requireConfig("ConcatAttention", config, { queryDim, keyDim, attentionDim });
    const bias = false;
    this.projection = new Linear(queryDim + keyDim, attentionDim, { ...where, key: key.fold(0), bias });
    this.scoreProjection = new Linear(attentionDim, 1, { ...where, key: key.fold(1), bias });
  }

  scores(query: Tensor, keys: Tensor): Tensor {
    requireQueryAndKeys("ConcatAttention", query, keys);
    const [queryDim, keyDim] = [query.shape[2], keys.shape[2]];
    const { weight } = this.projection;
    if (queryDim + keyDim !== weight.shape[1]) {
      throw new ShapeError(
        `ConcatAttention: widths must add up to ${weight.shape[1]} (got ${query.describe()}, ${keys.describe()})`,
      );
    }
    // W [q; k] = W_q q + W_k k: once for each query and key, not for each pair.
    return tidy(() =>
      additiveScores(
        matmul(query, transpose(narrow(weight, 1, 0, queryDim))),
        matmul(keys, transpose(narrow(weight, 1, queryDim, keyDim))),
        reshape(this.scoreProjection.weight, [-1]),
      ),
    );
  }

  forward(query: Tensor, keys: Tensor, options: MemoryOptions = {}): Attended {
    return tidyAs(this, () => attendBy("ConcatAttention", this.scores(query, keys), keys, options));
  }
}

/**
 * Luong's `location` score: `e_i = W q_i`, one row of W for each place: keys are not looked at.
 *
 * @see Luong et al. 2015, arXiv:1508.04025, section 3.1, location
 * @example
 * const layer = new LocationAttention({ queryDim: 4, maxLength: 16 }, { key: new Key(0) });
 * layer.forward(ones([2, 3, 4]), ones([2, 5, 6])).weights.shape; // => [2, 3, 5]
 */
export class LocationAttention extends ScoredAttention {
  readonly projection: Linear;

  constructor(
    config: { readonly queryDim: number; readonly maxLength: number },
    { key, ...where }: LayerOptions,
  ) {
    super();
    const { queryDim, maxLength } = config;
    requireConfig("LocationAttention", config, { queryDim, maxLength });
    this.projection = new Linear(queryDim, maxLength, { ...where, key: key.fold(0), bias: false });
  }

  scores(query: Tensor, keys: Tensor): Tensor {
    requireQueryAndKeys("LocationAttention", query, keys);
    const [S, maxLength] = [keys.shape[1], this.projection.weight.shape[0]];
    if (S > maxLength) {
      throw new ArgumentError(`LocationAttention: there are ${maxLength} places for ${S} keys`);
    }
    return tidy(() => narrow(this.projection.forward(query), 2, 0, S));
  }

  forward(query: Tensor, keys: Tensor, options: MemoryOptions = {}): Attended {
    return tidyAs(this, () => attendBy("LocationAttention", this.scores(query, keys), keys, options));
  }
}
