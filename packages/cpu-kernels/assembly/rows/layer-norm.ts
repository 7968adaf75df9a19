/**
 * Layer normalisation: `y = (x - mean) rstd w + b` over the last dimension.
 *
 * Idea: a row is read from memory once, for its sum and the sum of its squares; the result is a pass over L1. Where the
 * mean is not small, so that the difference of squares would cancel, the deviations are one more pass over L1.
 */
import { OUT, OWN } from "../elementwise/operands";
import { parallel } from "../pool";
import { normalize, orFilled } from "./normalize";
import { ROWS, WIDTH, outRow, rowOf, rowStage, rowsPerTile } from "./row-access";
import { squaredDeviations, sum, sumAndSquares } from "./row-sums";

/** Addresses of weight and bias (0: none), and a double. */
const WEIGHT: usize = OWN;
const BIAS: usize = OWN + 4;
const EPS: usize = OWN + 8;

/** Most of the mean square that the squared mean may be. */
const MOST_SHARE: f64 = 0.2;

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
  const end = min((tile + 1) * each, load<i32>(ROWS));
  for (let row = tile * each; row < end; ++row) {
    const x = rowOf(0, row, rowStage(thread, 0));
    const squares = sumAndSquares(x, width) / <f64>width;
    const exact = sum / <f64>width;
    const mean = <f32>exact;
    let variance = squares - exact * exact;
    if (!(exact * exact < MOST_SHARE * squares)) variance = squaredDeviations(x, mean, width) / <f64>width;
    const rstd = <f32>(1 / sqrt(variance + load<f64>(EPS)));
    store<f32>(load<usize>(OUT + 4) + (<usize>row << 2), mean);
    store<f32>(load<usize>(OUT + 8) + (<usize>row << 2), rstd);
    normalize(x, mean, rstd, weight, bias, outRow(0, row), width);
  }
}
