/** Backward of a panel whose scores go through the caller's functions. */
import { exp2Limited } from "../../math/exp";
import { tanhNear } from "../../math/tanh";
import { madd } from "../../simd";
import { D_BIAS, D_SLOPES, drops, given, SOFTCAP } from "../arguments";
import {
  derivativeBlock, extraBlock, FACTOR, gradientBlock, keepBlock, ROW_DELTA, ROW_LSE, ROW_SLOPES, SCORE_SCALE, SCORE_STEP, SCORES,
} from "../blocks";
import { adjustPanel, distance, places } from "../softmax";
import { scored } from "./layout";
import { modPanel } from "./panels";

/** What `log2 e` as f32 lacks: functions make scores large, and it counts as often as they are. */
const LOG2_E_REST: f32 = 1.925963e-8;
/** As good as 0, and yet -inf times it is -inf. */
const NEXT_TO_NOTHING: f32 = 1e-30;

/**
 * A panel of scores and of `dO V^T` becomes weights (times dropout) and gradients of the scores. What the functions
 * make of scores is put where the bias was, their derivatives into a block of their own.
 */
export function modGradientPanel(
  space: usize, panel: i32, b: i32, h: i32, t: i32, last: i32, j: i32, from: i32, to: i32, extra: bool, masked: bool,
): void {
  const made = extraBlock(space), slopes = derivativeBlock(space), before = scored() ? slopes : made;
  adjustPanel(space, before, panel, b, h, t, j, from, to, extra);
  modPanel(before, made, scored() ? slopes : 0, panel, space, b, h, t, last, j, from, to, masked);
  const column = <usize>panel << 5;
  gradient(space, column, b, t, j, from, to);
  gradient(space, column + 16, b, t + 4, j, from, to);
}

/** Four queries of the panel. */
function gradient(space: usize, column: usize, b: i32, t: i32, j: i32, from: i32, to: i32): void {
  const lse = v128.load(space + column, ROW_LSE), delta = v128.load(space + column, ROW_DELTA);
  const cap = load<f32>(SOFTCAP) != 0, drop = drops(), wantsBias = given(D_BIAS);
  const factor = v128.load32_splat(FACTOR), scale = v128.load32_splat(SCORE_SCALE), derived = scored();
  const wantsSlopes = given(D_SLOPES), place = places(b, t);
  const rest = f32x4.splat(derived ? LOG2_E_REST : NEXT_TO_NOTHING);
  let dSlopes = v128.load(space + column, ROW_SLOPES);
  let i = <usize>from * SCORE_STEP + column;
  for (let key = from; key < to; ++key, i += SCORE_STEP) {
    const at = space + SCORES + i, d = gradientBlock(space) + i, made = extraBlock(space) + i;
    const score = v128.load(made), weight = exp2Limited(madd(score, factor, madd(score, rest, lse)));
    let dWeight = v128.load(d), kept = weight;
    if (drop) {
      const keep = v128.load(keepBlock(space) + i);
      dWeight = f32x4.mul(dWeight, keep);
      kept = f32x4.mul(weight, keep);
    }
    let dScore = f32x4.mul(weight, f32x4.sub(dWeight, delta));
    if (derived) dScore = f32x4.mul(dScore, v128.load(derivativeBlock(space) + i));
    if (wantsBias) v128.store(made, dScore);
    if (wantsSlopes) dSlopes = f32x4.sub(dSlopes, f32x4.mul(dScore, distance(place, j + key)));
    if (cap) {
      const ratio = tanhNear(f32x4.mul(scale, v128.load(at)));
      dScore = f32x4.mul(dScore, f32x4.sub(f32x4.splat(1), f32x4.mul(ratio, ratio)));
    }
    v128.store(at, kept);
    v128.store(d, dScore);
  }
  if (wantsSlopes) v128.store(space + column, dSlopes, ROW_SLOPES);
}
