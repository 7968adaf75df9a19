/**
 * Layer normalisation: `y = (x - mean) rstd w + b` over the last dimension.
 *
 * Idea: a row is read from memory once, for its sum, beside the result of the row before: so reading, writing and
 * arithmetic overlap. The deviations are a pass of their own, over L1.
 */
import { OUT, OWN } from "../elementwise/operands";
import { parallel } from "../pool";
import { sumF32 } from "../reduce/row-f32";
import { normalizeBeside, orFilled } from "./normalize";
import { ROWS, WIDTH, outRow, rowOf, rowStage, rowsPerTile } from "./row-access";
import { squaredDeviations } from "./row-sums";

/** Addresses of weight and bias (0: none), and a double. */
const WEIGHT: usize = OWN;
const BIAS: usize = OWN + 4;
const EPS: usize = OWN + 8;

/** Input x; outputs y, mean, rstd. */
export function layerNorm(): void {
  const rows = load<i32>(ROWS);
  const each = rowsPerTile();
  parallel(layerNormTile.index, (rows + each - 1) / each, <f64>rows * <f64>load<i32>(WIDTH) * 6);
}

function layerNormTile(tile: i32, thread: i32): void {
  const each = rowsPerTile();
  const width = load<i32>(WIDTH);
  const weight = orFilled(load<usize>(WEIGHT), 1, rowStage(thread, 2), width);
  const bias = orFilled(load<usize>(BIAS), 0, rowStage(thread, 3), width);
  const first = tile * each;
  const end = min(first + each, load<i32>(ROWS));
  let x = rowOf(0, first, rowStage(thread, 0));
  let sum = sumF32(x, width);
  for (let row = first; row < end; ++row) {
    const next = row + 1 < end ? rowOf(0, row + 1, rowStage(thread, (row + 1 - first) & 1)) : x;
    const mean = <f32>(sum / <f64>width);
    const variance = squaredDeviations(x, mean, width) / <f64>width;
    const rstd = <f32>(1 / sqrt(variance + load<f64>(EPS)));
    store<f32>(load<usize>(OUT + 4) + (<usize>row << 2), mean);
    store<f32>(load<usize>(OUT + 8) + (<usize>row << 2), rstd);
    sum = normalizeBeside(x, mean, rstd, weight, bias, outRow(0, row), width, next, false);
    x = next;
  }
}
