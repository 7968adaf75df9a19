/**
 * Sigmoid and what it gates: `x / (1 + e^z)`. Chunk functions `(x, y, count)`, count a multiple of 4; y may be x.
 *
 * Idea: as in `gelu.ts`, four vectors side by side, one coefficient at a time.
 */
import { geluTanh, geluTanhArgument, finiteBelow, quickGelu, quickGeluArgument, sigmoid, silu } from "../math/activations";
import { constant } from "../math/constants";
import { GATE, GATE_LAST, GATE_SECOND, gateLimited, gateReduced, gateScaled, gateShifted } from "../math/exp";
import { madd } from "../simd";

const SIGMOID: i32 = 0;
const SILU: i32 = 1;
const QUICK_GELU: i32 = 2;
const GELU_TANH: i32 = 3;

export function sigmoidF32(x: usize, y: usize, count: i32): void {
  run(SIGMOID, x, y, count);
}

export function siluF32(x: usize, y: usize, count: i32): void {
  run(SILU, x, y, count);
}

export function quickGeluF32(x: usize, y: usize, count: i32): void {
  run(QUICK_GELU, x, y, count);
}

export function geluTanhF32(x: usize, y: usize, count: i32): void {
  run(GELU_TANH, x, y, count);
}

/** z, within the limits of the exponential. */
// @ts-ignore: decorator
@inline function argument(kind: i32, x: v128): v128 {
  if (kind == QUICK_GELU) return gateLimited(quickGeluArgument(x));
  if (kind == GELU_TANH) return gateLimited(geluTanhArgument(x));
  return gateLimited(f32x4.neg(x));
}

// @ts-ignore: decorator
@inline function quotient(kind: i32, x: v128, power: v128, one: v128): v128 {
  const numerator = kind == SIGMOID ? one : kind == GELU_TANH ? finiteBelow(x) : x;
  return f32x4.div(numerator, f32x4.add(power, one));
}

/** One vector. */
// @ts-ignore: decorator
@inline function single(kind: i32, x: v128): v128 {
  if (kind == SIGMOID) return sigmoid(x);
  if (kind == SILU) return silu(x);
  return kind == QUICK_GELU ? quickGelu(x) : geluTanh(x);
}

// @ts-ignore: decorator
@inline function run(kind: i32, x: usize, y: usize, count: i32): void {
  const end = x + (<usize>count << 2);
  for (; x + 64 <= end; x += 64, y += 64) {
    const az = argument(kind, v128.load(x)), an = gateShifted(az), a = gateReduced(az, an);
    const bz = argument(kind, v128.load(x, 16)), bn = gateShifted(bz), b = gateReduced(bz, bn);
    const cz = argument(kind, v128.load(x, 32)), cn = gateShifted(cz), c = gateReduced(cz, cn);
    const dz = argument(kind, v128.load(x, 48)), dn = gateShifted(dz), d = gateReduced(dz, dn);
    let p = constant(GATE, 4), q = p, r = p, s = p;
    for (let k = GATE_SECOND; k <= GATE_LAST; k += 4) {
      const coefficient = v128.load32_splat(k);
      p = madd(p, a, coefficient); q = madd(q, b, coefficient);
      r = madd(r, c, coefficient); s = madd(s, d, coefficient);
    }
    const one = constant(GATE, 9);
    v128.store(y, quotient(kind, v128.load(x), gateScaled(p, an), one));
    v128.store(y, quotient(kind, v128.load(x, 16), gateScaled(q, bn), one), 16);
    v128.store(y, quotient(kind, v128.load(x, 32), gateScaled(r, cn), one), 32);
    v128.store(y, quotient(kind, v128.load(x, 48), gateScaled(s, dn), one), 48);
  }
  for (; x < end; x += 16, y += 16) v128.store(y, single(kind, v128.load(x)));
}
