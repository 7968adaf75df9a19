/** Sums over one row: 16 lanes for 4096 elements (or 1024) at a time, double precision beyond. */
import { madd } from "../simd";
import { wideSum } from "./row-access";

const BLOCK: i32 = 4096;
const SHORT_BLOCK: i32 = 1024;

/** `sum(x y)`. */
export function dot(x: usize, y: usize, count: i32): f64 {
  let total: f64 = 0;
  while (count > 0) {
    const size = min(count, BLOCK);
    const end = x + (<usize>size << 2);
    const zero = f32x4.splat(0);
    let a = zero, b = zero, c = zero, d = zero;
    for (; x + 64 <= end; x += 64, y += 64) {
      a = madd(v128.load(x), v128.load(y), a);
      b = madd(v128.load(x, 16), v128.load(y, 16), b);
      c = madd(v128.load(x, 32), v128.load(y, 32), c);
      d = madd(v128.load(x, 48), v128.load(y, 48), d);
    }
    for (; x + 16 <= end; x += 16, y += 16) a = madd(v128.load(x), v128.load(y), a);
    for (; x < end; x += 4, y += 4) total += <f64>load<f32>(x) * <f64>load<f32>(y);
    total += wideSum(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
    count -= size;
  }
  return total;
}

/** `sum((x - mean)^2)`. */
export function squaredDeviations(x: usize, mean: f32, count: i32): f64 {
  const m = f32x4.splat(mean);
  let total: f64 = 0;
  while (count > 0) {
    const size = min(count, BLOCK);
    const end = x + (<usize>size << 2);
    const zero = f32x4.splat(0);
    let a = zero, b = zero, c = zero, d = zero;
    for (; x + 64 <= end; x += 64) {
      const p = f32x4.sub(v128.load(x), m);
      const q = f32x4.sub(v128.load(x, 16), m);
      const r = f32x4.sub(v128.load(x, 32), m);
      const s = f32x4.sub(v128.load(x, 48), m);
      a = madd(p, p, a);
      b = madd(q, q, b);
      c = madd(r, r, c);
      d = madd(s, s, d);
    }
    for (; x + 16 <= end; x += 16) {
      const p = f32x4.sub(v128.load(x), m);
      a = madd(p, p, a);
    }
    for (; x < end; x += 4) {
      const p = <f64>(load<f32>(x) - mean);
      total += p * p;
    }
    total += wideSum(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
    count -= size;
  }
  return total;
}

/** The sum that `sumAndSquares` found. Each thread has its own. */
export let sum: f64 = 0;

/** `sum(x^2)`; leaves `sum(x)` in `sum`. */
export function sumAndSquares(x: usize, count: i32): f64 {
  let total: f64 = 0;
  sum = 0;
  while (count > 0) {
    const size = min(count, SHORT_BLOCK);
    const end = x + (<usize>size << 2);
    const zero = f32x4.splat(0);
    let a = zero, b = zero, c = zero, d = zero, e = zero, f = zero, g = zero, h = zero;
    for (; x + 64 <= end; x += 64) {
      const p = v128.load(x), q = v128.load(x, 16), r = v128.load(x, 32), s = v128.load(x, 48);
      a = madd(p, p, a); b = madd(q, q, b); c = madd(r, r, c); d = madd(s, s, d);
      e = f32x4.add(e, p); f = f32x4.add(f, q); g = f32x4.add(g, r); h = f32x4.add(h, s);
    }
    for (; x + 16 <= end; x += 16) {
      const p = v128.load(x);
      a = madd(p, p, a);
      e = f32x4.add(e, p);
    }
    for (; x < end; x += 4) {
      const p = <f64>load<f32>(x);
      total += p * p;
      sum += p;
    }
    total += wideSum(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
    sum += wideSum(f32x4.add(f32x4.add(e, f), f32x4.add(g, h)));
    count -= size;
  }
  return total;
}
