/**
 * One idea: none: the product of integers and doubles, by definition, one output row a tile. i32 wraps, u8 sums are
 * taken modulo 256, f64 accumulates in f64.
 */
import { ARGS } from "./layout";
import { parallel } from "./pool";

const A: usize = ARGS;
const A_ROW: usize = ARGS + 4;
const A_COLUMN: usize = ARGS + 8;
const B: usize = ARGS + 12;
const B_ROW: usize = ARGS + 16;
const B_COLUMN: usize = ARGS + 20;
const OUT: usize = ARGS + 24;
const N: usize = ARGS + 28;
const K: usize = ARGS + 32;

/** One item `[m, k] x [k, n]`. `dtype`: 0 f64, 1 i32, 2 u8. Strides in elements. */
export function matmulSlow(dtype: i32, a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32, out: usize, m: i32, n: i32, k: i32): void {
  store<usize>(A, a); store<i32>(A_ROW, aRow); store<i32>(A_COLUMN, aColumn);
  store<usize>(B, b); store<i32>(B_ROW, bRow); store<i32>(B_COLUMN, bColumn);
  store<usize>(OUT, out); store<i32>(N, n); store<i32>(K, k);
  const task = dtype == 0 ? rowOf64.index : dtype == 1 ? rowOfInts.index : rowOfBytes.index;
  parallel(task, m, 4 * <f64>m * <f64>n * <f64>k);
}

function rowOf64(row: i32, thread: i32): void {
  rowTask<f64>(row);
}
function rowOfInts(row: i32, thread: i32): void {
  rowTask<i32>(row);
}
function rowOfBytes(row: i32, thread: i32): void {
  rowTask<u8>(row);
}

function rowTask<T>(row: i32): void {
  const n = load<i32>(N), k = load<i32>(K);
  const size = <i32>sizeof<T>();
  const aColumn = load<i32>(A_COLUMN) * size, bRow = load<i32>(B_ROW) * size, bColumn = load<i32>(B_COLUMN) * size;
  const a = load<usize>(A) + row * load<i32>(A_ROW) * size;
  const out = load<usize>(OUT) + <usize>row * <usize>(n * size);
  for (let column = 0; column < n; ++column) {
    let sum: T = 0;
    for (let i = 0; i < k; ++i) {
      sum += load<T>(a + i * aColumn) * load<T>(load<usize>(B) + i * bRow + column * bColumn);
    }
    store<T>(out + <usize>(column * size), sum);
  }
}
