/**
 * Reductions of floats whose innermost dimension stays (bias gradients: sums over rows).
 *
 * Idea: rows are read as they lie, eight at a time, and added pairwise to one row of accumulators that stays in L1;
 * every 256 rows these continue in double precision. Blocks of columns and segments of rows are separate tiles; the
 * partials of the segments are combined in order.
 */
import { FREE_SCRATCH, PLAN } from "../elementwise/operands";
import { WORKSPACE, WORKSPACE_BYTES, scratch } from "../layout";
import { parallel } from "../pool";
import { planRank, planSize, planStride } from "../strided";
import { BLOCKS, KEPT, KIND, LENGTH, OUTPUTS_COUNT, ROWS_PER_TILE, SEGMENTS, base, keptOffset, output, reducedOffset } from "./arguments";
import { addRow, addRows8, flushColumns } from "./column-kernels";
import { combine } from "./partial";

/** Columns of a block: 8 KiB of accumulators, 16 KiB of doubles. */
const WIDTH: i32 = 2048;
/** Elements of a tile, about. */
const AREA: i32 = 131072;
/** Rows between two flushes. */
const FLUSH: i32 = 256;

/** Reduces; the kind is a sum, a maximum or a minimum of floats. */
export function reduceColumns(): void {
  const rows = load<i32>(LENGTH);
  const columns = planSize(PLAN, load<i32>(KEPT) - 1);
  const outputs = load<i32>(OUTPUTS_COUNT);
  const blocks = (columns + WIDTH - 1) / WIDTH;
  let perTile = max(FLUSH, AREA / min(columns, WIDTH));
  while (rows > perTile && segmentBytes(rows, perTile, outputs) > <u64>WORKSPACE_BYTES) perTile *= 2;
  const segments = (rows + perTile - 1) / perTile;
  store<i32>(ROWS_PER_TILE, perTile);
  store<i32>(SEGMENTS, segments);
  store<i32>(BLOCKS, blocks);
  parallel(columnsTile.index, (outputs / columns) * segments * blocks, <f64>rows * <f64>outputs);
  if (segments > 1) combineSegments(outputs, segments);
}

function segmentBytes(rows: i32, perTile: i32, outputs: i32): u64 {
  return <u64>((rows + perTile - 1) / perTile) * <u64>outputs * 8;
}

/** Partials lie as [segment, output]; the first segment's become the totals. */
function combineSegments(outputs: i32, segments: i32): void {
  const kind = load<i32>(KIND);
  const bytes = <usize>outputs << 3;
  for (let part = WORKSPACE + bytes; part < WORKSPACE + bytes * <usize>segments; part += bytes) {
    for (let i: usize = 0; i < bytes; i += 8) {
      store<u64>(WORKSPACE + i, combine(kind, load<u64>(WORKSPACE + i), load<u64>(part + i)));
    }
  }
  for (let o: usize = 0; o < <usize>outputs; ++o) {
    store<f32>(output() + (o << 2), <f32>load<f64>(WORKSPACE + (o << 3)));
  }
}

function columnsTile(tile: i32, thread: i32): void {
  const kind = load<i32>(KIND);
  const kept = load<i32>(KEPT);
  const blocks = load<i32>(BLOCKS);
  const segments = load<i32>(SEGMENTS);
  const columns = planSize(PLAN, kept - 1);
  const block = tile % blocks;
  const segment = (tile / blocks) % segments;
  const outer = tile / (blocks * segments);

  const left = block * WIDTH;
  const width = min(WIDTH, columns - left);
  const x = base() + (<usize>(keptOffset(outer, kept - 1) + left) << 2);
  const first = segment * load<i32>(ROWS_PER_TILE);
  const last = min(first + load<i32>(ROWS_PER_TILE), load<i32>(LENGTH));
  const sums = scratch(thread) + FREE_SCRATCH;
  const doubles = sums + (WIDTH << 2);
  reduceBlock(kind, x, first, last, width, sums, doubles);

  const o = outer * columns + left;
  if (segments > 1) {
    const partials = WORKSPACE + (<usize>(segment * load<i32>(OUTPUTS_COUNT) + o) << 3);
    memory.copy(partials, doubles, <usize>width << 3);
    return;
  }
  const out = output() + (<usize>o << 2);
  for (let i = 0; i < width; ++i) store<f32>(out + (<usize>i << 2), <f32>load<f64>(doubles + (<usize>i << 3)));
}

/** Rows [first, last) of a block of columns, into `doubles`. */
function reduceBlock(kind: i32, x: usize, first: i32, last: i32, width: i32, sums: usize, doubles: usize): void {
  const single = planRank(PLAN) - load<i32>(KEPT) == 1;
  const step = <usize>planStride(PLAN, 0, planRank(PLAN) - 1) << 2;
  let fresh = true;
  for (let r = first; r < last; ) {
    const stop = min(r + FLUSH, last);
    // The first row of a round is the start value: identities would lose the sign of zero.
    memory.copy(sums, x + (<usize>reducedOffset(r) << 2), <usize>width << 2);
    ++r;
    for (; single && r + 8 <= stop; r += 8) addRows8(kind, x + <usize>r * step, step, width, sums);
    for (; r < stop; ++r) addRow(kind, x + (<usize>reducedOffset(r) << 2), width, sums);
    flushColumns(kind, sums, width, doubles, fresh);
    fresh = false;
  }
}
