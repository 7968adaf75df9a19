/**
 * One idea: with few rows there is nothing to reuse, so B is read once, in place, as a stream.
 *
 * `dotRows`: k is contiguous in B (a weight `[n, k]`): four columns at a time are dot products along k, two vectors
 * deep. `axpyRow`: columns are contiguous: 32 columns are accumulated while k runs.
 */
import { madd, sumLanes } from "./simd";

/** Up to this many rows, a B with contiguous k goes through `dotRows` instead of being packed. */
export const DOT_ROWS: i32 = 12;

// @ts-ignore: decorator
@inline
export function floats(pointer: usize, rest: i32): v128 {
  // The last 1 to 3 floats, zeros behind them.
  let v = v128.load32_zero(pointer);
  if (rest > 1) v = v128.load32_lane(pointer, v, 1, 4);
  if (rest > 2) v = v128.load32_lane(pointer, v, 2, 8);
  return v;
}

// @ts-ignore: decorator
@inline
function put(c: usize, column: usize, sum: v128, bias: usize): void {
  let value = sumLanes(sum);
  if (bias != 0) value += load<f32>(bias + column);
  store<f32>(c + column, value);
}

/** One row by 4 columns: 8 chains. */
function dot1(x: usize, w0: usize, w1: usize, w2: usize, w3: usize, k: i32, c: usize, columns: i32, bias: usize): void {
  const zero = f32x4.splat(0);
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero, t0 = zero, t1 = zero, t2 = zero, t3 = zero;
  for (; k >= 8; k -= 8) {
    const u = v128.load(x), v = v128.load(x, 16);
    s0 = madd(u, v128.load(w0), s0); t0 = madd(v, v128.load(w0, 16), t0);
    s1 = madd(u, v128.load(w1), s1); t1 = madd(v, v128.load(w1, 16), t1);
    s2 = madd(u, v128.load(w2), s2); t2 = madd(v, v128.load(w2, 16), t2);
    s3 = madd(u, v128.load(w3), s3); t3 = madd(v, v128.load(w3, 16), t3);
    x += 32; w0 += 32; w1 += 32; w2 += 32; w3 += 32;
  }
  if (k >= 4) {
    const u = v128.load(x);
    s0 = madd(u, v128.load(w0), s0); s1 = madd(u, v128.load(w1), s1);
    s2 = madd(u, v128.load(w2), s2); s3 = madd(u, v128.load(w3), s3);
    x += 16; w0 += 16; w1 += 16; w2 += 16; w3 += 16; k -= 4;
  }
  if (k > 0) {
    const u = floats(x, k);
    s0 = madd(u, floats(w0, k), s0); s1 = madd(u, floats(w1, k), s1);
    s2 = madd(u, floats(w2, k), s2); s3 = madd(u, floats(w3, k), s3);
  }
  put(c, 0, f32x4.add(s0, t0), bias);
  if (columns > 1) put(c, 4, f32x4.add(s1, t1), bias);
  if (columns > 2) put(c, 8, f32x4.add(s2, t2), bias);
  if (columns > 3) put(c, 12, f32x4.add(s3, t3), bias);
}

/** One row by one column, 8 chains: a single stream, which memory delivers faster than four. */
function dotStream(x: usize, w: usize, k: i32, c: usize, bias: usize): void {
  const zero = f32x4.splat(0);
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
  for (; k >= 32; k -= 32) {
    s0 = madd(v128.load(x), v128.load(w), s0); s1 = madd(v128.load(x, 16), v128.load(w, 16), s1);
    s2 = madd(v128.load(x, 32), v128.load(w, 32), s2); s3 = madd(v128.load(x, 48), v128.load(w, 48), s3);
    s4 = madd(v128.load(x, 64), v128.load(w, 64), s4); s5 = madd(v128.load(x, 80), v128.load(w, 80), s5);
    s6 = madd(v128.load(x, 96), v128.load(w, 96), s6); s7 = madd(v128.load(x, 112), v128.load(w, 112), s7);
    x += 128; w += 128;
  }
  for (; k >= 4; k -= 4) {
    s0 = madd(v128.load(x), v128.load(w), s0);
    x += 16; w += 16;
  }
  if (k > 0) s1 = madd(floats(x, k), floats(w, k), s1);
  s0 = f32x4.add(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), f32x4.add(f32x4.add(s4, s5), f32x4.add(s6, s7)));
  put(c, 0, s0, bias);
}

