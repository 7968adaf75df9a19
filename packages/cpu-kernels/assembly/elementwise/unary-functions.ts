/** Chunk functions of one f32 operand: the mathematical functions. `(x, y, count)`, count a multiple of 16. */
import { acos, asin, atan } from "../math/atan";
import { constant } from "../math/constants";
import { erf } from "../math/erf";
import { exp } from "../math/exp";
import { expm1 } from "../math/expm1";
import { pick } from "../math/lanes";
import { log, log1p, log2 } from "../math/log";
import { pow } from "../math/pow";
import { tanh } from "../math/tanh";
import { cos, sin, tan } from "../math/trig";
import { A } from "./operands";

export function expF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, exp(v128.load(x)));
}

export function expm1F32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, expm1(v128.load(x)));
}

export function logF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, log(v128.load(x)));
}

export function log1pF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, log1p(v128.load(x)));
}

export function log2F32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, log2(v128.load(x)));
}

export function tanhF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, tanh(v128.load(x)));
}

export function erfF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, erf(v128.load(x)));
}

export function sinF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, sin(v128.load(x)));
}

export function cosF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, cos(v128.load(x)));
}

export function tanF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, tan(v128.load(x)));
}

export function asinF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, asin(v128.load(x)));
}

export function acosF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, acos(v128.load(x)));
}

export function atanF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, atan(v128.load(x)));
}

export function powF32(x: usize, y: usize, count: i32): void {
  const a = v128.load32_splat(A);
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, pow(v128.load(x), a));
}

export function cubeF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, cube(v128.load(x)));
}

/** `x^0.5`: as sqrt, but -0 gives 0 and -infinity gives infinity. */
export function rootF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, root(v128.load(x)));
}

const INFINITY: usize = memory.data<f32>([Infinity, -Infinity]);

// @ts-ignore: decorator
@inline function cube(x: v128): v128 {
  return f32x4.mul(f32x4.mul(x, x), x);
}

// @ts-ignore: decorator
@inline function root(x: v128): v128 {
  const y = f32x4.sqrt(f32x4.add(x, f32x4.splat(0)));
  return pick(f32x4.eq(x, constant(INFINITY, 1)), constant(INFINITY, 0), y);
}
