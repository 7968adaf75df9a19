import { mul, square, sub, type Tensor } from "@saccade/core";

/** The derivative of the sigmoid where its value is s: `s (1 - s)`. */
export function sigmoidSlope(s: Tensor): Tensor {
  return mul(s, sub(1, s));
}

/** The derivative of tanh where its value is y: `1 - y^2`. */
export function tanhSlope(y: Tensor): Tensor {
  return sub(1, square(y));
}
