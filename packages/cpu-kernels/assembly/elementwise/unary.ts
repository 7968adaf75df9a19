/** One idea: the op's chunk function is looked up once; the rest is staging and tiling (see `operands.ts`). */
import { parallel } from "../pool";
import { apply1 } from "./chunks";
import { COUNT, FUNCTION, OUT, OUT_SHIFT, TILE, chunkSize, inputShift, operand, padding, prepare } from "./operands";
import { unaryF32 } from "./unary-table-f32";
import { unaryI32, unaryU8 } from "./unary-table-int";

/** dtypes as JavaScript numbers them (src/views/operands.ts). */
const F32: i32 = 0;
const I32: i32 = 1;

/** `out = op(x; a, b)`: op in the order of `UnaryName`; `cost` of one element in floating-point operations. */
export function unary(op: i32, dtype: i32, cost: i32): void {
  const index = dtype == F32 ? unaryF32(op) : dtype == I32 ? unaryI32(op) : unaryU8(op);
  store<i32>(FUNCTION, index);
  const count = load<i32>(COUNT);
  parallel(unaryTile.index, (count + TILE - 1) / TILE, <f64>count * <f64>cost);
}

function unaryTile(tile: i32, thread: i32): void {
  const index = load<i32>(FUNCTION);
  const out = load<usize>(OUT);
  const outShift = load<i32>(OUT_SHIFT);
  const shift = inputShift(0);
  const end = min(load<i32>(COUNT), (tile + 1) * TILE);
  let at = tile * TILE;
  prepare(0, thread, end - at);
  const chunk = chunkSize(0);
  for (; at < end; at += chunk) {
    const count = min(chunk, end - at);
    const x = operand(0, thread, at, count);
    apply1(index, x, shift, out + (<usize>at << outShift), outShift, count, padding(thread));
  }
}
