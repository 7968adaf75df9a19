/**
 * tanh. Ideas: near 0 an odd polynomial; beyond, `1 - 2 / (e^(2|x|) + 1)`, where nothing cancels.
 */
import { madd } from "../simd";
import { constant } from "./constants";
import { expFast } from "./exp";
import { pick, withSign } from "./lanes";

// prettier-ignore
const TABLE: usize = memory.data<f32>([
  -0.005704987259034348, 0.020639087487738, -0.053739715162851504, // 0: tanh x = x + x^3 (...)
  0.13331442199154048, -0.33333281942052384,
  0.625, 1, 2,                                                     // 5: where the polynomial ends; 1; 2
]);

/** `tanh x` with at most 2 ulp; odd, saturates at 1. */
// @ts-ignore: decorator
@inline export function tanh(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = madd(constant(TABLE, 0), z, constant(TABLE, 1));
  p = madd(p, z, constant(TABLE, 2));
  p = madd(p, z, constant(TABLE, 3));
  p = madd(p, z, constant(TABLE, 4));
  const inner = madd(f32x4.mul(p, z), x, x);

  const a = f32x4.abs(x);
  const one = constant(TABLE, 6);
  const falling = f32x4.div(constant(TABLE, 7), f32x4.add(expFast(f32x4.add(a, a)), one));
  const outer = withSign(f32x4.sub(one, falling), x);
  return pick(f32x4.lt(a, constant(TABLE, 5)), inner, outer);
}
