import { concat, expand, ShapeError, type Tensor, tidy, zeros } from "@saccade/core";
import type { AttentionMap, AttentionMaps } from "./capture-attention.ts";

/** Keys that a call did not have yet, at the end: nobody looked there. */
function widened(weights: Tensor, S: number): Tensor {
  const [B, H, t, own] = weights.shape;
  if (own === S) return weights;
  const { dtype, backend } = weights;
  return concat([weights, zeros([B, H, t, S - own], { dtype, backend })], 3);
}

function joined(path: string, calls: readonly AttentionMap[]): AttentionMap {
  const [B, H] = calls[0].weights.shape;
  for (const { weights, heads } of calls) {
    if (weights.shape[0] === B && heads.join() === calls[0].heads.join()) continue;
    throw new ShapeError(
      `joinCalls: calls of "${path}" must have one batch and the same heads (got [${B}, ${H}] and ${weights.describe()}, heads ${heads.join(", ")})`,
    );
  }
  const S = Math.max(...calls.map(({ weights }) => weights.shape[3]));
  const rows = Math.max(...calls.map(({ places }) => places.shape[0]));
  const places = calls.map((call) => expand(call.places, [rows, call.queries.length]));
  return {
    weights: concat(
      calls.map(({ weights }) => widened(weights, S)),
      2,
    ),
    places: concat(places, 1),
    heads: calls[0].heads,
    queries: calls.flatMap(({ queries }) => queries).map((_, row) => row),
  };
}

/**
 * The calls of each module, `path`, `path#2` and so on, as one map, their queries one behind the other: of decoders that
 * take a step at a time, as recurrent ones do, or that have a cache. Queries are numbered as rows of the joined map; keys
 * that a call did not have yet have weights of 0.
 *
 * @param maps  of `captureAttention`, of all calls: with a cache of all keys, not of a window
 * @returns maps by the paths of modules, in the current scope
 * @throws ShapeError for calls of different batches or heads
 * @example
 * const step = new AdditiveAttention({ queryDim: 4, keyDim: 4 }, { key: new Key(0) });
 * const source = randn(new Key(1), [1, 3, 4]);
 * const { maps } = captureAttention(() => [2, 3].map((seed) => step.forward(randn(new Key(seed), [1, 1, 4]), source).context), {
 *   model: { step },
 * });
 * Object.keys(maps); // => ["step", "step#2"]
 * const alignment = joinCalls(maps);
 * alignment.step.weights.shape; // => [1, 1, 2, 3]
 * const html = await renderAttention(alignment, { queries: ["der", "Mann"], keys: ["the", "old", "man"] });
 * html.startsWith("<!doctype html>"); // => true
 */
export function joinCalls(maps: AttentionMaps): AttentionMaps {
  const byPath = new Map<string, AttentionMap[]>();
  for (const [name, map] of Object.entries(maps)) {
    const path = name.replace(/#\d+$/, "");
    byPath.set(path, [...(byPath.get(path) ?? []), map]);
  }
  return tidy(() => Object.fromEntries([...byPath].map(([path, calls]) => [path, joined(path, calls)])));
}
