import { ArgumentError } from "@saccade/core";
import type { LayerCache } from "./layer-cache.ts";

/**
 * Runs a stack's forward pass on its caches: if it throws, they hold what they held before.
 *
 * @throws ArgumentError unless there is one cache per layer, each another, all equally long
 */
export function allOrNone<T>(
  owner: string,
  numLayers: number,
  caches: readonly LayerCache[] | undefined,
  forward: () => T,
): T {
  if (caches === undefined) return forward();
  if (caches.length !== numLayers || new Set(caches).size !== numLayers) {
    throw new ArgumentError(
      `${owner}: caches must be ${numLayers} different ones, one per layer (got ${new Set(caches).size} in ${caches.length})`,
    );
  }
  const lengths = caches.map(({ length }) => length);
  if (lengths.some((length) => length !== lengths[0])) {
    throw new ArgumentError(`${owner}: caches must hold equally many elements (got ${lengths.join(", ")})`);
  }
  try {
    return forward();
  } catch (error) {
    for (const cache of caches) cache.truncate(lengths[0]);
    throw error;
  }
}
