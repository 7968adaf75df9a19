/**
 * Cross-entropy of rows of logits with integer targets.
 *
 * Idea: log-sum-exp without storing probabilities, the maximum of the next row beside the sum of this one; backward
 * takes them from it in one pass: `dLogits = e^(x - lse) a + b`, with the target's own share subtracted afterwards.
 */
import { OUT, OWN } from "../elementwise/operands";
import { parallel } from "../pool";
import { maxF32, sumF32 } from "../reduce/row-f32";
import { expNear } from "../math/exp";
import { nmadd } from "../math/lanes";
import { nextMaximum, storeScaledExp, sumExp } from "./exp-rows";
import { ROWS, WIDTH, loadPart, outRow, rowOf, rowStage, rowsPerTile, storePart } from "./row-access";
import { dot } from "./row-sums";
import { safeShift } from "./softmax";

/** Addresses of targets and class weights (0: none); the targets' stride; two doubles; the weights' sum. */
const TARGET: usize = OWN;
const WEIGHT: usize = OWN + 4;
const TARGET_STRIDE: usize = OWN + 8;
const IGNORE: usize = OWN + 12;
const SMOOTHING: usize = OWN + 16;
const TOTAL: usize = OWN + 24;
/** Backward: addresses of log-sum-exp and dLoss, the strides of these. */
const LSE: usize = OWN + 32;
const D_LOSS: usize = OWN + 36;
const LSE_STRIDE: usize = OWN + 40;
const D_LOSS_STRIDE: usize = OWN + 44;

// @ts-ignore: decorator
@inline function target(row: i32): i32 {
  return load<i32>(load<usize>(TARGET) + (<usize>(row * load<i32>(TARGET_STRIDE)) << 2));
}

/** The weight of a class that exists. */
// @ts-ignore: decorator
@inline function weightOf(index: i32): f64 {
  const weight = load<usize>(WEIGHT);
  return weight ? <f64>load<f32>(weight + (<usize>index << 2)) : 1;
}

function writeTotal(): void {
  const weight = load<usize>(WEIGHT);
  const width = load<i32>(WIDTH);
  store<f64>(TOTAL, weight ? sumF32(weight, width) : <f64>width);
}

/** Input logits; outputs loss, log-sum-exp. */
export function crossEntropy(): void {
  writeTotal();
  const rows = load<i32>(ROWS);
  const each = rowsPerTile();
  parallel(forwardTile.index, (rows + each - 1) / each, <f64>rows * <f64>load<i32>(WIDTH) * 12);
}

function forwardTile(tile: i32, thread: i32): void {
  const each = rowsPerTile();
  const width = load<i32>(WIDTH);
  const end = min((tile + 1) * each, load<i32>(ROWS));
  let x = rowOf(0, tile * each, rowStage(thread, 0));
  let shift = safeShift(maxF32(x, width));
  for (let row = tile * each; row < end; ++row) {
    const next = row + 1 < end ? rowOf(0, row + 1, rowStage(thread, (row + 1 - tile * each) & 1)) : x;
    const lse = <f64>shift + NativeMath.log(sumExp(x, shift, width, next));
    store<f32>(load<usize>(OUT + 4) + (<usize>row << 2), <f32>lse);
    store<f32>(load<usize>(OUT) + (<usize>row << 2), <f32>loss(x, lse, target(row), width));
    x = next;
    shift = safeShift(nextMaximum);
  }
}

/** 0 for the ignored index, NaN for one that does not exist. */
function loss(x: usize, lse: f64, index: i32, width: i32): f64 {
  if (index == load<i32>(IGNORE)) return 0;
  if (<u32>index >= <u32>width) return NaN;
  const hard = weightOf(index) * (lse - <f64>load<f32>(x + (<usize>index << 2)));
  const smoothing = load<f64>(SMOOTHING);
  if (smoothing == 0) return hard;
  const weight = load<usize>(WEIGHT);
  const weighted = weight ? dot(x, weight, width) : sumF32(x, width);
  return (1 - smoothing) * hard + (smoothing / <f64>width) * (lse * load<f64>(TOTAL) - weighted);
}

/** Input logits; output dLogits. */
export function crossEntropyBackward(): void {
  writeTotal();
  const rows = load<i32>(ROWS);
  const each = rowsPerTile();
  parallel(backwardTile.index, (rows + each - 1) / each, <f64>rows * <f64>load<i32>(WIDTH) * 10);
}

function backwardTile(tile: i32, thread: i32): void {
  const each = rowsPerTile();
  const end = min((tile + 1) * each, load<i32>(ROWS));
  for (let row = tile * each; row < end; ++row) backwardRow(row, rowOf(0, row, rowStage(thread, 0)));
}

function backwardRow(row: i32, x: usize): void {
  const width = load<i32>(WIDTH);
  const dx = outRow(0, row);
  const index = target(row);
  if (index == load<i32>(IGNORE)) {
    memory.fill(dx, 0, <usize>width << 2);
    return;
  }
  const exists = <u32>index < <u32>width;
  const lse = load<f32>(load<usize>(LSE) + (<usize>(row * load<i32>(LSE_STRIDE)) << 2));
  const gradient = <f64>load<f32>(load<usize>(D_LOSS) + (<usize>(row * load<i32>(D_LOSS_STRIDE)) << 2));
  const smoothing = load<f64>(SMOOTHING);
  const hard = exists ? gradient * (1 - smoothing) * weightOf(index) : NaN;
  const each = (gradient * smoothing) / <f64>width;
  const factor = <f32>(hard + each * load<f64>(TOTAL));
  const weight = load<usize>(WEIGHT);
  if (weight && smoothing != 0) weightedRow(x, lse, factor, weight, <f32>each, dx, width);
  else storeScaledExp(x, lse, factor, <f32>(-each), dx, width);
  if (!exists) return;
  const at = dx + (<usize>index << 2);
  store<f32>(at, load<f32>(at) - <f32>hard);
}

/** `dx = e^(x - lse) factor - weight each`. */
function weightedRow(x: usize, lse: f32, factor: f32, weight: usize, each: f32, dx: usize, count: i32): void {
  const l = f32x4.splat(lse);
  const f = f32x4.splat(factor);
  const e = f32x4.splat(each);
  for (; count >= 4; count -= 4, x += 16, dx += 16, weight += 16) {
    const p = f32x4.mul(expNear(f32x4.sub(v128.load(x), l)), f);
    v128.store(dx, nmadd(v128.load(weight), e, p));
  }
  if (count == 0) return;
  const zero = f32x4.splat(0);
  const p = f32x4.mul(expNear(f32x4.sub(loadPart(x, count, zero), l)), f);
  storePart(dx, nmadd(loadPart(weight, count, zero), e, p), count);
}
