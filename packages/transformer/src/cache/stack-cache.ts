import type { LayerCache } from "./layer-cache.ts";

/**
 * The caches of a stack's layers as one: all hold equally many elements. Made by `createCache` of a model or a stack.
 *
 * Owned by whoever made it, not by a scope: `using`, or `dispose()`.
 *
 * @example
 * const model = new Gpt(
 *   { vocabSize: 65, contextLength: 8, embedDim: 16, numLayers: 2, numHeads: 2 },
 *   { key: new Key(0) },
 * );
 * using cache = model.createCache({ batch: 1 });
 * model.forward(tensor([[1, 2, 3]], { dtype: "i32" }), { cache });
 * const logits = model.forward(tensor([[4]], { dtype: "i32" }), { cache }); // behind 1, 2, 3, 4
 * cache.length; // => 4
 */
export class StackCache<C extends LayerCache> {
  /** One per layer, from the first. */
  readonly layers: readonly C[];

  constructor(layers: readonly C[]) {
    this.layers = layers;
  }

  /** Elements that are held. */
  get length(): number {
    return this.layers[0]?.length ?? 0;
  }

  /** Most elements that can be held. */
  get maxLength(): number {
    return this.layers[0]?.maxLength ?? 0;
  }

  /** Forgets the elements from `length` on. */
  truncate(length: number): void {
    for (const layer of this.layers) layer.truncate(length);
  }

  /** Forgets everything, for another text. */
  reset(): void {
    for (const layer of this.layers) layer.reset();
  }

  dispose(): void {
    for (const layer of this.layers) layer.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A cache for each layer; if one cannot be made, none stays. */
export function makeStackCache<L, C extends LayerCache>(
  layers: readonly L[],
  make: (layer: L) => C,
): StackCache<C> {
  const made: C[] = [];
  try {
    for (const layer of layers) made.push(make(layer));
  } catch (error) {
    for (const cache of made) cache.dispose();
    throw error;
  }
  return new StackCache(made);
}
