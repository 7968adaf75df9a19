import {
  ArgumentError,
  type Backend,
  gather,
  type Key,
  type OptionNames,
  permute,
  requireKnown,
  requirePositiveInteger,
  reshape,
  type Tensor,
  tensor,
  tidy,
} from "@saccade/core";
import { init, Module, Parameter } from "@saccade/core/nn";

/** How distances share buckets. */
export interface BucketOptions {
  /** Default 32. */
  readonly numBuckets?: number;
  /** Distances from here on share the last bucket; default 128. */
  readonly maxDistance?: number;
  /** Half of the buckets for keys behind the query; otherwise those count as distance 0. Default true. */
  readonly bidirectional?: boolean;
}

const bucketNames: OptionNames<BucketOptions> = { numBuckets: true, maxDistance: true, bidirectional: true };

/**
 * The bucket of a distance `key - query`: exact for short ones, logarithmic up to `maxDistance`, one for all beyond.
 *
 * @throws ArgumentError
 * @see Raffel et al. 2020, arXiv:1910.10683, section 2.1; its authors' code for the bounds of buckets
 * @example [-200, -1, 0, 1, 200].map((d) => relativePositionBucket(d)); // => [15, 1, 0, 17, 31]
 */
export function relativePositionBucket(distance: number, options: BucketOptions = {}): number {
  requireKnown("relativePositionBucket", options, bucketNames);
  const { numBuckets = 32, maxDistance = 128, bidirectional = true } = options;
  checkBuckets("relativePositionBucket", numBuckets, maxDistance, bidirectional);
  return bucketOf(distance, { numBuckets, maxDistance, bidirectional });
}

function bucketOf(
  distance: number,
  { numBuckets, maxDistance, bidirectional }: Required<BucketOptions>,
): number {
  const count = bidirectional ? numBuckets / 2 : numBuckets;
  const first = bidirectional && distance > 0 ? count : 0;
  const far = bidirectional ? Math.abs(distance) : Math.max(0, -distance);
  const exact = Math.floor(count / 2);
  if (far < exact) return first + far;
  const part = Math.log(far / exact) / Math.log(maxDistance / exact);
  return first + Math.min(count - 1, exact + Math.floor(part * (count - exact)));
}

function checkBuckets(owner: string, numBuckets: number, maxDistance: number, bidirectional: boolean): void {
  const least = bidirectional ? 4 : 2;
  if (!Number.isInteger(numBuckets) || numBuckets < least || (bidirectional && numBuckets % 2 !== 0)) {
    throw new ArgumentError(
      `${owner}: numBuckets must be a whole number of at least ${least}${bidirectional ? ", and even" : ""} (got ${numBuckets})`,
    );
  }
  const exact = Math.floor((bidirectional ? numBuckets / 2 : numBuckets) / 2);
  if (!(maxDistance > exact)) {
    throw new ArgumentError(
      `${owner}: maxDistance must be above ${exact}, the distances that have buckets of their own (got ${maxDistance})`,
    );
  }
}

/** Sizes of a RelativePositionBias. */
export interface RelativePositionBiasConfig extends BucketOptions {
  readonly numHeads: number;
}

const optionNames: OptionNames<RelativePositionBiasConfig> = {
  numHeads: true,
  ...bucketNames,
};

/**
 * A learned number for every head and bucket of distances, to add to scores: T5's positions.
 *
 * @throws ArgumentError
 * @see Raffel et al. 2020, arXiv:1910.10683, section 2.1
 * @example
 * const positions = new RelativePositionBias({ numHeads: 4 }, { key: new Key(0) });
 * positions.forward(3, 5).shape; // => [1, 4, 3, 5]
 */
export class RelativePositionBias extends Module {
  /** `[numBuckets, numHeads]` */
  readonly weight: Parameter;
  readonly #options: Required<BucketOptions>;

  constructor(
    config: RelativePositionBiasConfig,
    { key, std = 1, backend }: { readonly key: Key; readonly std?: number; readonly backend?: Backend },
  ) {
    super();
    requireKnown("RelativePositionBias", config, optionNames);
    const { numHeads, numBuckets = 32, maxDistance = 128, bidirectional = true } = config;
    requirePositiveInteger("RelativePositionBias", "numHeads", numHeads);
    checkBuckets("RelativePositionBias", numBuckets, maxDistance, bidirectional);
    this.#options = { numBuckets, maxDistance, bidirectional };
    this.weight = new Parameter(init.normal(key, [numBuckets, numHeads], std, backend ? { backend } : {}));
  }

  /**
   * @param queryLength  T
   * @param keyLength  S: the last query stands at the last key, so that cached keys come before
   * @returns `[1, H, T, S]`: `bias` of `attention`
   */
  forward(queryLength: number, keyLength: number = queryLength): Tensor {
    for (const [name, length] of Object.entries({ queryLength, keyLength })) {
      if (Number.isInteger(length) && length >= 0) continue;
      throw new ArgumentError(`RelativePositionBias: ${name} must be a non-negative integer (got ${length})`);
    }
    const [, heads] = this.weight.shape;
    const farthest = 1 - keyLength; // of a key behind the last query
    const byDistance = Int32Array.from({ length: Math.max(0, queryLength + keyLength - 1) }, (_, n) =>
      bucketOf(farthest + n, this.#options),
    );
    const buckets = new Int32Array(queryLength * keyLength);
    for (let query = 0; query < queryLength; query++) {
      const first = queryLength - 1 - query;
      buckets.set(byDistance.subarray(first, first + keyLength), query * keyLength);
    }
    return tidy(() => {
      const index = tensor(buckets, { shape: [buckets.length, 1], backend: this.weight.backend });
      const rows = gather(this.weight, index.expand([buckets.length, heads]), 0);
      return reshape(permute(rows, [1, 0]), [1, heads, queryLength, keyLength]);
    });
  }
}
