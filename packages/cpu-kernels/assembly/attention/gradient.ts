/** One idea: with the log-sum-exp known, weights are one exponential away, so backward never stores them. */
import { expFast } from "../math/exp";
import { D_BIAS, DROPOUT, given, SOFTCAP } from "./arguments";
import { D_SCORES, EXTRA, KEEP, ROW_DELTA, ROW_LSE, SCORE_STEP, SCORES } from "./blocks";
import { biased, capped, endKeys, firstKeys, seenBy } from "./softmax";

/**
 * A panel of scores and of `dO V^T` becomes weights (times dropout) and gradients of the scores.
 *
 * @param plain  no softcap, bias, mask, dropout, bias gradient, and every key is seen by all 8 queries
 */
export function gradientPanel(space: usize, panel: i32, t: i32, j: i32, from: i32, to: i32, extra: bool, plain: bool): void {
  const column = <usize>panel << 5;
  gradient(space + column, t, j, from, to, extra, plain);
  gradient(space + column + 16, t + 4, j, from, to, extra, plain);
}

/** Four queries of the panel. */
function gradient(space: usize, t: i32, j: i32, from: i32, to: i32, extra: bool, plain: bool): void {
  const lse = v128.load(space, ROW_LSE), delta = v128.load(space, ROW_DELTA);
  let at = space + <usize>from * SCORE_STEP;
  if (plain) {
    for (let key = from; key < to; ++key, at += SCORE_STEP) {
      const weight = expFast(f32x4.sub(v128.load(at, SCORES), lse));
      v128.store(at, weight, SCORES);
      v128.store(at, f32x4.mul(weight, f32x4.sub(v128.load(at, D_SCORES), delta)), D_SCORES);
    }
    return;
  }
  const cap = load<f32>(SOFTCAP) != 0, drop = load<f32>(DROPOUT) != 0, wantsBias = given(D_BIAS);
  const capInverse = f32x4.div(f32x4.splat(1), v128.load32_splat(SOFTCAP));
  const first = firstKeys(t), end = endKeys(t);
  for (let key = from; key < to; ++key, at += SCORE_STEP) {
    let score = v128.load(at, SCORES);
    if (cap) score = capped(score);
    const bias = extra ? v128.load(at, EXTRA) : f32x4.splat(0);
    const weight = expFast(f32x4.sub(biased(score, bias, seenBy(first, end, j + key)), lse));
    let dWeight = v128.load(at, D_SCORES);
    let kept = weight;
    if (drop) {
      const keep = v128.load(at, KEEP);
      dWeight = f32x4.mul(dWeight, keep);
      kept = f32x4.mul(weight, keep);
    }
    let dScore = f32x4.mul(weight, f32x4.sub(dWeight, delta));
    if (wantsBias) v128.store(at, dScore, EXTRA);
    if (cap) {
      const ratio = f32x4.mul(score, capInverse);
      dScore = f32x4.mul(dScore, f32x4.sub(f32x4.splat(1), f32x4.mul(ratio, ratio)));
    }
    v128.store(at, kept, SCORES);
    v128.store(at, dScore, D_SCORES);
  }
}
