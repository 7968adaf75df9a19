/** `dx` of softmax: `y (dy - sum(dy y))`; of log-softmax: `dy - e^y sum(dy)`. Idea: the row's sum first, then one pass. */
import { OWN } from "../elementwise/operands";
import { expNear } from "../math/exp";
import { nmadd } from "../math/lanes";
import { parallel } from "../pool";
import { sumF32 } from "../reduce/row-f32";
import { dot } from "./row-sums";
import { ROWS, WIDTH, loadPart, outRow, rowOf, rowStage, rowsPerTile, storePart } from "./row-access";

/** Inputs y, dy; output dx; own word: 1 for log. */
export function softmaxBackward(): void {
  const rows = load<i32>(ROWS);
  const each = rowsPerTile();
  parallel(backwardTile.index, (rows + each - 1) / each, <f64>rows * <f64>load<i32>(WIDTH) * 4);
}

function backwardTile(tile: i32, thread: i32): void {
  const each = rowsPerTile();
  const width = load<i32>(WIDTH);
  const log = load<i32>(OWN);
  const end = min((tile + 1) * each, load<i32>(ROWS));
  for (let row = tile * each; row < end; ++row) {
    const y = rowOf(0, row, rowStage(thread, 0));
    const dy = rowOf(1, row, rowStage(thread, 1));
    if (log) logRow(y, dy, <f32>sumF32(dy, width), outRow(0, row), width);
    else plainRow(y, dy, <f32>dot(y, dy, width), outRow(0, row), width);
  }
}

function plainRow(y: usize, dy: usize, sum: f32, dx: usize, count: i32): void {
  const s = f32x4.splat(sum);
  const end = y + (<usize>count << 2);
  for (; y + 16 <= end; y += 16, dy += 16, dx += 16) {
    v128.store(dx, f32x4.mul(v128.load(y), f32x4.sub(v128.load(dy), s)));
  }
  for (; y < end; y += 4, dy += 4, dx += 4) store<f32>(dx, load<f32>(y) * (load<f32>(dy) - sum));
}

function logRow(y: usize, dy: usize, sum: f32, dx: usize, count: i32): void {
  const s = f32x4.splat(sum);
  for (; count >= 4; count -= 4, y += 16, dy += 16, dx += 16) {
    v128.store(dx, nmadd(expNear(v128.load(y)), s, v128.load(dy)));
  }
  if (count == 0) return;
  const zero = f32x4.splat(0);
  storePart(dx, nmadd(expNear(loadPart(y, count, zero)), s, loadPart(dy, count, zero)), count);
}
