import {
  ArgumentError,
  cast,
  keep,
  narrow,
  noGrad,
  type OptionNames,
  requireKnown,
  reshape,
  type Tensor,
  tensor,
  tidy,
} from "@saccade/core";
import {
  type AttentionCall,
  type GivenWeights,
  watchingWeights,
  withAttentionHook,
} from "../scaled-dot-product/attention-hooks.ts";
import { viewOf } from "./activations/activation-hooks.ts";
import { callWeights, pick } from "./call-weights.ts";
import { type CallOptions, SelectedCalls } from "./selected-calls.ts";

/** Of `captureAttention` and `captureGradients`. */
export interface CaptureOptions extends CallOptions {
  /** Which heads. Default all. */
  readonly heads?: readonly number[];
  /** Which queries (rows of the maps); -1 is the last. Default all. */
  readonly queries?: readonly number[];
}

/** The names of `CaptureOptions`. */
export const captureOptionNames: OptionNames<CaptureOptions> = {
  model: true,
  modules: true,
  heads: true,
  queries: true,
};

/** What one call of attention attended with. */
export interface AttentionMap {
  /**
   * `[B, h, t, S]`, before dropout: rows sum to 1 (less with sinks; of mechanisms that do not normalise, to anything), or to 0 for a
   * query that may attend nowhere.
   */
  readonly weights: Tensor;
  /** Where among the keys each query stands: i32, `[B, t]` or `[1, t]`. */
  readonly places: Tensor;
  /** Which heads the maps are of, `h` numbers. */
  readonly heads: readonly number[];
  /** Which queries the rows are, `t` numbers. */
  readonly queries: readonly number[];
}

/** Maps by name, in the order in which they were computed. */
export type AttentionMaps = Readonly<Record<string, AttentionMap>>;

/** What `captureAttention` gives. */
export interface CapturedAttention<T> {
  /** What the function returned. */
  readonly result: T;
  readonly maps: AttentionMaps;
}

/** Indices from 0 on, each once. */
function resolve(owner: string, what: string, wanted: readonly number[] | undefined, size: number): number[] {
  if (wanted === undefined) return Array.from({ length: size }, (_, i) => i);
  const least = what.startsWith("queries") ? -size : 0;
  const indices = wanted.map((index) => {
    if (Number.isInteger(index) && index >= least && index < size) return index < 0 ? index + size : index;
    throw new ArgumentError(`${owner}: ${what} are integers from ${least} to ${size - 1} (got ${index})`);
  });
  if (indices.length > 0 && new Set(indices).size === indices.length) return indices;
  throw new ArgumentError(`${owner}: ${what} must be some, each once (got [${wanted.join(", ")}])`);
}

/** Computes the map of a call and keeps it, whatever scope is open. */
export function keepMap(
  owner: string,
  call: AttentionCall,
  name: string,
  options: CaptureOptions,
): AttentionMap {
  const [, H, T] = call.inputs[0].shape;
  const heads = resolve(owner, `heads of ${name}`, options.heads, H);
  const queries = resolve(owner, `queries of ${name}`, options.queries, T);
  const [weights, places] = tidy(() =>
    noGrad(() => {
      const { weights, ranges } = callWeights(call, heads, queries);
      const places = reshape(narrow(ranges, 2, 2, 1), [ranges.shape[0], queries.length]);
      return [cast(weights, call.logSumExp.dtype), places];
    }),
  );
  return { weights: keep(weights), places: keep(places), heads, queries };
}

/** Keeps the weights of a mechanism that computes them itself, as `keepMap` does. */
function keepGiven(given: GivenWeights, name: string, options: CaptureOptions): AttentionMap {
  const [, H, T, S] = given.weights.shape;
  const heads = resolve("captureAttention", `heads of ${name}`, options.heads, H);
  const queries = resolve("captureAttention", `queries of ${name}`, options.queries, T);
  const [weights, places] = tidy(() =>
    noGrad(() => {
      const at = Int32Array.from(queries, (query) => query + S - T);
      return [
        viewOf(pick(pick(given.weights, 1, heads), 2, queries)),
        tensor(at, { shape: [1, queries.length], backend: given.weights.backend }),
      ];
    }),
  );
  return { weights: keep(weights), places: keep(places), heads, queries };
}

/**
 * Runs `body` and returns what every call of `attention` in it attended with: of any model that is built from these
 * packages, while it runs its fused kernels. Weights are `e^(score - logSumExp)`, from queries, keys and the log-sum-exp
 * that the kernel has given; no more of them is computed than is asked for.
 *
 * Mechanisms that compute weights themselves (additive, sigmoid, top-k ...) show them: those that the values are summed by.
 * All options of attention are in them; dropout is not. Several calls of a module are `path`, `path#2` and so on, as when
 * a cache is decoded with (`joinCalls` makes one map of them). Nothing is recorded for gradients. Opens a scope, as
 * `tidy` does. With `checkpoint`, a backward pass within `body` calls again.
 *
 * @param body  synchronous
 * @returns what `body` returned, and the maps by path, in the current scope
 * @throws LifetimeError if `body` is asynchronous; ArgumentError for modules that were not called, heads and queries that are not there, an option that is unknown
 * @example
 * const mha = new MultiHeadAttention({ embedDim: 64, numHeads: 4 }, { key: new Key(0) });
 * const { result, maps } = captureAttention(() => mha.forward(x, { causal: true }), {
 *   model: { layers: [mha] },
 *   queries: [0, -1],
 * });
 * result.shape; // => [2, 8, 64]
 * Object.keys(maps); // => ["layers.0"]
 * maps["layers.0"].weights.shape; // => [2, 4, 2, 8]
 * maps["layers.0"].weights.slice(0, 0, 0); // => [1, 0, 0, 0, 0, 0, 0, 0]
 * maps["layers.0"].places; // => [[0, 7]]
 */
export function captureAttention<T>(body: () => T, options: CaptureOptions = {}): CapturedAttention<T> {
  requireKnown("captureAttention", options, captureOptionNames);
  const calls = new SelectedCalls("captureAttention", options);
  const kept: Record<string, AttentionMap> = {};
  const hook = (call: AttentionCall): Tensor => {
    const name = calls.name(call);
    if (name !== null) kept[name] = keepMap("captureAttention", call, name, options);
    return call.out;
  };
  const watch = (given: GivenWeights): void => {
    const name = calls.name(given);
    if (name !== null) kept[name] = keepGiven(given, name, options);
  };
  const run = (): CapturedAttention<T> => {
    const looked = (): T => withAttentionHook(hook, () => tidy(body as () => never));
    const result: T = watchingWeights(watch, looked);
    calls.requireCalled();
    const scoped = Object.entries(kept).map(([name, map]): [string, AttentionMap] => [
      name,
      { ...map, weights: viewOf(map.weights), places: viewOf(map.places) },
    ]);
    return { result, maps: Object.fromEntries(scoped) };
  };
  try {
    return tidy(run as () => never);
  } finally {
    for (const { weights, places } of Object.values(kept)) {
      weights.dispose();
      places.dispose();
    }
  }
}
