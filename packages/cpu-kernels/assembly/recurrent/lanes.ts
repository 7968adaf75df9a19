/** One idea: four floats at a time, the last one to three too, so that no loop has a scalar twin. */
import { floats } from "../gemv";
import { nmadd } from "../math/lanes";

/** `rest` floats from here on are there: four of them, or zeros behind them. */
// @ts-ignore: decorator
@inline
export function get(from: usize, rest: i32): v128 {
  return rest >= 4 ? v128.load(from) : floats(from, rest);
}

// @ts-ignore: decorator
@inline
export function put(to: usize, v: v128, rest: i32): void {
  if (rest >= 4) {
    v128.store(to, v);
    return;
  }
  v128.store32_lane(to, v, 0);
  if (rest > 1) v128.store32_lane(to, v, 1, 4);
  if (rest > 2) v128.store32_lane(to, v, 2, 8);
}

/** `s (1 - s)`, the derivative of a sigmoid. */
// @ts-ignore: decorator
@inline
export function sigmoidSlope(s: v128): v128 {
  return nmadd(s, s, s);
}

/** `1 - y^2`, the derivative of tanh. */
// @ts-ignore: decorator
@inline
export function tanhSlope(y: v128): v128 {
  return nmadd(y, y, f32x4.splat(1));
}
