/**
 * One idea: the register tile of gemm-micro.ts for an A that lies k by k (its transpose is row-major): the splats of
 * one k are neighbours, so that one pointer walks A.
 */
import { FROM_C, FROM_ROW, tileHeight } from "./gemm-micro";
import { madd } from "./simd";

// @ts-ignore: decorator
@inline
function micro(rows: i32, a: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  const r1 = c + ldc, r2 = r1 + ldc, r3 = r2 + ldc, r4 = r3 + ldc, r5 = r4 + ldc;
  let p0 = f32x4.splat(0), q0 = p0, p1 = p0, q1 = p0, p2 = p0, q2 = p0, p3 = p0, q3 = p0, p4 = p0, q4 = p0, p5 = p0, q5 = p0;
  if (from == FROM_C) {
    p0 = v128.load(c); q0 = v128.load(c, 16);
    if (rows > 1) { p1 = v128.load(r1); q1 = v128.load(r1, 16); }
    if (rows > 2) { p2 = v128.load(r2); q2 = v128.load(r2, 16); }
    if (rows > 3) { p3 = v128.load(r3); q3 = v128.load(r3, 16); }
    if (rows > 4) { p4 = v128.load(r4); q4 = v128.load(r4, 16); }
    if (rows > 5) { p5 = v128.load(r5); q5 = v128.load(r5, 16); }
  } else if (from == FROM_ROW) {
    p0 = p1 = p2 = p3 = p4 = p5 = v128.load(start);
    q0 = q1 = q2 = q3 = q4 = q5 = v128.load(start, 16);
  }
  for (; k > 0; --k) {
    const x = v128.load(b), y = v128.load(b, 16);
    b += bStep;
    let s = v128.load32_splat(a); p0 = madd(s, x, p0); q0 = madd(s, y, q0);
    if (rows > 1) { s = v128.load32_splat(a, 4); p1 = madd(s, x, p1); q1 = madd(s, y, q1); }
    if (rows > 2) { s = v128.load32_splat(a, 8); p2 = madd(s, x, p2); q2 = madd(s, y, q2); }
    if (rows > 3) { s = v128.load32_splat(a, 12); p3 = madd(s, x, p3); q3 = madd(s, y, q3); }
    if (rows > 4) { s = v128.load32_splat(a, 16); p4 = madd(s, x, p4); q4 = madd(s, y, q4); }
    if (rows > 5) { s = v128.load32_splat(a, 20); p5 = madd(s, x, p5); q5 = madd(s, y, q5); }
    a += aStep;
  }
  v128.store(c, p0); v128.store(c, q0, 16);
  if (rows > 1) { v128.store(r1, p1); v128.store(r1, q1, 16); }
  if (rows > 2) { v128.store(r2, p2); v128.store(r2, q2, 16); }
  if (rows > 3) { v128.store(r3, p3); v128.store(r3, q3, 16); }
  if (rows > 4) { v128.store(r4, p4); v128.store(r4, q4, 16); }
  if (rows > 5) { v128.store(r5, p5); v128.store(r5, q5, 16); }
}

function micro6(a: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  micro(6, a, aStep, b, bStep, k, c, ldc, from, start);
}
function micro5(a: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  micro(5, a, aStep, b, bStep, k, c, ldc, from, start);
}
function micro4(a: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  micro(4, a, aStep, b, bStep, k, c, ldc, from, start);
}
function micro3(a: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  micro(3, a, aStep, b, bStep, k, c, ldc, from, start);
}
function micro2(a: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  micro(2, a, aStep, b, bStep, k, c, ldc, from, start);
}
function micro1(a: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  micro(1, a, aStep, b, bStep, k, c, ldc, from, start);
}

/** `c[0..height, 0..8] = start + sum over k of a[k, 0..height] b[k, 0..8]`; rows of a are `aStep` bytes apart. */
export function microTileT(height: i32, a: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  switch (height) {
    case 6: micro6(a, aStep, b, bStep, k, c, ldc, from, start); break;
    case 5: micro5(a, aStep, b, bStep, k, c, ldc, from, start); break;
    case 4: micro4(a, aStep, b, bStep, k, c, ldc, from, start); break;
    case 3: micro3(a, aStep, b, bStep, k, c, ldc, from, start); break;
    case 2: micro2(a, aStep, b, bStep, k, c, ldc, from, start); break;
    default: micro1(a, aStep, b, bStep, k, c, ldc, from, start);
  }
}

/** `microTileT` for any number of rows. */
export function microColumnT(rows: i32, a: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  while (rows > 0) {
    const height = tileHeight(rows);
    microTileT(height, a, aStep, b, bStep, k, c, ldc, from, start);
    a += <usize>height << 2;
    c += <usize>height * ldc;
    rows -= height;
  }
}
