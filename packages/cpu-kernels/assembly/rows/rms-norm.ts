/** Root mean square normalisation: `y = x rstd w`, `rstd = 1 / sqrt(mean(x^2) + eps)`. Idea: as layer norm, mean 0. */
import { OUT, OWN } from "../elementwise/operands";
import { parallel } from "../pool";
import { sumSquaresF32 } from "../reduce/row-f32";
import { normalize, orFilled } from "./normalize";
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
  const end = min((tile + 1) * each, load<i32>(ROWS));
  for (let row = tile * each; row < end; ++row) {
    const x = rowOf(0, row, rowStage(thread, 0));
    const rstd = <f32>(1 / sqrt(sumSquaresF32(x, width) / <f64>width + load<f64>(EPS)));
    store<f32>(load<usize>(OUT + 4) + (<usize>row << 2), rstd);
    normalize(x, 0, rstd, weight, bias, outRow(0, row), width);
  }
}
