/**
 * Reductions output by output. Idea: elements of one output are taken in segments of 16384; where they are not
 * contiguous floats or integers, chunk by chunk through a stage. Segments of long rows are separate tiles, whose
 * partials the caller combines in order.
 */
import { CHUNK, INPUTS, PLAN, counters, stage } from "../elementwise/operands";
import { gatherRuns } from "../elementwise/runs";
import { WORKSPACE, WORKSPACE_BYTES } from "../layout";
import { parallel } from "../pool";
import {
  CONVERSION, KEPT, KIND, LENGTH, OUTPUTS_COUNT, OUT_DTYPE, ROWS_PER_TILE, SEGMENTS, base, keptOffset, output,
  rowsAreContiguous,
} from "./arguments";
import { toTruth } from "./truth";
import { combine, finish, partialOf } from "./partial";

const SEGMENT: i32 = 16384;

/** What a chunk becomes before it is reduced. */
const NOTHING: i32 = 0;

/** Reduces; lengths and outputs are at least 1. */
export function reduceRows(): void {
  const length = load<i32>(LENGTH);
  const outputs = load<i32>(OUTPUTS_COUNT);
  const segments = (length + SEGMENT - 1) / SEGMENT;
  const cost = <f64>length * <f64>outputs * 2;
  store<i32>(SEGMENTS, segments);
  if (segments > 1 && <u64>outputs * <u64>segments * 8 <= <u64>WORKSPACE_BYTES) {
    parallel(segmentTile.index, outputs * segments, cost);
    for (let o = 0; o < outputs; ++o) finishSegments(o, segments);
  } else {
    const rows = max(1, SEGMENT / length);
    store<i32>(ROWS_PER_TILE, rows);
    parallel(rowsTile.index, (outputs + rows - 1) / rows, cost);
  }
}

function finishSegments(o: i32, segments: i32): void {
  const kind = load<i32>(KIND);
  const partials = WORKSPACE + (<usize>(o * segments) << 3);
  let value = load<u64>(partials);
  for (let s = 1; s < segments; ++s) value = combine(kind, value, load<u64>(partials + (<usize>s << 3)));
  finish(value, output(), o, load<i32>(OUT_DTYPE));
}

function segmentTile(tile: i32, thread: i32): void {
  const o = tile / load<i32>(SEGMENTS);
  const start = (tile - o * load<i32>(SEGMENTS)) * SEGMENT;
  store<u64>(WORKSPACE + (<usize>tile << 3), segment(o, start, min(SEGMENT, load<i32>(LENGTH) - start), thread));
}

function rowsTile(tile: i32, thread: i32): void {
  const rows = load<i32>(ROWS_PER_TILE);
  const length = load<i32>(LENGTH);
  const kind = load<i32>(KIND);
  const end = min((tile + 1) * rows, load<i32>(OUTPUTS_COUNT));
  for (let o = tile * rows; o < end; ++o) {
    let value = segment(o, 0, min(SEGMENT, length), thread);
    for (let start = SEGMENT; start < length; start += SEGMENT) {
      value = combine(kind, value, segment(o, start, min(SEGMENT, length - start), thread));
    }
    finish(value, output(), o, load<i32>(OUT_DTYPE));
  }
}

/** The partial of elements [start, start + count) of output o. */
function segment(o: i32, start: i32, count: i32, thread: i32): u64 {
  const kind = load<i32>(KIND);
  const conversion = load<i32>(CONVERSION);
  if (conversion == NOTHING && rowsAreContiguous()) {
    return partialOf(kind, base() + (<usize>(keptOffset(o, load<i32>(KEPT)) + start) << 2), count);
  }
  const flat = o * load<i32>(LENGTH) + start;
  let value = staged(kind, conversion, flat, min(CHUNK, count), thread);
  for (let at = CHUNK; at < count; at += CHUNK) {
    value = combine(kind, value, staged(kind, conversion, flat + at, min(CHUNK, count - at), thread));
  }
  return value;
}

function staged(kind: i32, conversion: i32, flat: i32, count: i32, thread: i32): u64 {
  const shift = load<i32>(INPUTS, 4);
  const raw = stage(thread, 0);
  gatherRuns(PLAN, 0, base(), shift, flat, count, raw, counters(thread));
  if (conversion == NOTHING) return partialOf(kind, raw, count);
  const converted = stage(thread, 1);
  toTruth(conversion, raw, converted, count);
  return partialOf(kind, converted, count);
}
