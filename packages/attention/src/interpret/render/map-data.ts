import { ArgumentError } from "@saccade/core";
import type { AttentionMap, AttentionMaps } from "../capture-attention.ts";

/** Names of the tokens of one map. */
export interface MapTokens {
  /** Of all `T` queries. */
  readonly queries: readonly string[];
  /** Of all `S` keys. */
  readonly keys: readonly string[];
}

/**
 * What the tokens of maps are called: one list where all is self-attention (queries stand at their places in it), queries
 * and keys, or those of each map by its name.
 */
export type AttentionTokens =
  | readonly string[]
  | MapTokens
  | ((name: string) => readonly string[] | MapTokens);

/** One map of one batch item, as a page has it. */
export interface MapData {
  readonly name: string;
  /** Which heads, `h` numbers. */
  readonly heads: readonly number[];
  /** Tokens of the rows, `t` of them. */
  readonly queries: readonly string[];
  /** Tokens of the columns, `S` of them. */
  readonly keys: readonly string[];
  /** `[h, t, S]` */
  readonly weights: Float32Array;
}

/** The mean over heads, `[h, t, S] -> [t, S]`. */
export function headMean({ heads, weights, queries, keys }: MapData): Float32Array {
  const mean = new Float32Array(queries.length * keys.length);
  for (let i = 0; i < weights.length; i++) mean[i % mean.length] += weights[i] / heads.length;
  return mean;
}

function isList(tokens: readonly string[] | MapTokens): tokens is readonly string[] {
  return Array.isArray(tokens);
}

/** The tokens at indices, all of which must be there. */
function tokensAt(
  owner: string,
  what: string,
  tokens: readonly string[],
  indices: readonly number[],
): string[] {
  return indices.map((index) => {
    const token = tokens[index];
    if (token !== undefined) return token;
    throw new ArgumentError(
      `${owner}: ${what} need a token for place ${index} (got ${tokens.length} tokens)`,
    );
  });
}

async function readMap(
  owner: string,
  name: string,
  map: AttentionMap,
  tokens: readonly string[] | MapTokens,
  item: number,
): Promise<MapData> {
  const { weights, places } = map;
  const [B, h, t, S] = weights.shape;
  if (!Number.isInteger(item) || item < 0 || item >= B) {
    throw new ArgumentError(`${owner}: item must be an integer from 0 to ${B - 1} (got ${item})`);
  }
  if (h * t * S === 0)
    throw new ArgumentError(`${owner}: ${name} has no weights (got ${weights.describe()})`);
  const every = Float32Array.from(await weights.data(), Number);
  const size = h * t * S;
  const row = places.shape[0] === 1 ? 0 : item;
  const standing = Array.from(await places.data(), Number).slice(row * t, (row + 1) * t);
  const keys = Array.from({ length: S }, (_, j) => j);
  const all = isList(tokens) ? { queries: tokens, keys: tokens } : tokens;
  return {
    name,
    heads: map.heads,
    queries: tokensAt(owner, `the queries of ${name}`, all.queries, isList(tokens) ? standing : map.queries),
    keys: tokensAt(owner, `the keys of ${name}`, all.keys, keys),
    weights: every.slice(item * size, (item + 1) * size),
  };
}

/**
 * Reads maps and finds the names of their tokens.
 *
 * @throws ArgumentError for no maps, and where a token is missing
 */
export async function readMaps(
  owner: string,
  maps: AttentionMaps,
  tokens: AttentionTokens,
  item: number,
): Promise<MapData[]> {
  const entries = Object.entries(maps);
  if (entries.length === 0) throw new ArgumentError(`${owner}: there are no maps`);
  return Promise.all(
    entries.map(([name, map]) =>
      readMap(owner, name, map, typeof tokens === "function" ? tokens(name) : tokens, item),
    ),
  );
}
