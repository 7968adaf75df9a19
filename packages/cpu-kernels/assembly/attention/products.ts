/** One idea: sums over queries and over keys of a block of weights, only where its panels see each other. */
import { FROM_C, FROM_ZERO, microTile, tileHeight } from "../gemm-micro";
import { microTileT } from "../gemm-micro-t";
import { packRows } from "../gemm-pack";
import { PANEL_END, PANEL_FIRST, paddedRow, queryArea, SCORE_STEP } from "./blocks";

/** `to[key] += sum over queries of block[key][query] * rows[query]`: dV from weights and dO, dK from dS and Q. */
export function addToKeys(space: usize, block: usize, rows: usize, step: usize, width: i32, keys: i32, queries: i32, to: usize): void {
  const dense = <usize>width << 2, edge = queryArea(space, 3);
  for (let column = 0; column < width; column += 8) {
    const columns = min(8, width - column);
    const offset = <usize>column << 2;
    let c = to + offset, ldc = dense;
    if (columns < 8) {
      packRows(c, dense, 4, keys, columns, edge, 32);
      c = edge;
      ldc = 32;
    }
    for (let key = 0; key < keys; ) {
      const height = tileHeight(keys - key);
      // Only the panels that see one of these keys.
      let first = 0, end = (queries + 7) >> 3;
      while (first < end && unseen(space, first, key, key + height)) ++first;
      while (first < end && unseen(space, end - 1, key, key + height)) --end;
      const from = first << 3, count = min(queries, end << 3) - from;
      if (count > 0) {
        const weights = block + <usize>key * SCORE_STEP + (<usize>from << 2);
        microTile(height, weights, SCORE_STEP, rows + <usize>from * step + offset, step, count, c + <usize>key * ldc, ldc, FROM_C, 0);
      }
      key += height;
    }
    if (columns < 8) packRows(edge, 32, 4, keys, columns, to + offset, dense);
  }
}

/** Whether no query of the panel sees a key in `from..to`. */
// @ts-ignore: decorator
@inline
function unseen(space: usize, panel: i32, from: i32, to: i32): bool {
  const at = space + (<usize>panel << 2);
  return load<i32>(at + PANEL_FIRST) >= to || load<i32>(at + PANEL_END) <= from;
}

/** `to[query] (+)= sum over keys of block[key][query] * rows[key]`, padded: outputs from weights and V, dQ from dS and K. */
export function addToQueries(space: usize, block: usize, rows: usize, rowStep: usize, width: i32, queries: i32, first: bool, to: usize): void {
  const step = paddedRow(width), start = first ? FROM_ZERO : FROM_C;
  for (let column: usize = 0; column < step; column += 32) {
    for (let row = 0; row < queries; ) {
      const height = tileHeight(queries - row);
      const a = <usize>(row >> 3) << 2, z = <usize>((row + height - 1) >> 3) << 2;
      const from = min(load<i32>(space + PANEL_FIRST + a), load<i32>(space + PANEL_FIRST + z));
      const end = max(load<i32>(space + PANEL_END + a), load<i32>(space + PANEL_END + z));
      const weights = block + <usize>from * SCORE_STEP + (<usize>row << 2);
      microTileT(height, weights, SCORE_STEP, rows + <usize>from * rowStep + column, rowStep, end - from, to + <usize>row * step + column, step, start, 0);
      row += height;
    }
  }
}
