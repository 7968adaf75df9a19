import {
  ArgumentError,
  assign,
  concat,
  copy,
  keep,
  narrow,
  type OptionNames,
  requireKnown,
  type Tensor,
  tidy,
  zeros,
} from "@saccade/core";
import { requireConstant } from "./constant-op.ts";
import type { KeysAndValues, KeyValueCache } from "./key-value-cache.ts";
import { type RowOptions, requireLength, requireRows, requireSizes, rowsFor } from "./rows.ts";

export interface WindowKeyValueCacheOptions extends RowOptions {
  /** Sequences. */
  readonly batch: number;
  /** Keys that a query sees, its own included: `window` of causal attention. */
  readonly window: number;
}

const optionNames: OptionNames<WindowKeyValueCacheOptions> = {
  batch: true,
  heads: true,
  window: true,
  width: true,
  valueWidth: true,
  dtype: true,
  backend: true,
};

const owner = "WindowKeyValueCache";

/**
 * Keys and values of what a window of causal attention still sees, of a sequence without end: memory for `2 window`
 * elements, `2 B K window (E + Ev)` numbers.
 *
 * For attention with `causal: true` and `window` (this or a smaller one). What is held lies in order: when the memory
 * is full, the last `window - 1` elements move to its front, once in `window` elements.
 *
 * @see Beltagy et al. 2020, arXiv:2004.05150; Jiang et al. 2023 (Mistral 7B), arXiv:2310.06825, section 2, for the
 *   bounded cache
 * @example
 * using cache = new WindowKeyValueCache({ batch: 1, heads: 2, window: 4, width: 8 });
 * const rows = randn(new Key(0), [1, 2, 10, 8]);
 * cache.append(rows, rows);
 * const { keys } = cache.append(rows.narrow(2, 0, 1), rows.narrow(2, 0, 1));
 * keys.shape; // => [1, 2, 4, 8]
 * cache.length; // => 11
 */
export class WindowKeyValueCache implements KeyValueCache {
  readonly maxLength: number = Number.POSITIVE_INFINITY;
  readonly window: number;
  readonly #keys: Tensor;
  readonly #values: Tensor;
  #length = 0;
  /** Where the elements lie that are held, and how many they are: the last of the sequence. */
  #start = 0;
  #held = 0;
  /** What was held before a call with more elements than the memory has room for: at the front, to go back to. */
  #before: { readonly length: number; readonly held: number } | null = null;

  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(options: WindowKeyValueCacheOptions) {
    requireKnown(owner, options, optionNames);
    const { batch, heads, window, width, valueWidth = width, dtype = "f32", backend } = options;
    requireSizes(owner, batch, { heads, window, width, valueWidth });
    const where = backend ? { dtype, backend } : { dtype };
    const make = (last: number): Tensor => zeros([batch, heads, 2 * window, last], where);
    this.window = window;
    const made = tidy(() => ({ keys: make(width), values: make(valueWidth) }));
    this.#keys = keep(made.keys);
    this.#values = keep(made.values);
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Adds elements behind those before.
   *
   * @param k  `[B, K, T, E]`
   * @param v  `[B, K, T, Ev]`
   * @returns the new elements and the `window - 1` before them (as many as there are): views of the cache's memory, or
   *   new tensors where it has no room for so many
   * @throws ShapeError, DTypeError, ArgumentError if they do not fit
   * @throws GradientError where a gradient of `k` or `v` is asked for; decode under `noGrad`
   */
  append(k: Tensor, v: Tensor): KeysAndValues {
    return tidy(() => this.#append(rowsFor(this.#keys, k), rowsFor(this.#values, v)));
  }

  #append(k: Tensor, v: Tensor): KeysAndValues {
    const [batch, heads] = this.#keys.shape;
    const target = (like: Tensor) => ({ batch, heads, width: like.shape[3], like });
    requireRows(owner, k, v, target(this.#keys), target(this.#values));
    requireConstant(`${owner}.append`, k, v);
    const more = k.shape[2];
    const old = Math.min(this.#held, this.window - 1);
    const capacity = 2 * this.window;
    const result = tidy(() => {
      if (this.#start + this.#held + more > capacity) this.#moveToFront(old);
      if (old + more > capacity) return this.#appendMany(k, v, old);
      this.#write(k, v, this.#start + this.#held);
      this.#held += more;
      this.#before = null;
      return this.#last(old + more);
    });
    this.#length += more;
    return result;
  }

  /**
   * Forgets the elements from `length` on.
   *
   * @throws ArgumentError unless `length` is an integer in [0, this.length], and what the window sees from there is still
   *   held, as it is behind the last `append`
   */
  truncate(length: number): void {
    requireLength(owner, length, this.#length);
    const before = this.#before;
    if (length === 0) {
      this.reset();
    } else if (before?.length === length) {
      this.#start = 0;
      this.#held = before.held;
    } else {
      const held = this.#held - (this.#length - length);
      if (held < Math.min(length, this.window - 1)) {
        throw new ArgumentError(
          `${owner}: truncate(${length}) needs elements that are forgotten (of ${this.#length}, the last ${this.#held} are held)`,
        );
      }
      this.#held = held;
    }
    if (before && length <= before.length) this.#before = null;
    this.#length = length;
  }

  reset(): void {
    this.#length = 0;
    this.#start = 0;
    this.#held = 0;
    this.#before = null;
  }

  dispose(): void {
    this.#keys.dispose();
    this.#values.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Views of the last elements. */
  #last(count: number): KeysAndValues {
    const from = this.#start + this.#held - count;
    return { keys: narrow(this.#keys, 2, from, count), values: narrow(this.#values, 2, from, count) };
  }

  #write(k: Tensor, v: Tensor, at: number): void {
    assign(narrow(this.#keys, 2, at, k.shape[2]), k);
    assign(narrow(this.#values, 2, at, v.shape[2]), v);
  }

  /** Keeps so many elements, the last, at the front: by way of a copy, because places may overlap. */
  #moveToFront(count: number): void {
    const { keys, values } = this.#last(count);
    this.#write(copy(keys), copy(values), 0);
    this.#start = 0;
    this.#held = count;
  }

  /** More than there is room for: holds what was there, at the front, and the last of the new elements. */
  #appendMany(k: Tensor, v: Tensor, old: number): KeysAndValues {
    const before = this.#last(old);
    const all = { keys: concat([before.keys, k], 2), values: concat([before.values, v], 2) };
    this.#before = { length: this.#length, held: old };
    const last = this.window - 1;
    const tail = (x: Tensor): Tensor => narrow(x, 2, x.shape[2] - last, last);
    this.#write(tail(k), tail(v), old);
    this.#start = old;
    this.#held = last;
    return all;
  }
}
