/** Passes over one row of floats: exponentials, their sum, scaling, shifting. */
import { expFast } from "../math/exp";
import { loadPart, storePart, wideSum } from "./row-access";

/** Elements after which a sum continues in double precision. */
const BLOCK: i32 = 4096;

/** `y = e^(x - shift)`; returns the sum. y may be x. */
export function storeExp(x: usize, shift: f32, y: usize, count: i32): f64 {
  const s = f32x4.splat(shift);
  let total: f64 = 0;
  while (count >= 4) {
    const size = min(count, BLOCK) & ~3;
    const end = x + (<usize>size << 2);
    let a = f32x4.splat(0);
    let b = a;
    for (; x + 32 <= end; x += 32, y += 32) {
      const p = expFast(f32x4.sub(v128.load(x), s));
      const q = expFast(f32x4.sub(v128.load(x, 16), s));
      v128.store(y, p);
      v128.store(y, q, 16);
      a = f32x4.add(a, p);
      b = f32x4.add(b, q);
    }
    if (x < end) {
      const p = expFast(f32x4.sub(v128.load(x), s));
      v128.store(y, p);
      a = f32x4.add(a, p);
      x += 16;
      y += 16;
    }
    total += wideSum(f32x4.add(a, b));
    count -= size;
  }
  if (count == 0) return total;
  const p = expFast(f32x4.sub(loadPart(x, count, f32x4.splat(-Infinity)), s));
  storePart(y, p, count);
  return total + wideSum(p);
}

/** The sum of `e^(x - shift)`. */
export function sumExp(x: usize, shift: f32, count: i32): f64 {
  const s = f32x4.splat(shift);
  let total: f64 = 0;
  while (count >= 4) {
    const size = min(count, BLOCK) & ~3;
    const end = x + (<usize>size << 2);
    let a = f32x4.splat(0);
    let b = a;
    for (; x + 32 <= end; x += 32) {
      a = f32x4.add(a, expFast(f32x4.sub(v128.load(x), s)));
      b = f32x4.add(b, expFast(f32x4.sub(v128.load(x, 16), s)));
    }
    if (x < end) {
      a = f32x4.add(a, expFast(f32x4.sub(v128.load(x), s)));
      x += 16;
    }
    total += wideSum(f32x4.add(a, b));
    count -= size;
  }
  if (count == 0) return total;
  return total + wideSum(expFast(f32x4.sub(loadPart(x, count, f32x4.splat(-Infinity)), s)));
}

/** `y = x factor`. */
export function scaleTo(x: usize, factor: f32, y: usize, count: i32): void {
  const f = f32x4.splat(factor);
  const end = x + (<usize>count << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.mul(v128.load(x), f));
  for (; x < end; x += 4, y += 4) store<f32>(y, load<f32>(x) * factor);
}

/** `y = (x + a) + b`: two steps, because a cancels most of x. */
export function addTo(x: usize, a: f32, b: f32, y: usize, count: i32): void {
  const u = f32x4.splat(a);
  const v = f32x4.splat(b);
  const end = x + (<usize>count << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.add(f32x4.add(v128.load(x), u), v));
  for (; x < end; x += 4, y += 4) store<f32>(y, load<f32>(x) + a + b);
}

/** `y = e^(x - shift) factor + offset`. */
export function storeScaledExp(x: usize, shift: f32, factor: f32, offset: f32, y: usize, count: i32): void {
  const s = f32x4.splat(shift);
  const f = f32x4.splat(factor);
  const o = f32x4.splat(offset);
  for (; count >= 4; count -= 4, x += 16, y += 16) {
    v128.store(y, f32x4.add(f32x4.mul(expFast(f32x4.sub(v128.load(x), s)), f), o));
  }
  if (count == 0) return;
  const p = expFast(f32x4.sub(loadPart(x, count, f32x4.splat(0)), s));
  storePart(y, f32x4.add(f32x4.mul(p, f), o), count);
}
