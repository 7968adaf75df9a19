import {
  type Backend,
  cast,
  concat,
  eq,
  expand,
  mul,
  narrow,
  pad,
  reshape,
  type ScoreProgram,
  sum,
  type Tensor,
  tensor,
  tidy,
  where,
  zeros,
} from "@saccade/core";
import { BLOCK } from "../scaled-dot-product/score-view.ts";
import { type MaskSizes, uses } from "./block-states.ts";
import { evaluateProgram, truthOf } from "./evaluate-program.ts";
import { scoreSources } from "./score-sources.ts";

/** `[1, count, 3]`: ranges of which only places are read. */
function placesFrom(start: number, count: number, { T, S }: MaskSizes, backend: Backend): Tensor {
  const rows = Array.from({ length: count }, (_, i) => [0, S, start + i + S - T]);
  return tensor(Int32Array.from(rows.flat()), { shape: [1, count, 3], backend });
}

/** How many keys of each block there are, `[columns]`. */
function widths(S: number, backend: Backend): Tensor {
  const columns = Math.ceil(S / BLOCK);
  const sizes = Array.from({ length: columns }, (_, n) => Math.min(BLOCK, S - n * BLOCK));
  return tensor(sizes, { dtype: "f32", shape: [columns], backend });
}

/**
 * What each block of a mask function is, by asking it for every pair, 64 queries at a time: for functions that read
 * tensors, which only the backend knows.
 *
 * @returns i32 `[1 or B, 1 or H, ceil(T / 64), ceil(S / 64)]`; 0: nothing is seen, 1: some, 2: everything
 */
export function capturedBlockStates(
  program: ScoreProgram,
  captured: readonly Tensor[],
  sizes: MaskSizes,
  ranges: Tensor | null,
  backend: Backend,
): Tensor {
  const { B, H, T, S } = sizes;
  const byItem = uses(program, "batch") || (ranges !== null && uses(program, "place"));
  const [items, heads] = [byItem ? B : 1, uses(program, "head") ? H : 1];
  const [rows, columns] = [Math.ceil(T / BLOCK), Math.ceil(S / BLOCK)];
  if (items * heads * rows * columns === 0)
    return zeros([items, heads, rows, columns], { dtype: "i32", backend });
  const keys = widths(S, backend);
  const statesOfRow = (row: number): Tensor => {
    const start = row * BLOCK;
    const count = Math.min(BLOCK, T - start);
    const grid = {
      shape: [items, heads, count, S],
      dtype: "f32",
      backend,
      ranges: ranges ? narrow(ranges, 1, start, count) : placesFrom(start, count, sizes, backend),
      queries: Array.from({ length: count }, (_, i) => start + i),
    } as const;
    const [result] = evaluateProgram(program, scoreSources(grid, null), captured, grid);
    const seen = expand(cast(truthOf(result), "f32"), grid.shape);
    const padded = pad(sum(seen, 2), [0, columns * BLOCK - S]);
    const counts = sum(reshape(padded, [items, heads, 1, columns, BLOCK]), 4);
    const full = where(eq(counts, mul(keys, count)), 2, 1);
    return cast(where(eq(counts, 0), 0, full), "i32");
  };
  return concat(
    Array.from({ length: rows }, (_, row) => tidy(() => statesOfRow(row))),
    2,
  );
}