/** Two rows by 4 columns: 8 chains. */
function dot2(x: usize, y: usize, w0: usize, w1: usize, w2: usize, w3: usize, k: i32, c: usize, ldc: usize, columns: i32, bias: usize): void {
  const zero = f32x4.splat(0);
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero, t0 = zero, t1 = zero, t2 = zero, t3 = zero;
  for (; k >= 4; k -= 4) {
    const u = v128.load(x), v = v128.load(y);
    let w = v128.load(w0); s0 = madd(u, w, s0); t0 = madd(v, w, t0);
    w = v128.load(w1); s1 = madd(u, w, s1); t1 = madd(v, w, t1);
    w = v128.load(w2); s2 = madd(u, w, s2); t2 = madd(v, w, t2);
    w = v128.load(w3); s3 = madd(u, w, s3); t3 = madd(v, w, t3);
    x += 16; y += 16; w0 += 16; w1 += 16; w2 += 16; w3 += 16;
  }
  if (k > 0) {
    const u = floats(x, k), v = floats(y, k);
    let w = floats(w0, k); s0 = madd(u, w, s0); t0 = madd(v, w, t0);
    w = floats(w1, k); s1 = madd(u, w, s1); t1 = madd(v, w, t1);
    w = floats(w2, k); s2 = madd(u, w, s2); t2 = madd(v, w, t2);
    w = floats(w3, k); s3 = madd(u, w, s3); t3 = madd(v, w, t3);
  }
  const d = c + ldc;
  put(c, 0, s0, bias); put(d, 0, t0, bias);
  if (columns > 1) { put(c, 4, s1, bias); put(d, 4, t1, bias); }
  if (columns > 2) { put(c, 8, s2, bias); put(d, 8, t2, bias); }
  if (columns > 3) { put(c, 12, s3, bias); put(d, 12, t3, bias); }
}

/**
 * `c[rows, columns] = a b (+ bias)` where k is contiguous in a (rows `aRow` bytes apart) and b (columns `bColumn` apart).
 *
 * @param single  whether one row reads b as a single stream: right if b comes from memory rather than a cache
 */
export function dotRows(a: usize, aRow: usize, b: usize, bColumn: usize, rows: i32, columns: i32, k: i32, c: usize, ldc: usize, bias: usize, single: bool): void {
  if (rows == 1 && single) {
    for (let column = 0; column < columns; ++column, c += 4, b += bColumn) {
      dotStream(a, b, k, c, bias);
      if (bias != 0) bias += 4;
    }
    return;
  }
  for (let column = 0; column < columns; column += 4) {
    const some = min(4, columns - column);
    // Columns that are not there read the last one again; their sums are dropped.
    const w0 = b + <usize>column * bColumn;
    const w1 = some > 1 ? w0 + bColumn : w0;
    const w2 = some > 2 ? w1 + bColumn : w1;
    const w3 = some > 3 ? w2 + bColumn : w2;
    let row = 0;
    for (; row + 2 <= rows; row += 2) {
      const x = a + <usize>row * aRow;
      dot2(x, x + aRow, w0, w1, w2, w3, k, c + <usize>row * ldc, ldc, some, bias);
    }
    if (row < rows) dot1(a + <usize>row * aRow, w0, w1, w2, w3, k, c + <usize>row * ldc, some, bias);
    c += 16;
    if (bias != 0) bias += 16;
  }
}

/** One row of outputs, 32 at a time, from a b with contiguous columns; `a` steps by `aColumn` bytes. */
export function axpyRow(a: usize, aColumn: usize, b: usize, bRow: usize, columns: i32, k: i32, c: usize, bias: usize): void {
  let column = 0;
  for (; column + 32 <= columns; column += 32) {
    const at = <usize>column << 2;
    let x = a, w = b + at;
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    if (bias != 0) {
      const start = bias + at;
      s0 = v128.load(start); s1 = v128.load(start, 16); s2 = v128.load(start, 32); s3 = v128.load(start, 48);
      s4 = v128.load(start, 64); s5 = v128.load(start, 80); s6 = v128.load(start, 96); s7 = v128.load(start, 112);
    }
    for (let i = k; i > 0; --i) {
      const v = v128.load32_splat(x);
      s0 = madd(v, v128.load(w), s0); s1 = madd(v, v128.load(w, 16), s1);
      s2 = madd(v, v128.load(w, 32), s2); s3 = madd(v, v128.load(w, 48), s3);
      s4 = madd(v, v128.load(w, 64), s4); s5 = madd(v, v128.load(w, 80), s5);
      s6 = madd(v, v128.load(w, 96), s6); s7 = madd(v, v128.load(w, 112), s7);
      x += aColumn; w += bRow;
    }
    const to = c + at;
    v128.store(to, s0); v128.store(to, s1, 16); v128.store(to, s2, 32); v128.store(to, s3, 48);
    v128.store(to, s4, 64); v128.store(to, s5, 80); v128.store(to, s6, 96); v128.store(to, s7, 112);
  }
  for (; column + 4 <= columns; column += 4) {
    const at = <usize>column << 2;
    let x = a, w = b + at;
    let sum = bias != 0 ? v128.load(bias + at) : f32x4.splat(0);
    for (let i = k; i > 0; --i) { sum = madd(v128.load32_splat(x), v128.load(w), sum); x += aColumn; w += bRow; }
    v128.store(c + at, sum);
  }
  for (; column < columns; ++column) {
    const at = <usize>column << 2;
    let x = a, w = b + at;
    let sum: f32 = bias != 0 ? load<f32>(bias + at) : 0;
    for (let i = k; i > 0; --i) { sum += load<f32>(x) * load<f32>(w); x += aColumn; w += bRow; }
    store<f32>(c + at, sum);
  }
}
