/** Root mean square normalisation: `y = x rstd w`, `rstd = 1 / sqrt(mean(x^2) + eps)`. Idea: as layer norm, mean 0. */
import { OUT, OWN } from "../elementwise/operands";
import { parallel } from "../pool";
import { sumSquaresF32 } from "../reduce/row-f32";
import { normalizeBeside, orFilled } from "./normalize";
import { ROWS, WIDTH, outRow, rowOf, rowStage, rowsPerTile } from "./row-access";

const WEIGHT: usize = OWN;
const EPS: usize = OWN + 8;

/** Input x; outputs y, rstd. */
export function rmsNorm(): void {
  const rows = load<i32>(ROWS);
  const each = rowsPerTile();
  parallel(rmsNormTile.index, (rows + each - 1) / each, <f64>rows * <f64>load<i32>(WIDTH) * 4);
}

function rmsNormTile(tile: i32, thread: i32): void {
  const each = rowsPerTile();
  const width = load<i32>(WIDTH);
  const weight = orFilled(load<usize>(WEIGHT), 1, rowStage(thread, 2), width);
  const bias = orFilled(0, 0, rowStage(thread, 3), width);
  const first = tile * each;
  const end = min(first + each, load<i32>(ROWS));
  let x = rowOf(0, first, rowStage(thread, 0));
  let squares = sumSquaresF32(x, width);
  for (let row = first; row < end; ++row) {
    const next = row + 1 < end ? rowOf(0, row + 1, rowStage(thread, (row + 1 - first) & 1)) : x;
    const rstd = <f32>(1 / sqrt(squares / <f64>width + load<f64>(EPS)));
    store<f32>(load<usize>(OUT + 4) + (<usize>row << 2), rstd);
    squares = normalizeBeside(x, 0, rstd, weight, bias, outRow(0, row), width, next, true);
    x = next;
  }
}
