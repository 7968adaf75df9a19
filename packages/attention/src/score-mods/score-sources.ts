import {
  arange,
  type Backend,
  cast,
  type DType,
  narrow,
  reshape,
  type ScoreSource,
  type Tensor,
  tensor,
  unsqueeze,
} from "@saccade/core";
import type { ProgramSources } from "./evaluate-program.ts";

/** Which pairs a program is evaluated for. */
export interface ScoreGrid {
  /** `[B, H, T, S]` */
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly backend: Backend;
  /** i32 `[B or 1, T, 3]`: the last of three is the query's place. Without, all queries end where the keys end. */
  readonly ranges: Tensor | null;
  /** Which heads and queries these are, where they are not all. */
  readonly heads?: readonly number[] | undefined;
  readonly queries?: readonly number[] | undefined;
  /** The first key, where keys before it are left out. */
  readonly firstKey?: number | undefined;
}

/** What a program starts from; each tensor is made once, where it is asked for. */
export function scoreSources(grid: ScoreGrid, score: Tensor | null): ProgramSources {
  const { ranges, heads, queries, firstKey = 0, dtype, backend } = grid;
  const [B, H, T, S] = grid.shape;
  const count = (size: number, start = 0): Tensor => arange(start, start + size, 1, { dtype, backend });
  const list = (numbers: readonly number[]): Tensor => tensor([...numbers], { dtype, backend });
  const made: Partial<Record<ScoreSource, Tensor>> = {};
  const make: { readonly [N in ScoreSource]: () => Tensor | null } = {
    score: () => score,
    batch: () => reshape(count(B), [B, 1, 1, 1]),
    head: () => reshape(heads ? list(heads) : count(H), [H, 1, 1]),
    query: () => reshape(queries ? list(queries) : count(T), [T, 1]),
    key: () => count(S, firstKey),
    place: () =>
      ranges ? cast(unsqueeze(narrow(ranges, 2, 2, 1), 1), dtype) : reshape(count(T, S - T), [T, 1]),
  };
  return (source) => {
    const value = made[source] ?? make[source]();
    if (value === null) throw new Error(`attention: a mask function has no ${source}`); // it is never traced with one
    made[source] = value;
    return value;
  };
}
