/** What the norms share. Idea: one row is normalised while another, which comes from memory, is added up. */
import { madd } from "../simd";
import { wideSum } from "./row-access";

/** Elements after which a sum continues in double precision. */
const BLOCK: i32 = 1024;

/**
 * `y = (x - mean) rstd w + b`; returns the sum of `next`, or that of its squares. y may be x, and next may be x if the
 * sum does not matter.
 */
// @ts-ignore: decorator
@inline export function normalizeBeside(
  x: usize, mean: f32, rstd: f32, w: usize, b: usize, y: usize, count: i32, next: usize, squares: bool,
): f64 {
  const m = f32x4.splat(mean);
  const r = f32x4.splat(rstd);
  let total: f64 = 0;
  for (; count > 0; count -= BLOCK) {
    const end = x + (<usize>min(count, BLOCK) << 2);
    let s = f32x4.splat(0), t = s;
    for (; x + 32 <= end; x += 32, y += 32, w += 32, b += 32, next += 32) {
      const p = v128.load(next), q = v128.load(next, 16);
      const g = f32x4.mul(f32x4.sub(v128.load(x), m), r), h = f32x4.mul(f32x4.sub(v128.load(x, 16), m), r);
      s = squares ? madd(p, p, s) : f32x4.add(s, p);
      t = squares ? madd(q, q, t) : f32x4.add(t, q);
      v128.store(y, madd(g, v128.load(w), v128.load(b)));
      v128.store(y, madd(h, v128.load(w, 16), v128.load(b, 16)), 16);
    }
    total += wideSum(f32x4.add(s, t));
    for (; x < end; x += 4, y += 4, w += 4, b += 4, next += 4) {
      const p = <f64>load<f32>(next);
      total += squares ? p * p : p;
      store<f32>(y, (load<f32>(x) - mean) * rstd * load<f32>(w) + load<f32>(b));
    }
  }
  return total;
}

/** An operand's address, or where there is none, `stage`, filled with what has its effect. */
export function orFilled(operand: usize, value: f32, stage: usize, count: i32): usize {
  if (operand) return operand;
  for (let at = stage; at < stage + (<usize>count << 2); at += 4) store<f32>(at, value);
  return stage;
}
