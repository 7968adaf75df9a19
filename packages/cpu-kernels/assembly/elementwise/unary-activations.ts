/** Chunk functions of one f32 operand: activations. `(x, y, count)`, count a multiple of 16. */
import {
  elu, hardsigmoid, hardswish, logSigmoid, mish, relu, selu, softplus, softsign,
} from "../math/activations";
import { pick } from "../math/lanes";
import { A, B } from "./operands";

export { geluF32 } from "./gelu";
export { geluTanhF32, quickGeluF32, sigmoidF32, siluF32 } from "./logistic";

export function reluF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, relu(v128.load(x)));
}

export function hardsigmoidF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, hardsigmoid(v128.load(x)));
}

export function hardswishF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, hardswish(v128.load(x)));
}

export function logSigmoidF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, logSigmoid(v128.load(x)));
}

export function mishF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, mish(v128.load(x)));
}

export function seluF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, selu(v128.load(x)));
}

export function softsignF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, softsign(v128.load(x)));
}

export function eluF32(x: usize, y: usize, count: i32): void {
  const a = v128.load32_splat(A);
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, elu(v128.load(x), a));
}

export function softplusF32(x: usize, y: usize, count: i32): void {
  const a = v128.load32_splat(A);
  const b = v128.load32_splat(B);
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, softplus(v128.load(x), a, b));
}

export function leakyReluF32(x: usize, y: usize, count: i32): void {
  const a = v128.load32_splat(A);
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, leaky(v128.load(x), a));
}

// @ts-ignore: decorator
@inline function leaky(x: v128, slope: v128): v128 {
  return pick(f32x4.gt(x, f32x4.splat(0)), x, f32x4.mul(x, slope));
}
