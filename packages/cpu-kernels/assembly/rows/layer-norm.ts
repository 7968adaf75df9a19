/**
 * Layer normalisation: `y = (x - mean) rstd w + b` over the last dimension.
 *
 * Idea: a row is read from memory once; mean, deviations and result are three passes over L1.
 */
import { OUT, OWN } from "../elementwise/operands";
import { parallel } from "../pool";
import { sumF32 } from "../reduce/row-f32";
import { madd } from "../simd";
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
  const weight = load<usize>(WEIGHT);
  const bias = load<usize>(BIAS);
  const end = min((tile + 1) * each, load<i32>(ROWS));
  for (let row = tile * each; row < end; ++row) {
    const x = rowOf(0, row, rowStage(thread, 0));
    const mean = <f32>(sumF32(x, width) / <f64>width);
    const variance = squaredDeviations(x, mean, width) / <f64>width;
    const rstd = <f32>(1 / sqrt(variance + load<f64>(EPS)));
    store<f32>(load<usize>(OUT + 4) + (<usize>row << 2), mean);
    store<f32>(load<usize>(OUT + 8) + (<usize>row << 2), rstd);
    normalize(x, mean, rstd, weight, bias, outRow(0, row), width);
  }
}

/** `y = (x - mean) rstd w + b`; an absent weight is 1, an absent bias 0. */
export function normalize(x: usize, mean: f32, rstd: f32, weight: usize, bias: usize, y: usize, count: i32): void {
  const m = f32x4.splat(mean);
  const r = f32x4.splat(rstd);
  const end = x + (<usize>count << 2);
  if (weight && bias) {
    for (; x + 16 <= end; x += 16, y += 16, weight += 16, bias += 16) {
      const h = f32x4.mul(f32x4.sub(v128.load(x), m), r);
      v128.store(y, madd(h, v128.load(weight), v128.load(bias)));
    }
  } else if (weight) {
    for (; x + 16 <= end; x += 16, y += 16, weight += 16) {
      v128.store(y, f32x4.mul(f32x4.mul(f32x4.sub(v128.load(x), m), r), v128.load(weight)));
    }
  } else {
    for (; x + 16 <= end; x += 16, y += 16, bias += bias ? 16 : 0) {
      const h = f32x4.mul(f32x4.sub(v128.load(x), m), r);
      v128.store(y, bias ? f32x4.add(h, v128.load(bias)) : h);
    }
  }
  for (; x < end; x += 4, y += 4) {
    let h = (load<f32>(x) - mean) * rstd;
    if (weight) {
      h *= load<f32>(weight);
      weight += 4;
    }
    if (bias) {
      h += load<f32>(bias);
      bias += 4;
    }
    store<f32>(y, h);
  }
}
