/**
 * Softmax and log-softmax along the last dimension.
 *
 * Idea: one loop for three rows, which all stay in cache: the exponentials of one and their sum (32-bit lanes for 4096
 * elements at a time, double beyond), the maximum of the next, the scaling of the one before. A maximum of -inf shifts
 * by 0, so that such a row gives zeros.
 */
import { parallel } from "../pool";
import { maxF32 } from "../reduce/row-f32";
import { ROWS, WIDTH, outRow, rowOf, rowStage, rowsPerTile } from "./row-access";
import { addTo, nextMaximum, scaleTo, storeExp, sumExp } from "./exp-rows";
import { OWN } from "../elementwise/operands";

/** Input 0 to output 0; own word: 1 for log. */
export function softmax(): void {
  const rows = load<i32>(ROWS);
  const each = rowsPerTile();
  parallel(softmaxTile.index, (rows + each - 1) / each, <f64>rows * <f64>load<i32>(WIDTH) * 12);
}

function softmaxTile(tile: i32, thread: i32): void {
  const each = rowsPerTile();
  const width = load<i32>(WIDTH);
  const log = load<i32>(OWN);
  const end = min((tile + 1) * each, load<i32>(ROWS));
  const first = tile * each;
  let x = rowOf(0, first, rowStage(thread, 0));
  let shift = safeShift(maxF32(x, width));
  // No row comes before the first: it takes that place itself, times 1.
  let before = outRow(0, first);
  let factor: f32 = 1;
  for (let row = first; row < end; ++row) {
    const next = row + 1 < end ? rowOf(0, row + 1, rowStage(thread, (row + 1 - first) & 1)) : x;
    const y = outRow(0, row);
    if (log) {
      addTo(x, -shift, -<f32>NativeMath.log(sumExp(x, shift, width, next)), y, width);
    } else {
      const sum = storeExp(x, shift, y, width, next, before, factor);
      before = y;
      factor = <f32>(sum == 0 ? 1 : 1 / sum);
    }
    x = next;
    shift = safeShift(nextMaximum);
  }
  if (!log) scaleTo(before, factor, before, width);
}

/** What is subtracted before exponentials are taken: a row of -inf stays one, and +inf gives NaN, as in PyTorch. */
// @ts-ignore: decorator
@inline export function safeShift(maximum: f32): f32 {
  return maximum == -Infinity ? 0 : maximum;
}
