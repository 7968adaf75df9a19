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
  const end = x + (<usize>count << 2);
  for (; x + 64 <= end; x += 64, y += 64) {
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
    v128.store(y, share(v128.load(x), f32x4.mul(p, p), f32x4.mul(a, half)));
    v128.store(y, share(v128.load(x, 16), f32x4.mul(q, q), f32x4.mul(b, half)), 16);
    v128.store(y, share(v128.load(x, 32), f32x4.mul(r, r), f32x4.mul(c, half)), 32);
    v128.store(y, share(v128.load(x, 48), f32x4.mul(s, s), f32x4.mul(d, half)), 48);
  }
  for (; x < end; x += 16, y += 16) v128.store(y, gelu(v128.load(x)));
}

/** `max(x, 0) - halfA twoTails`. */
// @ts-ignore: decorator
@inline function share(x: v128, twoTails: v128, halfA: v128): v128 {
  return nmadd(twoTails, halfA, f32x4.pmax(x, f32x4.splat(0)));
}

/** As above, and the exponentials in the same way. */
export function geluDx(x: usize, dy: usize, dx: usize, count: i32): void {
  const end = x + (<usize>count << 2);
  for (; x + 64 <= end; x += 64, dy += 64, dx += 64) {
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
    const two = constant(TAIL, 9), one = constant(TAIL, 10);
    for (let i = 0; i < ROOT_STEPS; ++i) {
      p = f32x4.mul(p, f32x4.sub(two, p)); q = f32x4.mul(q, f32x4.sub(two, q));
      r = f32x4.mul(r, f32x4.sub(two, r)); s = f32x4.mul(s, f32x4.sub(two, s));
    }
    p = f32x4.sub(one, p); q = f32x4.sub(one, q); r = f32x4.sub(one, r); s = f32x4.sub(one, s);
    const az = density(v128.load(x)), an = nearShifted(az), af = nearFraction(az, an);
    const bz = density(v128.load(x, 16)), bn = nearShifted(bz), bf = nearFraction(bz, bn);
    const cz = density(v128.load(x, 32)), cn = nearShifted(cz), cf = nearFraction(cz, cn);
    const dz = density(v128.load(x, 48)), dn = nearShifted(dz), df = nearFraction(dz, dn);
    P = Q = R = S = constant(NEAR, 3);
    for (let k = NEAR_SECOND; k <= NEAR_LAST; k += 4) {
      const coefficient = v128.load32_splat(k);
      P = madd(P, af, coefficient); Q = madd(Q, bf, coefficient);
      R = madd(R, cf, coefficient); S = madd(S, df, coefficient);
    }
    v128.store(dx, f32x4.mul(v128.load(dy), geluSlope(bounded(v128.load(x)), f32x4.mul(p, p), nearScaled(P, an))));
    v128.store(dx, f32x4.mul(v128.load(dy, 16), geluSlope(bounded(v128.load(x, 16)), f32x4.mul(q, q), nearScaled(Q, bn))), 16);
    v128.store(dx, f32x4.mul(v128.load(dy, 32), geluSlope(bounded(v128.load(x, 32)), f32x4.mul(r, r), nearScaled(R, cn))), 32);
    v128.store(dx, f32x4.mul(v128.load(dy, 48), geluSlope(bounded(v128.load(x, 48)), f32x4.mul(s, s), nearScaled(S, dn))), 48);
  }
  for (; x < end; x += 16, dy += 16, dx += 16) v128.store(dx, geluBackward(v128.load(x), v128.load(dy)));
}
