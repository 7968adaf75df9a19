import {
  arange,
  cast,
  narrow,
  reshape,
  type ScoreSource,
  type Tensor,
  tensor,
  unsqueeze,
} from "@saccade/core";
import type { ScoreInputs } from "../scaled-dot-product/score-inputs.ts";
import type { ProgramSources } from "./evaluate-program.ts";

/** What a program starts from in a call of attention; each tensor is made once, where it is asked for. */
export function scoreSources(inputs: ScoreInputs, score: Tensor | null): ProgramSources {
  const { q, k, ranges, heads, queries } = inputs;
  const [B, H, T] = q.shape;
  const S = k.shape[2];
  const { dtype, backend } = q;
  const count = (size: number, start = 0): Tensor => arange(start, start + size, 1, { dtype, backend });
  const list = (numbers: readonly number[]): Tensor => tensor([...numbers], { dtype, backend });
  const made: Partial<Record<ScoreSource, Tensor>> = {};
  const make: { readonly [N in ScoreSource]: () => Tensor | null } = {
    score: () => score,
    batch: () => reshape(count(B), [B, 1, 1, 1]),
    head: () => reshape(heads ? list(heads) : count(H), [H, 1, 1]),
    query: () => reshape(queries ? list(queries) : count(T), [T, 1]),
    key: () => count(S),
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
