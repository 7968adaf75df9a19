/**
 * The index of the largest or smallest element of each row.
 *
 * Idea: two passes over a chunk in cache are faster than one that carries indices: find the extremum (vectors), then
 * where it first is.
 */
import { CHUNK, INPUTS, PLAN, counters, stage } from "../elementwise/operands";
import { gatherRuns } from "../elementwise/runs";
import { parallel } from "../pool";
import { CONVERSION, KEPT, KIND, LENGTH, OUTPUTS_COUNT, ROWS_PER_TILE, base, keptOffset, output, rowsAreContiguous } from "./arguments";
import { INTEGER, MAX } from "./partial";
import { maxF32, minF32 } from "./row-f32";
import { maxI32, minI32 } from "./row-i32";
import { toTruth } from "./truth";

/** Elements of a tile, about. */
const WORK: i32 = 16384;

/** i32 output; the kind is MAX or MIN, of floats or integers. Lengths are at least 1. */
export function argReduce(): void {
  const length = load<i32>(LENGTH);
  const outputs = load<i32>(OUTPUTS_COUNT);
  const rows = max(1, WORK / length);
  store<i32>(ROWS_PER_TILE, rows);
  parallel(argTile.index, (outputs + rows - 1) / rows, <f64>length * <f64>outputs * 2);
}

function argTile(tile: i32, thread: i32): void {
  const rows = load<i32>(ROWS_PER_TILE);
  const end = min((tile + 1) * rows, load<i32>(OUTPUTS_COUNT));
  for (let o = tile * rows; o < end; ++o) store<i32>(output() + (<usize>o << 2), argRow(o, thread));
}

function argRow(o: i32, thread: i32): i32 {
  const kind = load<i32>(KIND);
  const length = load<i32>(LENGTH);
  const conversion = load<i32>(CONVERSION);
  const direct = conversion == 0 && rowsAreContiguous();
  const row = direct ? base() + (<usize>keptOffset(o, load<i32>(KEPT)) << 2) : 0;
  let best = 0;
  let found: f64 = kind == MAX || kind == INTEGER + MAX ? -Infinity : Infinity;
  for (let at = 0; at < length; at += CHUNK) {
    const count = min(CHUNK, length - at);
    const x = direct ? row + (<usize>at << 2) : staged(o * length + at, count, conversion, thread);
    const value = extremum(kind, x, count);
    if (value != value) return at + firstNan(x);
    if ((kind & ~INTEGER) == MAX ? value > found : value < found) {
      found = value;
      best = at + firstOf(kind, x, count, value);
    }
  }
  return best;
}

function staged(flat: i32, count: i32, conversion: i32, thread: i32): usize {
  const raw = stage(thread, 0);
  gatherRuns(PLAN, 0, base(), load<i32>(INPUTS, 4), flat, count, raw, counters(thread));
  if (conversion == 0) return raw;
  const converted = stage(thread, 1);
  toTruth(conversion, raw, converted, count);
  return converted;
}

function extremum(kind: i32, x: usize, count: i32): f64 {
  if (kind == MAX) return <f64>maxF32(x, count);
  if (kind == INTEGER + MAX) return <f64>maxI32(x, count);
  return kind < INTEGER ? <f64>minF32(x, count) : <f64>minI32(x, count);
}

function firstNan(x: usize): i32 {
  let i = 0;
  for (; load<f32>(x) == load<f32>(x); x += 4) ++i;
  return i;
}

/** Four at a time: a comparison's mask as bits. The value is there, so the search ends within the chunk. */
function firstOf(kind: i32, x: usize, count: i32, value: f64): i32 {
  const wanted = kind < INTEGER ? f32x4.splat(<f32>value) : i32x4.splat(<i32>value);
  let i = 0;
  for (; i + 4 <= count; i += 4, x += 16) {
    const v = v128.load(x);
    const bits = i32x4.bitmask(kind < INTEGER ? f32x4.eq(v, wanted) : i32x4.eq(v, wanted));
    if (bits) return i + ctz(bits);
  }
  if (kind < INTEGER) for (const last = <f32>value; load<f32>(x) != last; x += 4) ++i;
  else for (const last = <i32>value; load<i32>(x) != last; x += 4) ++i;
  return i;
}
