/**
 * Few rows times a weight `[n, k]` that comes from memory (decoding).
 *
 * One idea: two long streams. A core's prefetchers reach a fifth more with two streams that each run on for hundreds of
 * KiB than with one, and lose a third with streams a few KiB apart. So a column of the weight's first half goes with
 * one of its second half, and every vector of x serves both.
 */
import { activateRows } from "./epilogue";
import { floats } from "./gemv";
import { ARGS, scratch } from "./layout";
import { parallel } from "./pool";
import { madd, sumLanes } from "./simd";

/** Tasks at most. Threads have contiguous shares, so that small tasks leave streams long, and nobody waits for long. */
const TASKS: i32 = 64;

const X: usize = ARGS;
const X_ROW: usize = ARGS + 4;
const W: usize = ARGS + 8;
const W_COLUMN: usize = ARGS + 12;
const OUT: usize = ARGS + 16;
const M: usize = ARGS + 20;
const N: usize = ARGS + 24;
const K: usize = ARGS + 28;
const BIAS: usize = ARGS + 32;
const ACTIVATION: usize = ARGS + 36;
const ACTIVATED: usize = ARGS + 40;
/** Columns of a half, and of a task. */
const HALF: usize = ARGS + 44;
const EACH: usize = ARGS + 48;

/**
 * `out = act(x w^T + bias)`, out contiguous `[m, n]`; strides of rows in elements, k contiguous in x and w.
 *
 * @param bias        0, or n floats
 * @param activation  as in `gemm`
 */
export function streamProduct(
  x: usize, xRow: i32, w: usize, wColumn: i32, out: usize, m: i32, n: i32, k: i32,
  bias: usize, activation: i32, activated: usize,
): void {
  store<usize>(X, x); store<i32>(X_ROW, xRow << 2); store<usize>(W, w); store<i32>(W_COLUMN, wColumn << 2);
  store<usize>(OUT, out); store<i32>(M, m); store<i32>(N, n); store<i32>(K, k);
  store<usize>(BIAS, bias); store<i32>(ACTIVATION, activation); store<usize>(ACTIVATED, activated);
  const half = (n + 1) >> 1;
  const each = ((half + TASKS - 1) / TASKS + 3) & ~3;
  store<i32>(HALF, half);
  store<i32>(EACH, each);
  parallel(task.index, (half + each - 1) / each, 2 * <f64>m * <f64>n * <f64>k);
}

function task(index: i32, thread: i32): void {
  const first = index * load<i32>(EACH), half = load<i32>(HALF), n = load<i32>(N), m = load<i32>(M);
  const end = min(first + load<i32>(EACH), half);
  const k = load<i32>(K), xRow = load<i32>(X_ROW), row = <usize>n << 2, bias = load<usize>(BIAS);
  const across = half * load<i32>(W_COLUMN);
  for (let column = first; column < end; ++column) {
    const w = load<usize>(W) + column * load<i32>(W_COLUMN);
    // An odd column has no partner: it is its own.
    const partner = column + half < n ? half : 0;
    const v = partner ? w + across : w;
    const b: f32 = bias ? load<f32>(bias + (<usize>column << 2)) : 0;
    const d: f32 = bias ? load<f32>(bias + (<usize>(column + partner) << 2)) : 0;
    let x = load<usize>(X);
    let to = load<usize>(OUT) + (<usize>column << 2);
    let rest = m;
    for (; rest >= 4; rest -= 4, x += 4 * xRow, to += 4 * row) fourRows(x, xRow, w, v, k, to, row, <usize>partner << 2, b, d);
    for (; rest > 0; --rest, x += xRow, to += row) oneRow(x, w, v, k, to, <usize>partner << 2, b, d);
  }
  if (load<i32>(ACTIVATION) == 0) return;
  activate(first, end - first, row, m, thread);
  if (end + half > n) activate(first + half, n - first - half, row, m, thread);
  else activate(first + half, end - first, row, m, thread);
}

