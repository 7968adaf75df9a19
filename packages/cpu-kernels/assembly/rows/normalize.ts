/** What the norms share. */
import { madd } from "../simd";

/** `y = (x - mean) rstd w + b`. y may be x. */
export function normalize(x: usize, mean: f32, rstd: f32, w: usize, b: usize, y: usize, count: i32): void {
  const m = f32x4.splat(mean);
  const r = f32x4.splat(rstd);
  const end = x + (<usize>count << 2);
  for (; x + 32 <= end; x += 32, y += 32, w += 32, b += 32) {
    const g = f32x4.mul(f32x4.sub(v128.load(x), m), r), h = f32x4.mul(f32x4.sub(v128.load(x, 16), m), r);
    v128.store(y, madd(g, v128.load(w), v128.load(b)));
    v128.store(y, madd(h, v128.load(w, 16), v128.load(b, 16)), 16);
  }
  for (; x < end; x += 4, y += 4, w += 4, b += 4) {
    store<f32>(y, (load<f32>(x) - mean) * rstd * load<f32>(w) + load<f32>(b));
  }
}

/** An operand's address, or where there is none, `stage`, filled with what has its effect. */
export function orFilled(operand: usize, value: f32, stage: usize, count: i32): usize {
  if (operand) return operand;
  for (let at = stage; at < stage + (<usize>count << 2); at += 4) store<f32>(at, value);
  return stage;
}
