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
  tidy,
} from "@saccade/core";
import { type AttentionCall, withAttentionHook } from "../scaled-dot-product/attention-hooks.ts";
import { callWeights } from "./call-weights.ts";
import { CallNames, type ModuleTree } from "./module-paths.ts";

/** Of `captureAttention`. */
export interface CaptureOptions {
  /** Names the maps by its paths. Without, maps are `attention`, `attention#2` and so on, in the order of the calls. */
  readonly model?: ModuleTree;
  /** Which modules to look at, by path: these, or those that match. Default all. */
  readonly modules?: readonly string[] | RegExp;
  /** Which heads. Default all. */
  readonly heads?: readonly number[];
  /** Which queries (rows of the maps); -1 is the last. Default all. */
  readonly queries?: readonly number[];
}

const optionNames: OptionNames<CaptureOptions> = { model: true, modules: true, heads: true, queries: true };

/** What one call of attention attended with. */
export interface AttentionMap {
  /** `[B, h, t, S]`, before dropout: rows sum to 1 (less with sinks), or to 0 for a query that may attend nowhere. */
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
function resolve(what: string, wanted: readonly number[] | undefined, size: number, name: string): number[] {
  if (wanted === undefined) return Array.from({ length: size }, (_, i) => i);
  const least = what === "queries" ? -size : 0;
  const indices = wanted.map((index) => {
    if (Number.isInteger(index) && index >= least && index < size) return index < 0 ? index + size : index;
    throw new ArgumentError(
      `captureAttention: ${what} of ${name} are integers from ${least} to ${size - 1} (got ${index})`,
    );
  });
  if (indices.length > 0 && new Set(indices).size === indices.length) return indices;
  throw new ArgumentError(`captureAttention: ${what} must be some, each once (got [${wanted.join(", ")}])`);
}

/** Computes a map and keeps it, whatever scope is open. */
function mapOf(call: AttentionCall, name: string, options: CaptureOptions): AttentionMap {
  const [, H, T] = call.inputs[0].shape;
  const heads = resolve("heads", options.heads, H, name);
  const queries = resolve("queries", options.queries, T, name);
  const [weights, places] = tidy(() =>
    noGrad(() => {
      const { weights, ranges } = callWeights(call, heads, queries);
      const places = reshape(narrow(ranges, 2, 2, 1), [ranges.shape[0], queries.length]);
      return [cast(weights, call.logSumExp.dtype), places];
    }),
  );
  return { weights: keep(weights), places: keep(places), heads, queries };
}

/** The maps in the current scope, if there is one. */
function inScope(maps: Readonly<Record<string, AttentionMap>>): AttentionMaps {
  const view = (x: Tensor): Tensor => narrow(x, 0, 0, x.shape[0]);
  return Object.fromEntries(
    Object.entries(maps).map(([name, map]) => [
      name,
      { ...map, weights: view(map.weights), places: view(map.places) },
    ]),
  );
}

/**
 * Runs `body` and returns what every call of `attention` in it attended with: of any model that is built from these
 * packages, while it runs its fused kernels. Weights are `e^(score - logSumExp)`, from queries, keys and the log-sum-exp
 * that the kernel has given; no more of them is computed than is asked for.
 *
 * All options of attention are in them; dropout is not. Several calls of a module are `path`, `path#2` and so on, as when
 * a cache is decoded with. Nothing is recorded for gradients. Opens a scope, as
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
  requireKnown("captureAttention", options, optionNames);
  const { model, modules } = options;
  const names = new CallNames(model);
  const called = new Set<string>();
  const kept: Record<string, AttentionMap> = {};
  const wanted = (path: string): boolean =>
    modules === undefined || (modules instanceof RegExp ? path.search(modules) >= 0 : modules.includes(path));
  const hook = (call: AttentionCall): Tensor => {
    const path = names.path(call.owner);
    called.add(path);
    if (wanted(path)) {
      const name = names.next(path);
      kept[name] = mapOf(call, name, options);
    }
    return call.out;
  };
  const run = (): CapturedAttention<T> => {
    const result: T = withAttentionHook(hook, () => tidy(body as () => never));
    requireCalled(modules, called);
    return { result, maps: inScope(kept) };
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

function requireCalled(modules: CaptureOptions["modules"], called: ReadonlySet<string>): void {
  if (modules === undefined || modules instanceof RegExp) return;
  const missing = modules.filter((path) => !called.has(path));
  if (missing.length === 0) return;
  const known = called.size > 0 ? [...called].join(", ") : "nothing";
  throw new ArgumentError(`captureAttention: ${missing.join(", ")} did not attend (${known} did)`);
}
