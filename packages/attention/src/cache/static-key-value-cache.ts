import {
  assign,
  keep,
  narrow,
  type OptionNames,
  requireKnown,
  ShapeError,
  type Tensor,
  tidy,
  zeros,
} from "@saccade/core";
import { requireConstant } from "./constant-op.ts";
import type { CacheOptions, KeysAndValues, KeyValueCache } from "./key-value-cache.ts";
import {
  type RowOptions,
  type RowTarget,
  requireLength,
  requireRows,
  requireSizes,
  rowsFor,
} from "./rows.ts";

export interface StaticKeyValueCacheOptions extends CacheOptions, RowOptions {}

const optionNames: OptionNames<StaticKeyValueCacheOptions> = {
  batch: true,
  heads: true,
  maxLength: true,
  width: true,
  valueWidth: true,
  dtype: true,
  backend: true,
};

const owner = "StaticKeyValueCache";

/**
 * Keys and values of up to `maxLength` elements, in memory that is taken once: `B K maxLength (E + Ev)` elements.
 * `append` writes behind what is there and copies nothing else.
 *
 * @example
 * using cache = new StaticKeyValueCache({ batch: 1, heads: 2, maxLength: 16, width: 4 });
 * cache.append(zeros([1, 2, 3, 4]), zeros([1, 2, 3, 4]));
 * const { keys } = cache.append(ones([1, 2, 1, 4]), ones([1, 2, 1, 4]));
 * keys.shape; // => [1, 2, 4, 4]
 * cache.truncate(3);
 * cache.length; // => 3
 */
export class StaticKeyValueCache implements KeyValueCache {
  readonly maxLength: number;
  readonly #keys: Tensor;
  readonly #values: Tensor;
  #length = 0;

  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(options: StaticKeyValueCacheOptions) {
    requireKnown(owner, options, optionNames);
    const { batch, heads, maxLength, width, valueWidth = width, dtype = "f32", backend } = options;
    requireSizes(owner, batch, { heads, maxLength, width, valueWidth });
    const where = backend ? { dtype, backend } : { dtype };
    const make = (last: number): Tensor => zeros([batch, heads, maxLength, last], where);
    this.maxLength = maxLength;
    const made = tidy(() => ({ keys: make(width), values: make(valueWidth) }));
    this.#keys = keep(made.keys);
    this.#values = keep(made.values);
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Adds elements behind those that are held, in place.
   *
   * @param k  `[B, K, T, E]`
   * @param v  `[B, K, T, Ev]`
   * @returns all that is held: views `[B, K, length, E]` and `[B, K, length, Ev]` of the cache's memory
   * @throws ShapeError if they do not fit, also for length:
   *   `StaticKeyValueCache: 14 of 16 elements are taken, 3 more do not fit; truncate() or reset() first`
   * @throws DTypeError, ArgumentError if they are of another dtype, or on another backend; under autocast floats are cast
   * @throws GradientError where a gradient of `k` or `v` is asked for; decode under `noGrad`
   */
  append(k: Tensor, v: Tensor): KeysAndValues {
    return tidy(() => this.#append(rowsFor(this.#keys, k), rowsFor(this.#values, v)));
  }

  #append(k: Tensor, v: Tensor): KeysAndValues {
    requireRows(owner, k, v, targetOf(this.#keys), targetOf(this.#values));
    const more = k.shape[2];
    const length = this.#length + more;
    if (length > this.maxLength) {
      throw new ShapeError(
        `${owner}: ${this.#length} of ${this.maxLength} elements are taken, ${more} more do not fit; truncate() or reset() first`,
      );
    }
    requireConstant(`${owner}.append`, k, v);
    const held = tidy(() => {
      assign(narrow(this.#keys, 2, this.#length, more), k);
      assign(narrow(this.#values, 2, this.#length, more), v);
      return { keys: narrow(this.#keys, 2, 0, length), values: narrow(this.#values, 2, 0, length) };
    });
    this.#length = length;
    return held;
  }

  /** @throws ArgumentError unless `length` is an integer in [0, this.length] */
  truncate(length: number): void {
    requireLength(owner, length, this.#length);
    this.#length = length;
  }

  reset(): void {
    this.#length = 0;
  }

  dispose(): void {
    this.#keys.dispose();
    this.#values.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function targetOf(like: Tensor): RowTarget {
  const [batch, heads, , width] = like.shape;
  return { batch, heads, width, like };
}