function activate(column: i32, columns: i32, row: usize, rows: i32, thread: i32): void {
  const at = <usize>column << 2;
  activateRows(load<i32>(ACTIVATION), load<usize>(OUT) + at, load<usize>(ACTIVATED) + at, row, rows, columns, scratch(thread));
}

/** One row by two columns: 8 chains. */
function oneRow(x: usize, w: usize, v: usize, k: i32, to: usize, partner: usize, b: f32, d: f32): void {
  const zero = f32x4.splat(0);
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero, t0 = zero, t1 = zero, t2 = zero, t3 = zero;
  for (; k >= 16; k -= 16, x += 64, w += 64, v += 64) {
    const x0 = v128.load(x), x1 = v128.load(x, 16), x2 = v128.load(x, 32), x3 = v128.load(x, 48);
    s0 = madd(x0, v128.load(w), s0); s1 = madd(x1, v128.load(w, 16), s1);
    s2 = madd(x2, v128.load(w, 32), s2); s3 = madd(x3, v128.load(w, 48), s3);
    t0 = madd(x0, v128.load(v), t0); t1 = madd(x1, v128.load(v, 16), t1);
    t2 = madd(x2, v128.load(v, 32), t2); t3 = madd(x3, v128.load(v, 48), t3);
  }
  for (; k >= 4; k -= 4, x += 16, w += 16, v += 16) {
    const x0 = v128.load(x);
    s0 = madd(x0, v128.load(w), s0); t0 = madd(x0, v128.load(v), t0);
  }
  if (k > 0) {
    const x0 = floats(x, k);
    s1 = madd(x0, floats(w, k), s1); t1 = madd(x0, floats(v, k), t1);
  }
  store<f32>(to + partner, sumLanes(f32x4.add(f32x4.add(t0, t1), f32x4.add(t2, t3))) + d);
  store<f32>(to, sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3))) + b);
}

/** Four rows by two columns: 8 chains. */
function fourRows(x: usize, xRow: i32, w: usize, v: usize, k: i32, to: usize, row: usize, partner: usize, b: f32, d: f32): void {
  const zero = f32x4.splat(0);
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero, t0 = zero, t1 = zero, t2 = zero, t3 = zero;
  let x1 = x + xRow, x2 = x1 + xRow, x3 = x2 + xRow;
  for (; k >= 4; k -= 4, x += 16, x1 += 16, x2 += 16, x3 += 16, w += 16, v += 16) {
    const p = v128.load(w), q = v128.load(v);
    let u = v128.load(x); s0 = madd(u, p, s0); t0 = madd(u, q, t0);
    u = v128.load(x1); s1 = madd(u, p, s1); t1 = madd(u, q, t1);
    u = v128.load(x2); s2 = madd(u, p, s2); t2 = madd(u, q, t2);
    u = v128.load(x3); s3 = madd(u, p, s3); t3 = madd(u, q, t3);
  }
  if (k > 0) {
    const p = floats(w, k), q = floats(v, k);
    let u = floats(x, k); s0 = madd(u, p, s0); t0 = madd(u, q, t0);
    u = floats(x1, k); s1 = madd(u, p, s1); t1 = madd(u, q, t1);
    u = floats(x2, k); s2 = madd(u, p, s2); t2 = madd(u, q, t2);
    u = floats(x3, k); s3 = madd(u, p, s3); t3 = madd(u, q, t3);
  }
  store<f32>(to + partner, sumLanes(t0) + d); store<f32>(to, sumLanes(s0) + b);
  to += row;
  store<f32>(to + partner, sumLanes(t1) + d); store<f32>(to, sumLanes(s1) + b);
  to += row;
  store<f32>(to + partner, sumLanes(t2) + d); store<f32>(to, sumLanes(s2) + b);
  to += row;
  store<f32>(to + partner, sumLanes(t3) + d); store<f32>(to, sumLanes(s3) + b);
}
