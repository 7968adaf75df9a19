/**
 * Panels whose scores are capped and nothing else, where all 8 queries see the keys.
 *
 * Ideas: scores become `tanh(score / cap)`, and the cap is in FACTOR; most panels have no score over the cap, so a
 * short polynomial is enough for them.
 */
import { exp2Limited } from "../math/exp";
import { constant } from "../math/constants";
import { nmadd } from "../math/lanes";
import { SMALL, tanhNear, tanhSmall } from "../math/tanh";
import { madd } from "../simd";
import { FACTOR, gradientBlock, ROW_DELTA, ROW_LSE, SCORE_SCALE, SCORE_STEP, SCORES } from "./blocks";

/** Whether no score is over the cap, nor NaN. Without signs, floats are in the order of their bits. */
function allSmall(start: usize, end: usize): bool {
  let a = i32x4.splat(0), b = a;
  for (let at = start; at < end; at += SCORE_STEP) {
    a = i32x4.max_u(a, i32x4.shl(v128.load(at), 1));
    b = i32x4.max_u(b, i32x4.shl(v128.load(at, 16), 1));
  }
  const largest = f32x4.mul(i32x4.shr_u(i32x4.max_u(a, b), 1), f32x4.abs(v128.load32_splat(SCORE_SCALE)));
  return i32x4.all_true(f32x4.le(largest, f32x4.splat(1)));
}

/** A panel of scores becomes `tanh(score / cap)`. */
export function capPanel(space: usize, panel: i32, from: i32, to: i32): void {
  const start = space + SCORES + <usize>from * SCORE_STEP + (<usize>panel << 5), end = start + <usize>(to - from) * SCORE_STEP;
  const scale = v128.load32_splat(SCORE_SCALE);
  if (allSmall(start, end)) {
    const a = constant(SMALL, 0), b = constant(SMALL, 1), c = constant(SMALL, 2);
    const d = constant(SMALL, 3), e = constant(SMALL, 4), f = constant(SMALL, 5);
    for (let at = start; at < end; at += SCORE_STEP) {
      const x = tanhSmall(f32x4.mul(scale, v128.load(at)), a, b, c, d, e, f);
      const y = tanhSmall(f32x4.mul(scale, v128.load(at, 16)), a, b, c, d, e, f);
      v128.store(at, x);
      v128.store(at, y, 16);
    }
    return;
  }
  for (let at = start; at < end; at += SCORE_STEP) {
    v128.store(at, tanhNear(f32x4.mul(scale, v128.load(at))));
    v128.store(at, tanhNear(f32x4.mul(scale, v128.load(at, 16))), 16);
  }
}

/** A panel of scores and of `dO V^T` becomes weights and gradients of the scores. */
export function cappedPanel(space: usize, panel: i32, from: i32, to: i32): void {
  capPanel(space, panel, from, to);
  const column = <usize>panel << 5;
  const lseA = v128.load(space + column, ROW_LSE), lseB = v128.load(space + column, ROW_LSE + 16);
  const deltaA = v128.load(space + column, ROW_DELTA), deltaB = v128.load(space + column, ROW_DELTA + 16);
  const factor = v128.load32_splat(FACTOR), first = <usize>from * SCORE_STEP + column;
  let at = space + SCORES + first, d = gradientBlock(space) + first;
  for (let key = from; key < to; ++key, at += SCORE_STEP, d += SCORE_STEP) {
    const x = v128.load(at), y = v128.load(at, 16);
    const a = exp2Limited(madd(x, factor, lseA)), b = exp2Limited(madd(y, factor, lseB));
    v128.store(at, a); v128.store(at, b, 16);
    v128.store(d, chained(x, f32x4.mul(a, f32x4.sub(v128.load(d), deltaA))));
    v128.store(d, chained(y, f32x4.mul(b, f32x4.sub(v128.load(d, 16), deltaB))), 16);
  }
}

/** `g (1 - t^2)`. */
// @ts-ignore: decorator
@inline
function chained(t: v128, g: v128): v128 {
  return nmadd(f32x4.mul(t, t), g, g);
}
