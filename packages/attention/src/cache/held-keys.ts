import { ArgumentError, type Tensor } from "@saccade/core";
import type { AttentionSpec } from "../scaled-dot-product/attention-spec.ts";
import { shiftedMods } from "../score-mods/shifted-mods.ts";

/**
 * How queries attend to what a cache still holds, whose last key is at place `end - 1`: functions of scores see places in
 * the whole sequence.
 *
 * @param q  `[B, H, T, E]`
 * @param keys  `[B, K, S, E]`
 * @throws ArgumentError where queries see keys that are forgotten, and no mask hides them
 */
export function specForHeld<Spec extends AttentionSpec>(
  owner: string,
  spec: Spec,
  { q, keys, end }: { readonly q: Tensor; readonly keys: Tensor; readonly end: number },
): Spec {
  const [T, S] = [q.shape[2], keys.shape[2]];
  const forgotten = end - S;
  const { window, mask, maskMod } = spec;
  const left = typeof window === "number" ? window - 1 : (window?.left ?? Number.POSITIVE_INFINITY); // it is causal
  if (forgotten > 0 && left > S - T && !mask && !maskMod) {
    const got =
      window === undefined ? "none" : Number.isFinite(left) ? `one of ${left + 1}` : "one without left";
    throw new ArgumentError(
      `${owner}: the cache holds ${S - T} of the ${end - T} keys before these queries, which a window of at most ${S - T + 1} sees (got ${got})`,
    );
  }
  return shiftedMods(spec, forgotten, q.backend);
}
