/**
 * GELU, forward and backward. Chunk functions: `(x, y, count)` and `(x, dy, dx, count)`, count a multiple of 4.
 *
 * Idea: four vectors side by side, one coefficient at a time. A constant is loaded once for sixteen elements (loads of
 * constants, two a cycle, would cost more than the arithmetic), and four chains hide each other's latency. The loops
 * over coefficients keep it so: in straight code the optimiser would line the four up one after the other.
 */
import { bounded, density, gelu, geluBackward, geluSlope } from "../math/activations";
import { ROOT_STEPS, TAIL, tailArgument } from "../math/erf";
import { nmadd } from "../math/lanes";
import { constant } from "../math/constants";
import { NEAR, NEAR_LAST, NEAR_SECOND, nearFraction, nearScaled, nearShifted } from "../math/exp";
import { madd } from "../simd";

export function geluF32(x: usize, y: usize, count: i32): void {
  const wide = count & ~15;
  tails(true, x, y, wide);
  const done = <usize>wide << 2;
  const end = x + (<usize>count << 2);
  for (x += done, y += done; x < end; x += 16, y += 16) v128.store(y, gelu(v128.load(x)));
}

/** `y = 2 Phi(-|x|)`, or GELU, which it all but is. */
// @ts-ignore: decorator
@inline function tails(whole: bool, x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 64, y += 64) {
    const a = tailArgument(v128.load(x)), b = tailArgument(v128.load(x, 16));
    const c = tailArgument(v128.load(x, 32)), d = tailArgument(v128.load(x, 48));
    const aa = f32x4.mul(a, a), bb = f32x4.mul(b, b), cc = f32x4.mul(c, c), dd = f32x4.mul(d, d);
    let p = constant(TAIL, 0), q = p, r = p, s = p;
    let P = constant(TAIL, 1), Q = P, R = P, S = P;
    for (let k: usize = TAIL + 8; k < TAIL + 32; k += 8) {
      const odd = v128.load32_splat(k), even = v128.load32_splat(k, 4);
      p = madd(p, aa, odd); q = madd(q, bb, odd); r = madd(r, cc, odd); s = madd(s, dd, odd);
      P = madd(P, aa, even); Q = madd(Q, bb, even); R = madd(R, cc, even); S = madd(S, dd, even);
    }
    p = f32x4.mul(madd(p, a, P), a); q = f32x4.mul(madd(q, b, Q), b);
    r = f32x4.mul(madd(r, c, R), c); s = f32x4.mul(madd(s, d, S), d);
    const two = constant(TAIL, 9), one = constant(TAIL, 10), half = constant(TAIL, 11);
    for (let i = 0; i < ROOT_STEPS; ++i) {
      p = f32x4.mul(p, f32x4.sub(two, p)); q = f32x4.mul(q, f32x4.sub(two, q));
      r = f32x4.mul(r, f32x4.sub(two, r)); s = f32x4.mul(s, f32x4.sub(two, s));
    }
    p = f32x4.sub(one, p); q = f32x4.sub(one, q); r = f32x4.sub(one, r); s = f32x4.sub(one, s);
    p = f32x4.mul(p, p); q = f32x4.mul(q, q); r = f32x4.mul(r, r); s = f32x4.mul(s, s);
    v128.store(y, whole ? share(v128.load(x), p, f32x4.mul(a, half)) : p);
    v128.store(y, whole ? share(v128.load(x, 16), q, f32x4.mul(b, half)) : q, 16);
    v128.store(y, whole ? share(v128.load(x, 32), r, f32x4.mul(c, half)) : r, 32);
    v128.store(y, whole ? share(v128.load(x, 48), s, f32x4.mul(d, half)) : s, 48);
  }
}

/** `max(x, 0) - halfA twoTails`. */
// @ts-ignore: decorator
@inline function share(x: v128, twoTails: v128, halfA: v128): v128 {
  return nmadd(twoTails, halfA, f32x4.pmax(x, f32x4.splat(0)));
}

/** Elements of which the tails are found before the slopes: both loops at once would need more registers than there are. */
const BLOCK: i32 = 1024;

/** dx is neither x nor dy. */
export function geluDx(x: usize, dy: usize, dx: usize, count: i32): void {
  const end = x + (<usize>count << 2);
  for (let wide = count & ~15; wide > 0; wide -= BLOCK) {
    const size = min(wide, BLOCK);
    tails(false, x, dx, size);
    slopes(x, dy, dx, size);
    x += <usize>size << 2; dy += <usize>size << 2; dx += <usize>size << 2;
  }
  for (; x < end; x += 16, dy += 16, dx += 16) v128.store(dx, geluBackward(v128.load(x), v128.load(dy)));
}

/** dx holds `2 Phi(-|x|)`. */
function slopes(x: usize, dy: usize, dx: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 64, dy += 64, dx += 64) {
    const az = density(v128.load(x)), an = nearShifted(az), a = nearFraction(az, an);
    const bz = density(v128.load(x, 16)), bn = nearShifted(bz), b = nearFraction(bz, bn);
    const cz = density(v128.load(x, 32)), cn = nearShifted(cz), c = nearFraction(cz, cn);
    const dz = density(v128.load(x, 48)), dn = nearShifted(dz), d = nearFraction(dz, dn);
    let p = constant(NEAR, 3), q = p, r = p, s = p;
    for (let k = NEAR_SECOND; k <= NEAR_LAST; k += 4) {
      const coefficient = v128.load32_splat(k);
      p = madd(p, a, coefficient); q = madd(q, b, coefficient);
      r = madd(r, c, coefficient); s = madd(s, d, coefficient);
    }
    slope(x, dy, dx, nearScaled(p, an));
    slope(x + 16, dy + 16, dx + 16, nearScaled(q, bn));
    slope(x + 32, dy + 32, dx + 32, nearScaled(r, cn));
    slope(x + 48, dy + 48, dx + 48, nearScaled(s, dn));
  }
}

// @ts-ignore: decorator
@inline function slope(x: usize, dy: usize, dx: usize, bell: v128): void {
  v128.store(dx, f32x4.mul(v128.load(dy), geluSlope(bounded(v128.load(x)), v128.load(dx), bell)));
}
