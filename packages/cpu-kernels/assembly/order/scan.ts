/**
 * Running sums, products, maxima and minima, in place on a contiguous `[outer, length, inner]` (the caller copied).
 *
 * Idea: totals are kept in double precision (integers wrap); with inner > 1, a row of them moves along the axis.
 */
import { FREE_SCRATCH, OUT, OWN } from "../elementwise/operands";
import { scratch } from "../layout";
import { parallel } from "../pool";

const OUTER: usize = OWN;
const LENGTH: usize = OWN + 4;
const INNER: usize = OWN + 8;
const OP: usize = OWN + 12;
const REVERSE: usize = OWN + 16;
const DTYPE: usize = OWN + 20;

const SUM: i32 = 0;
const PROD: i32 = 1;
const MAX: i32 = 2;
/** Columns of a tile. */
const WIDTH: i32 = 256;

export function scan(): void {
  const inner = load<i32>(INNER);
  const blocks = (inner + WIDTH - 1) / WIDTH;
  const outer = load<i32>(OUTER);
  parallel(scanTile.index, outer * blocks, <f64>outer * <f64>inner * <f64>load<i32>(LENGTH) * 4);
}

function scanTile(tile: i32, thread: i32): void {
  const dtype = load<i32>(DTYPE);
  const totals = scratch(thread) + FREE_SCRATCH;
  if (dtype == 0) scanBlock<f32, f64>(tile, totals);
  else if (dtype == 1) scanBlock<i32, i32>(tile, totals);
  else scanBlock<u8, i32>(tile, totals);
}

// @ts-ignore: decorator
@inline function scanBlock<T, A>(tile: i32, totals: usize): void {
  const inner = load<i32>(INNER);
  const length = load<i32>(LENGTH);
  const op = load<i32>(OP);
  const blocks = (inner + WIDTH - 1) / WIDTH;
  const o = tile / blocks;
  const left = (tile - o * blocks) * WIDTH;
  const width = min(WIDTH, inner - left);
  const rowBytes = <isize>inner * sizeof<T>();
  const reverse = load<i32>(REVERSE);
  let row = load<usize>(OUT) + (<usize>(o * length) * <usize>inner + <usize>left) * sizeof<T>();
  if (reverse) row += <usize>(length - 1) * <usize>rowBytes;
  const step = reverse ? -rowBytes : rowBytes;
  if (inner == 1) {
    scanLine<T, A>(row, step, length, op);
    return;
  }
  // The first row is its own total.
  for (let c: usize = 0; c < <usize>width; ++c) store<A>(totals + c * sizeof<A>(), <A>load<T>(row + c * sizeof<T>()));
  for (let n = 1; n < length; ++n) {
    row += step;
    for (let c: usize = 0; c < <usize>width; ++c) {
      const at = row + c * sizeof<T>();
      const x = <A>load<T>(at);
      const total = load<A>(totals + c * sizeof<A>());
      const next = op == SUM ? total + x : op == PROD ? total * x : op == MAX ? max(total, x) : min(total, x);
      store<A>(totals + c * sizeof<A>(), next);
      store<T>(at, <T>next);
    }
  }
}

/** One column: the total stays in a register. */
// @ts-ignore: decorator
@inline function scanLine<T, A>(at: usize, step: isize, length: i32, op: i32): void {
  let total = <A>load<T>(at);
  if (op == SUM) {
    for (let n = 1; n < length; ++n) {
      at += step;
      total += <A>load<T>(at);
      store<T>(at, <T>total);
    }
    return;
  }
  for (let n = 1; n < length; ++n) {
    at += step;
    const x = <A>load<T>(at);
    total = op == PROD ? total * x : op == MAX ? max(total, x) : min(total, x);
    store<T>(at, <T>total);
  }
}
