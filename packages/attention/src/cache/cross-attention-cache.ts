import { ArgumentError, keep, LifetimeError, type Tensor, tidy } from "@saccade/core";
import { requireConstant } from "./constant-op.ts";
import type { KeysAndValues } from "./key-value-cache.ts";

interface Held extends KeysAndValues {
  /** Ids of the tensors that they were made of: the memory, and the weights. */
  readonly sources: readonly number[];
}

const owner = "CrossAttentionCache";

/**
 * The projected keys and values of a memory that does not change while a sequence is decoded: computed at the first use,
 * then held until `reset`.
 *
 * Owned by whoever made it, not by a scope. No gradient goes through it.
 *
 * @example
 * const mha = new MultiHeadAttention({ embedDim: 16, numHeads: 4 }, { key: new Key(0) });
 * const memory = randn(new Key(1), [2, 7, 16]);
 * using cache = new CrossAttentionCache();
 * const first = mha.cross(randn(new Key(2), [2, 1, 16]), memory, memory, { cache });
 * const second = mha.cross(randn(new Key(3), [2, 1, 16]), memory, memory, { cache }); // projects no keys
 * cache.length; // => 7
 */
export class CrossAttentionCache {
  #held: Held | null = null;
  #disposed = false;

  /** Elements of the memory that is held; 0 before the first use. */
  get length(): number {
    return this.#held?.keys.shape[2] ?? 0;
  }

  /**
   * Keys and values of a memory: those that are held, or what `project` gives, held from now on.
   *
   * @param keys  what the keys are made of
   * @param values  what the values are made of
   * @param project  called if nothing is held
   * @param weights  what `project` reads beside keys and values
   * @returns tensors of the cache: do not dispose of them
   * @throws ArgumentError if what is held was made of other tensors, or by another layer
   * @throws GradientError where a gradient of the memory or of the weights is asked for, also of what is held; decode
   *   under `noGrad`
   */
  resolve(
    keys: Tensor,
    values: Tensor,
    project: () => KeysAndValues,
    weights: readonly Tensor[] = [],
  ): KeysAndValues {
    if (this.#disposed) throw new LifetimeError(`${owner}: was used after dispose()`);
    requireConstant(owner, keys, values, ...weights);
    const sources = [keys, values, ...weights].map(({ id }) => id);
    if (this.#held === null) {
      const { keys: k, values: v } = tidy(() => {
        const made = project();
        requireConstant(owner, made.keys, made.values);
        return { keys: made.keys.copy(), values: made.values.copy() };
      });
      this.#held = { keys: keep(k), values: keep(v), sources };
      return this.#held;
    }
    const held = this.#held.sources;
    if (held[0] !== keys.id || held[1] !== values.id) {
      throw new ArgumentError(
        `${owner}: holds what was made of tensors ${held.slice(0, 2).join(" and ")}; reset() it for another memory (got ${keys.describe()}, ${values.describe()})`,
      );
    }
    if (held.length !== sources.length || held.some((id, i) => id !== sources[i])) {
      throw new ArgumentError(
        `${owner}: holds what another layer projected; each layer needs a cache of its own`,
      );
    }
    return this.#held;
  }

  /** Forgets the memory, and gives back what it took. */
  reset(): void {
    this.#held?.keys.dispose();
    this.#held?.values.dispose();
    this.#held = null;
  }

  dispose(): void {
    this.reset();
    this.#disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
