/** One idea: every element from its index in double precision, rounded once: no error adds up along the way. */
import { parallel } from "../pool";
import { CHUNK, COUNT, OWN, TILE, deliver, target } from "./operands";

/** Two doubles and a dtype. */
const START: usize = OWN;
const STEP: usize = OWN + 8;
const DTYPE: usize = OWN + 16;

/** Fills slot 0 with `start + i step`. */
export function iota(): void {
  const count = load<i32>(COUNT);
  parallel(iotaTile.index, (count + TILE - 1) / TILE, <f64>count * 4);
}

function iotaTile(tile: i32, thread: i32): void {
  const end = min(load<i32>(COUNT), (tile + 1) * TILE);
  const dtype = load<i32>(DTYPE);
  for (let at = tile * TILE; at < end; at += CHUNK) {
    const count = min(CHUNK, end - at);
    const to = target(0, thread, at);
    if (dtype == 0) iotaF32(at, to, count);
    else if (dtype == 1) iotaI32(at, to, count);
    else iotaU8(at, to, count);
    deliver(0, thread, at, count);
  }
}

function iotaF32(first: i32, to: usize, count: i32): void {
  const start = load<f64>(START);
  const step = load<f64>(STEP);
  for (let i = first; i < first + count; ++i, to += 4) store<f32>(to, <f32>(start + <f64>i * step));
}

/** Truncates, then wraps. */
function iotaI32(first: i32, to: usize, count: i32): void {
  const start = load<f64>(START);
  const step = load<f64>(STEP);
  for (let i = first; i < first + count; ++i, to += 4) store<i32>(to, <i32>(<i64>(start + <f64>i * step)));
}

function iotaU8(first: i32, to: usize, count: i32): void {
  const start = load<f64>(START);
  const step = load<f64>(STEP);
  for (let i = first; i < first + count; ++i, ++to) store<u8>(to, <u8>(<i64>(start + <f64>i * step)));
}
