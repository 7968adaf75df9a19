/** One idea: with the log-sum-exp known, weights are one exponential away, so backward never stores them. */
import { exp2Limited } from "../math/exp";
import { tanhNear } from "../math/tanh";
import { madd } from "../simd";
import { D_BIAS, D_SLOPES, drops, given, SLOPES, SOFTCAP } from "./arguments";
import { CAP, extraBlock, FACTOR, gradientBlock, keepBlock, ROW_DELTA, ROW_LSE, ROW_SLOPES, SCORE_SCALE, SCORE_STEP, SCORES } from "./blocks";
import { allSee, biased, distance, endKeys, firstKeys, places, seenBy, sloped, slopeOf } from "./softmax";

/** A panel of scores and of `dO V^T` becomes weights (times dropout) and gradients of the scores. */
export function gradientPanel(space: usize, panel: i32, b: i32, h: i32, t: i32, j: i32, from: i32, to: i32, extra: bool): void {
  const column = <usize>panel << 5;
  const seen = allSee(b, t, j + from, j + to);
  gradient(space, column, b, h, t, j, from, to, extra, seen);
  gradient(space, column + 16, b, h, t + 4, j, from, to, extra, seen);
}

/** The same without softcap, bias, mask, dropout and gradient of the bias; every key is seen by all 8 queries. */
export function plainPanel(space: usize, panel: i32, from: i32, to: i32): void {
  const column = <usize>panel << 5;
  const lseA = v128.load(space + column, ROW_LSE), lseB = v128.load(space + column, ROW_LSE + 16);
  const deltaA = v128.load(space + column, ROW_DELTA), deltaB = v128.load(space + column, ROW_DELTA + 16);
  const factor = v128.load32_splat(FACTOR), first = <usize>from * SCORE_STEP + column;
  let at = space + SCORES + first, d = gradientBlock(space) + first;
  for (let key = from; key < to; ++key, at += SCORE_STEP, d += SCORE_STEP) {
    const a = exp2Limited(madd(v128.load(at), factor, lseA)), b = exp2Limited(madd(v128.load(at, 16), factor, lseB));
    v128.store(at, a); v128.store(at, b, 16);
    v128.store(d, f32x4.mul(a, f32x4.sub(v128.load(d), deltaA)));
    v128.store(d, f32x4.mul(b, f32x4.sub(v128.load(d, 16), deltaB)), 16);
  }
}

/** The same with dropout. */
export function droppedPanel(space: usize, panel: i32, from: i32, to: i32): void {
  const column = <usize>panel << 5;
  const lseA = v128.load(space + column, ROW_LSE), lseB = v128.load(space + column, ROW_LSE + 16);
  const deltaA = v128.load(space + column, ROW_DELTA), deltaB = v128.load(space + column, ROW_DELTA + 16);
  const factor = v128.load32_splat(FACTOR), first = <usize>from * SCORE_STEP + column;
  let at = space + SCORES + first, d = gradientBlock(space) + first, keep = keepBlock(space) + first;
  for (let key = from; key < to; ++key, at += SCORE_STEP, d += SCORE_STEP, keep += SCORE_STEP) {
    const a = exp2Limited(madd(v128.load(at), factor, lseA)), b = exp2Limited(madd(v128.load(at, 16), factor, lseB));
    const keepA = v128.load(keep), keepB = v128.load(keep, 16);
    v128.store(at, f32x4.mul(a, keepA)); v128.store(at, f32x4.mul(b, keepB), 16);
    v128.store(d, f32x4.mul(a, f32x4.sub(f32x4.mul(v128.load(d), keepA), deltaA)));
    v128.store(d, f32x4.mul(b, f32x4.sub(f32x4.mul(v128.load(d, 16), keepB), deltaB)), 16);
  }
}

/** Four queries of the panel. */
function gradient(
  space: usize, column: usize, b: i32, h: i32, t: i32, j: i32, from: i32, to: i32, extra: bool, seen: bool,
): void {
  const lse = v128.load(space + column, ROW_LSE), delta = v128.load(space + column, ROW_DELTA);
  const cap = load<f32>(SOFTCAP) != 0, drop = drops(), wantsBias = given(D_BIAS), steep = given(SLOPES);
  const factor = v128.load32_splat(FACTOR), scale = v128.load32_splat(SCORE_SCALE);
  const first = firstKeys(b, t), end = endKeys(b, t), place = places(b, t), slope = slopeOf(h);
  const wantsSlopes = given(D_SLOPES);
  let dSlopes = v128.load(space + column, ROW_SLOPES);
  let i = <usize>from * SCORE_STEP + column;
  for (let key = from; key < to; ++key, i += SCORE_STEP) {
    const at = space + SCORES + i, d = gradientBlock(space) + i;
    let score = f32x4.mul(scale, v128.load(at));
    let ratio = score;
    if (cap) {
      ratio = tanhNear(score);
      score = f32x4.mul(v128.load32_splat(CAP), ratio);
    }
    const bias = extra ? v128.load(extraBlock(space) + i) : f32x4.splat(0);
    if (steep) score = sloped(score, slope, place, j + key);
    if (!seen || extra) score = biased(score, bias, seen ? i32x4.splat(-1) : seenBy(first, end, j + key));
    const weight = exp2Limited(madd(score, factor, lse));
    let dWeight = v128.load(d);
    let kept = weight;
    if (drop) {
      const keep = v128.load(keepBlock(space) + i);
      dWeight = f32x4.mul(dWeight, keep);
      kept = f32x4.mul(weight, keep);
    }
    let dScore = f32x4.mul(weight, f32x4.sub(dWeight, delta));
    if (wantsBias) v128.store(extraBlock(space) + i, dScore);
    if (wantsSlopes) dSlopes = f32x4.sub(dSlopes, f32x4.mul(dScore, distance(place, j + key)));
    if (cap) dScore = f32x4.mul(dScore, f32x4.sub(f32x4.splat(1), f32x4.mul(ratio, ratio)));
    v128.store(at, kept);
    v128.store(d, dScore);
  }
  if (wantsSlopes) v128.store(space + column, dSlopes, ROW_SLOPES);
}
