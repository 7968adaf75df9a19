/** One idea: the op's chunk function is looked up once; the rest is staging and tiling (see `operands.ts`). */
import { parallel } from "../pool";
import { activationBackward } from "./activation-table";
import { binaryF32, binaryI32, binaryU8 } from "./binary-table";
import { apply2 } from "./chunks";
import { COUNT, FUNCTION, OUT, OUT_SHIFT, TILE, chunkSize, inputShift, operand, padding, prepare } from "./operands";

/** `out = op(x, y)`; op and dtype as JavaScript numbers them, `cost` of one element in floating-point operations. */
export function binary(op: i32, dtype: i32, cost: i32): void {
  run(dtype == 0 ? binaryF32(op) : dtype == 1 ? binaryI32(op) : binaryU8(op), cost);
}

/** `dx = dy f'(x)` of an activation: inputs x, dy. */
export function unaryBackward(activation: i32): void {
  run(activationBackward(activation), 14);
}

function run(index: i32, cost: i32): void {
  store<i32>(FUNCTION, index);
  const count = load<i32>(COUNT);
  parallel(binaryTile.index, (count + TILE - 1) / TILE, <f64>count * <f64>cost);
}

function binaryTile(tile: i32, thread: i32): void {
  const index = load<i32>(FUNCTION);
  const out = load<usize>(OUT);
  const outShift = load<i32>(OUT_SHIFT);
  const shift = inputShift(0);
  const end = min(load<i32>(COUNT), (tile + 1) * TILE);
  let at = tile * TILE;
  prepare(0, thread, end - at);
  prepare(1, thread, end - at);
  const chunk = chunkSize(1);
  for (; at < end; at += chunk) {
    const count = min(chunk, end - at);
    const x = operand(0, thread, at, count);
    const y = operand(1, thread, at, count);
    apply2(index, x, y, shift, out + (<usize>at << outShift), outShift, count, padding(thread));
  }
}
