import {
  ArgumentError,
  type Backend,
  cast,
  cos,
  type DType,
  mul,
  type OptionNames,
  requireDtype,
  requireKnown,
  reshape,
  ShapeError,
  sin,
  type Tensor,
  tensor,
  tidy,
} from "@saccade/core";
import { type RopeScaling, rotaryFrequencies } from "./rotary-frequencies.ts";
import { rotaryEmbedding } from "./rotary-op.ts";

/** What fixes the angles of rotary positions. */
export interface RotaryConfig {
  /** Rotated features of a head, even: the head's width, or less (partial rotation). */
  readonly dim: number;
  /** Default 10000. */
  readonly base?: number;
  /** Pairs are neighbours (RoFormer, GPT-J) instead of those of the two halves (GPT-NeoX, Llama). Default false. */
  readonly interleaved?: boolean;
  /** For contexts longer than those of training. */
  readonly scaling?: RopeScaling;
}

/** Which places. */
export interface RotaryPlaces {
  /** Places in a row, from `start` on. */
  readonly length: number;
  /** Default 0: what a cache holds already. */
  readonly start?: number;
}

/** Where tables are made. */
export interface TableOptions {
  /** Default `f32`. */
  readonly dtype?: DType;
  /** Default: the current one. */
  readonly backend?: Backend;
}

/** Cosines and sines of all angles: made once for a forward pass, used by every layer. */
export interface RotaryTables {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

const optionNames: OptionNames<RotaryConfig> = { dim: true, base: true, interleaved: true, scaling: true };

/**
 * Rotary position embeddings: queries and keys are turned by angles `p theta_i`, so that their products depend on
 * distances alone. No parameters.
 *
 * @throws ArgumentError for an odd dim, an unknown option or scaling, a number out of range
 * @see Su et al. 2021, arXiv:2104.09864
 * @example
 * const rotary = new RotaryPositions({ dim: 4 });
 * const tables = rotary.tables({ length: 3 });
 * rotary.rotate(ones([1, 2, 3, 4]), tables).shape; // => [1, 2, 3, 4]
 */
export class RotaryPositions {
  readonly config: RotaryConfig;

  constructor(config: RotaryConfig) {
    requireKnown("RotaryPositions", config, optionNames);
    rotaryFrequencies(config.dim, config.base ?? 10000, config.scaling); // checks
    this.config = config;
  }

  /** Tables `[length, dim / 2]` of places in a row. */
  tables({ length, start = 0 }: RotaryPlaces, options: TableOptions = {}): RotaryTables {
    for (const [name, value] of Object.entries({ length, start })) {
      if (Number.isInteger(value) && value >= 0) continue;
      throw new ArgumentError(`RotaryPositions: ${name} must be a non-negative integer (got ${value})`);
    }
    const { dim, base = 10000, scaling } = this.config;
    const { inverseFrequencies: w, attentionFactor } = rotaryFrequencies(dim, base, scaling, start + length);
    const angles = new Float64Array(length * w.length);
    for (let i = 0; i < angles.length; i++) angles[i] = (start + Math.floor(i / w.length)) * w[i % w.length];
    return makeTables(angles, attentionFactor, [length, w.length], options);
  }

  /**
   * Tables `[B, 1, T, dim / 2]` of a place for each token of each sequence, as padded batches have them.
   *
   * @param places  `[B, T]`, i32: position ids
   * @param options.length  of the whole sequence, for scalings that depend on it (dynamic, longrope)
   */
  tablesAt(places: Tensor, options: TableOptions & { readonly length?: number } = {}): RotaryTables {
    const { dim, base = 10000, scaling } = this.config;
    const { length, dtype = "f32" } = options;
    requireDtype("RotaryPositions", places, "i32", "places");
    if (places.rank !== 2) {
      throw new ShapeError(`RotaryPositions: places must be [B, T] (got ${places.describe()})`);
    }
    if (length === undefined && (scaling?.ropeType === "dynamic" || scaling?.ropeType === "longrope")) {
      throw new ArgumentError(
        `RotaryPositions: ${scaling.ropeType} scaling depends on the length of the sequence: give length`,
      );
    }
    const { inverseFrequencies, attentionFactor } = rotaryFrequencies(dim, base, scaling, length);
    const [batch, count] = places.shape;
    const { backend } = places;
    const [c, s] = tidy(() => {
      const frequencies = tensor(inverseFrequencies, { dtype, backend });
      const angles = mul(cast(reshape(places, [batch, 1, count, 1]), dtype), frequencies);
      return [mul(cos(angles), attentionFactor), mul(sin(angles), attentionFactor)];
    });
    return { cos: c, sin: s };
  }

  /**
   * Tables `[height * width, dim / 2]` of a grid, row by row: half of the pairs turn by the row, half by the column, each
   * with the frequencies of `dim / 2` features.
   *
   * @see Heo et al. 2024, arXiv:2403.13298, axial frequencies; the paper's base is 100, which `base` has to say
   */
  tables2d(
    grid: { readonly height: number; readonly width: number },
    options: TableOptions = {},
  ): RotaryTables {
    const { dim, base = 10000, scaling } = this.config;
    const { height, width } = grid;
    for (const [name, value] of Object.entries({ height, width })) {
      if (Number.isInteger(value) && value >= 0) continue;
      throw new ArgumentError(`RotaryPositions: ${name} must be a non-negative integer (got ${value})`);
    }
    if (dim % 4 !== 0) {
      throw new ArgumentError(`RotaryPositions: two dimensions need a dim that 4 divides (got ${dim})`);
    }
    const length = Math.max(height, width);
    const { inverseFrequencies: w, attentionFactor } = rotaryFrequencies(dim / 2, base, scaling, length);
    const angles = new Float64Array(height * width * 2 * w.length);
    for (let place = 0, at = 0; place < height * width; place++) {
      for (const along of [Math.floor(place / width), place % width]) {
        for (const frequency of w) angles[at++] = along * frequency;
      }
    }
    return makeTables(angles, attentionFactor, [height * width, 2 * w.length], options);
  }

  /** Turns queries or keys, `[..., T, D]` with `D >= dim`. See `rotaryEmbedding`. */
  rotate(x: Tensor, { cos, sin }: RotaryTables): Tensor {
    return rotaryEmbedding(x, cos, sin, { interleaved: this.config.interleaved ?? false });
  }
}

function makeTables(
  angles: Float64Array,
  factor: number,
  shape: readonly number[],
  { dtype = "f32", backend }: TableOptions,
): RotaryTables {
  const make = (f: (angle: number) => number): Tensor =>
    tensor(
      angles.map((angle) => factor * f(angle)),
      { shape, dtype, ...(backend ? { backend } : {}) },
    );
  return { cos: make(Math.cos), sin: make(Math.sin) };
}
