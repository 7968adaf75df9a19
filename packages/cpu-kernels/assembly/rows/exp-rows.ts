/**
 * Passes over one row of floats: exponentials, their sum, scaling, shifting.
 *
 * Idea: exponentials of four vectors side by side, one coefficient at a time. A constant is loaded once for sixteen
 * elements, and four chains hide each other's latency; the loop over coefficients keeps them side by side, where the
 * optimiser would line them up. Beside them run the maximum of the row to come, which waits for memory, and the
 * scaling of the row before.
 */
import { constant } from "../math/constants";
import {
  expNear, NEAR, NEAR_LAST, NEAR_SECOND, nearBinary, nearFraction, nearScaled, nearShifted,
} from "../math/exp";
import { madd, maxLanes } from "../simd";
import { loadPart, storePart, wideSum } from "./row-access";

/** Elements after which a sum continues in double precision. */
const BLOCK: i32 = 4096;

/** What becomes of the exponentials of a row, beside their sum. */
const NOTHING: i32 = 0;
const STORED: i32 = 1;
const AFFINE: i32 = 2;

/** The maximum of `next` in `storeExp` or `sumExp`; of a row with NaN, any number or NaN. Each thread has its own. */
export let nextMaximum: f32 = 0;

/**
 * `y = e^(x - shift)`; returns the sum, leaves the maximum of `next` in `nextMaximum`, and multiplies the row `before`
 * by `factor`: that waits for no sum. y may be x, and next x.
 */
export function storeExp(x: usize, shift: f32, y: usize, count: i32, next: usize, before: usize, factor: f32): f64 {
  return exponentials(STORED, x, shift, y, count, next, before, factor, 0);
}

/** The sum of `e^(x - shift)`; leaves the maximum of `next` in `nextMaximum`. */
export function sumExp(x: usize, shift: f32, count: i32, next: usize): f64 {
  return exponentials(NOTHING, x, shift, x, count, next, x, 1, 0);
}

/** `y = e^(x - shift) factor + offset`. */
export function storeScaledExp(x: usize, shift: f32, factor: f32, offset: f32, y: usize, count: i32): void {
  exponentials(AFFINE, x, shift, y, count, x, x, factor, offset);
}

// @ts-ignore: decorator
@inline function exponentials(
  fate: i32, x: usize, shift: f32, y: usize, count: i32, next: usize, before: usize, factor: f32, offset: f32,
): f64 {
  const s = f32x4.splat(shift), f = f32x4.splat(factor), o = f32x4.splat(offset);
  const nextEnd = next + (<usize>count << 2), beforeEnd = before + (<usize>count << 2);
  let total: f64 = 0;
  let highest = v128.load32_splat(next);
  while (count >= 4) {
    const size = min(count, BLOCK) & ~3;
    const end = x + (<usize>size << 2);
    let first = f32x4.splat(0);
    let second = first;
    for (; x + 64 <= end; x += 64, y += 64, next += 64, before += 64) {
      const az = nearBinary(f32x4.sub(v128.load(x), s)), an = nearShifted(az), a = nearFraction(az, an);
      const bz = nearBinary(f32x4.sub(v128.load(x, 16), s)), bn = nearShifted(bz), b = nearFraction(bz, bn);
      const cz = nearBinary(f32x4.sub(v128.load(x, 32), s)), cn = nearShifted(cz), c = nearFraction(cz, cn);
      const dz = nearBinary(f32x4.sub(v128.load(x, 48), s)), dn = nearShifted(dz), d = nearFraction(dz, dn);
      let p = constant(NEAR, 3), q = p, r = p, t = p;
      for (let k = NEAR_SECOND; k <= NEAR_LAST; k += 4) {
        const coefficient = v128.load32_splat(k);
        p = madd(p, a, coefficient); q = madd(q, b, coefficient);
        r = madd(r, c, coefficient); t = madd(t, d, coefficient);
      }
      p = nearScaled(p, an); q = nearScaled(q, bn); r = nearScaled(r, cn); t = nearScaled(t, dn);
      if (fate == AFFINE) {
        v128.store(y, madd(p, f, o)); v128.store(y, madd(q, f, o), 16);
        v128.store(y, madd(r, f, o), 32); v128.store(y, madd(t, f, o), 48);
        continue;
      }
      if (fate == STORED) {
        v128.store(y, p); v128.store(y, q, 16); v128.store(y, r, 32); v128.store(y, t, 48);
        scaleVector(before, f); scaleVector(before + 16, f); scaleVector(before + 32, f); scaleVector(before + 48, f);
      }
      first = f32x4.add(first, f32x4.add(p, q));
      second = f32x4.add(second, f32x4.add(r, t));
      const left = f32x4.pmax(v128.load(next), v128.load(next, 16));
      const right = f32x4.pmax(v128.load(next, 32), v128.load(next, 48));
      highest = f32x4.pmax(highest, f32x4.pmax(left, right));
    }
    for (; x < end; x += 16, y += 16) {
      const p = expNear(f32x4.sub(v128.load(x), s));
      if (fate != NOTHING) v128.store(y, fate == AFFINE ? madd(p, f, o) : p);
      first = f32x4.add(first, p);
    }
    total += wideSum(f32x4.add(first, second));
    count -= size;
  }
  if (fate != AFFINE) {
    for (; next < nextEnd; next += 4) highest = f32x4.pmax(highest, v128.load32_splat(next));
    nextMaximum = maxLanes(highest);
  }
  if (fate == STORED) scaleTo(before, factor, before, <i32>((beforeEnd - before) >> 2));
  if (count == 0) return total;
  const p = expNear(f32x4.sub(loadPart(x, count, f32x4.splat(-Infinity)), s));
  if (fate != NOTHING) storePart(y, fate == AFFINE ? madd(p, f, o) : p, count);
  return total + wideSum(p);
}

// @ts-ignore: decorator
@inline function scaleVector(at: usize, factor: v128): void {
  v128.store(at, f32x4.mul(v128.load(at), factor));
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
