/**
 * One idea: B is packed once into panels that all threads share, then tiles of the output are computed independently.
 *
 * Chunks of k (KC * 8) and of columns keep the panels within WORKSPACE; tiles are some 48 rows by 256 columns, by
 * shape alone. Every output sums its k in blocks of KC, in ascending order, each block one chain.
 */
import { KC, multiplyBlock } from "./gemm-block";
import { packPanel } from "./gemm-pack";
import { blasCuts, blasProduct, suitsBlas } from "./blas";
import { activateRows } from "./epilogue";
import { axpyRow, DOT_ROWS, dotRows } from "./gemv";
import { ARGS, scratch, WORKSPACE, WORKSPACE_BYTES } from "./layout";
import { parallel } from "./pool";

/** k of one chunk: what WORKSPACE holds of B at a time. */
const K_CHUNK: i32 = 8 * KC;
/** Below so many rows, a row-major B is read in place. */
const PACK_ROWS: i32 = 12;
/** Floats of B that one task streams. */
const STREAM_FLOATS: i32 = 0x1_0000;
/** A B of so many floats is not in a cache when a model comes round to it again. */
const OUT_OF_CACHE: f64 = 500_000;
/** Panels that one packing task packs. */
const PACK_GROUP: i32 = 8;

const A: usize = ARGS;
const A_ROW: usize = ARGS + 4;
const A_COLUMN: usize = ARGS + 8;
const B: usize = ARGS + 12;
const B_ROW: usize = ARGS + 16;
const B_COLUMN: usize = ARGS + 20;
const OUT: usize = ARGS + 24;
const M: usize = ARGS + 28;
const N: usize = ARGS + 32;
const K: usize = ARGS + 36;
const BIAS: usize = ARGS + 40;
const ACTIVATION: usize = ARGS + 44;
const ACTIVATED: usize = ARGS + 48;
// The chunk at hand.
const K_FIRST: usize = ARGS + 64;
const K_COUNT: usize = ARGS + 68;
const N_FIRST: usize = ARGS + 72;
const N_COUNT: usize = ARGS + 76;
const TILE_ROWS: usize = ARGS + 80;
const TILE_COLUMNS: usize = ARGS + 84;
const COLUMN_TILES: usize = ARGS + 88;
const IN_PLACE: usize = ARGS + 92;

/**
 * `out = act(a b + bias)`, out contiguous `[m, n]`; a and b with any strides, in elements.
 *
 * @param bias        0, or n floats
 * @param activation  0, or a code of epilogue.ts; its result goes to `activated`, which may be `out` itself
 */
export function gemm(
  a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32, out: usize,
  m: i32, n: i32, k: i32, bias: usize, activation: i32, activated: usize,
): void {
  store<usize>(A, a); store<i32>(A_ROW, aRow << 2); store<i32>(A_COLUMN, aColumn << 2);
  store<usize>(B, b); store<i32>(B_ROW, bRow << 2); store<i32>(B_COLUMN, bColumn << 2);
  store<usize>(OUT, out); store<i32>(M, m); store<i32>(N, n); store<i32>(K, k);
  store<usize>(BIAS, bias); store<i32>(ACTIVATION, activation); store<usize>(ACTIVATED, activated);
  if (suitsBlas(aRow, aColumn, bRow, bColumn, m, n, k)) {
    const cuts = blasCuts(m, n, k);
    const rows = evenShare(m, cuts >> 8, 8), columns = evenShare(n, cuts & 255, 16);
    store<i32>(TILE_ROWS, rows);
    store<i32>(TILE_COLUMNS, columns);
    parallel(blasTask.index, count(m, rows) * count(n, columns), <f64>m * <f64>n * <f64>k);
    return;
  }
  if ((m <= DOT_ROWS && aColumn == 1 && bRow == 1) || (m == 1 && bColumn == 1)) {
    const columns = max(32, (STREAM_FLOATS / max(k, 1)) & ~31);
    store<i32>(TILE_COLUMNS, columns);
    parallel(streamTask.index, count(n, columns), 2 * <f64>m * <f64>n * <f64>k);
    return;
  }
  const kDepth = min(k, K_CHUNK);
  const nChunk = max(8, (<i32>(WORKSPACE_BYTES >> 2) / max(kDepth, 1)) & ~7);
  for (let n0 = 0; n0 < n; n0 += nChunk) {
    store<i32>(N_FIRST, n0);
    store<i32>(N_COUNT, min(nChunk, n - n0));
    // A product over an empty k is one chunk of nothing: it writes the bias or zeros.
    for (let k0 = 0; k0 == 0 || k0 < k; k0 += K_CHUNK) {
      store<i32>(K_FIRST, k0);
      store<i32>(K_COUNT, min(K_CHUNK, k - k0));
      chunk();
    }
  }
}

/** A tile by BLAS, from the bias on. */
function blasTask(tile: i32, thread: i32): void {
  const m = load<i32>(M), n = load<i32>(N), k = load<i32>(K);
  const columnTiles = count(n, load<i32>(TILE_COLUMNS));
  const row = tile / columnTiles * load<i32>(TILE_ROWS), column = tile % columnTiles * load<i32>(TILE_COLUMNS);
  const rows = min(load<i32>(TILE_ROWS), m - row), columns = min(load<i32>(TILE_COLUMNS), n - column);
  const at = <usize>(row * n + column) << 2;
  const c = load<usize>(OUT) + at;
  const bias = load<usize>(BIAS);
  if (bias != 0) {
    for (let i = 0; i < rows; ++i) memory.copy(c + (<usize>(i * n) << 2), bias + (<usize>column << 2), <usize>columns << 2);
  }
  const aRow = load<i32>(A_ROW) >> 2, aColumn = load<i32>(A_COLUMN) >> 2;
  const bRow = load<i32>(B_ROW) >> 2, bColumn = load<i32>(B_COLUMN) >> 2;
  const a = load<usize>(A) + ((row * aRow) << 2), b = load<usize>(B) + ((column * bColumn) << 2);
  blasProduct(a, aRow, aColumn, b, bRow, bColumn, c, n, rows, columns, k, bias != 0);
  const activation = load<i32>(ACTIVATION);
  if (activation != 0) activateRows(activation, c, load<usize>(ACTIVATED) + at, <usize>n << 2, rows, columns, scratch(thread));
}

/** Few rows: B is a stream, cut by columns. */
function streamTask(task: i32, thread: i32): void {
  const m = load<i32>(M), k = load<i32>(K), ldc = <usize>load<i32>(N) << 2;
  const aRow = load<i32>(A_ROW), aColumn = load<i32>(A_COLUMN), bRow = load<i32>(B_ROW), bColumn = load<i32>(B_COLUMN);
  const column = task * load<i32>(TILE_COLUMNS);
  const columns = min(load<i32>(TILE_COLUMNS), load<i32>(N) - column);
  const a = load<usize>(A), b = load<usize>(B) + column * bColumn;
  const at = <usize>column << 2;
  const c = load<usize>(OUT) + at;
  const bias: usize = load<usize>(BIAS) == 0 ? 0 : load<usize>(BIAS) + at;
  if (aColumn == 4 && bRow == 4) dotRows(a, aRow, b, bColumn, m, columns, k, c, ldc, bias, <f64>load<i32>(N) * <f64>k >= OUT_OF_CACHE);
  else axpyRow(a, aColumn, b, bRow, columns, k, c, bias);
  const activation = load<i32>(ACTIVATION);
  if (activation != 0) activateRows(activation, c, load<usize>(ACTIVATED) + at, ldc, m, columns, scratch(thread));
}

function chunk(): void {
  const m = load<i32>(M), k = load<i32>(K_COUNT), n = load<i32>(N_COUNT);
  const panels = (n + 7) >> 3;
  const flops = 2 * <f64>m * <f64>n * <f64>k;
  const inPlace = m < PACK_ROWS && load<i32>(B_COLUMN) == 4;
  store<i32>(IN_PLACE, inPlace);
  if (!inPlace) parallel(packTask.index, (panels + PACK_GROUP - 1) / PACK_GROUP, 2 * <f64>n * <f64>k);
  let rows = tileOf(m, 48, 6), columns = tileOf(n, 256, 8);
  if (count(m, rows) * count(n, columns) < 16) rows = tileOf(m, 24, 6);
  if (count(m, rows) * count(n, columns) < 16) columns = tileOf(n, 128, 8);
  store<i32>(TILE_ROWS, rows);
  store<i32>(TILE_COLUMNS, columns);
  store<i32>(COLUMN_TILES, count(n, columns));
  parallel(tileTask.index, count(m, rows) * count(n, columns), flops);
}

/** The even share, a multiple of `unit`, of as few tiles as keep within `most`. */
// @ts-ignore: decorator
@inline
function tileOf(size: i32, most: i32, unit: i32): i32 {
  return evenShare(size, count(size, most), unit);
}

/** The same of so many tiles. */
// @ts-ignore: decorator
@inline
function evenShare(size: i32, tiles: i32, unit: i32): i32 {
  return count(count(size, tiles), unit) * unit;
}

// @ts-ignore: decorator
@inline
function count(size: i32, tile: i32): i32 {
  return (size + tile - 1) / tile;
}

/** Panels of the chunk in WORKSPACE: for each block of k all panels, each as many rows as the block has. */
function packTask(task: i32, thread: i32): void {
  const n = load<i32>(N_COUNT), k = load<i32>(K_COUNT);
  const bRow = load<i32>(B_ROW), bColumn = load<i32>(B_COLUMN);
  const b = load<usize>(B) + load<i32>(K_FIRST) * bRow + load<i32>(N_FIRST) * bColumn;
  const padded = <usize>((n + 7) & ~7);
  const end = min((task + 1) * PACK_GROUP * 8, n);
  for (let k0 = 0; k0 < k; k0 += KC) {
    const depth = min(KC, k - k0);
    for (let column = task * PACK_GROUP * 8; column < end; column += 8) {
      const to = WORKSPACE + ((<usize>k0 * padded + <usize>(column * depth)) << 2);
      packPanel(b + k0 * bRow + column * bColumn, bRow, bColumn, depth, min(8, n - column), to);
    }
  }
}

function tileTask(tile: i32, thread: i32): void {
  const m = load<i32>(M), n = load<i32>(N_COUNT), k = load<i32>(K_COUNT), kFirst = load<i32>(K_FIRST);
  const columnTiles = load<i32>(COLUMN_TILES);
  const row = tile / columnTiles * load<i32>(TILE_ROWS);
  const column = tile % columnTiles * load<i32>(TILE_COLUMNS);
  const rows = min(load<i32>(TILE_ROWS), m - row), columns = min(load<i32>(TILE_COLUMNS), n - column);
  const ldc = <usize>load<i32>(N) << 2;
  const firstColumn = load<i32>(N_FIRST) + column;
  const at = <usize>row * ldc + (<usize>firstColumn << 2);
  const c = load<usize>(OUT) + at;
  const aRow = load<i32>(A_ROW), aColumn = load<i32>(A_COLUMN), bRow = load<i32>(B_ROW);
  const a = load<usize>(A) + row * aRow + kFirst * aColumn;
  const bias: usize = load<usize>(BIAS) == 0 ? 0 : load<usize>(BIAS) + (<usize>firstColumn << 2);
  const inPlace = load<i32>(IN_PLACE);
  const padded = <usize>((n + 7) & ~7);
  for (let k0 = 0; k0 == 0 || k0 < k; k0 += KC) {
    const depth = min(KC, k - k0);
    const panels = inPlace
      ? load<usize>(B) + (kFirst + k0) * bRow + (firstColumn << 2)
      : WORKSPACE + ((<usize>k0 * padded + <usize>(column * depth)) << 2);
    multiplyBlock(
      a + k0 * aColumn, aRow, aColumn, panels, inPlace ? 32 : <usize>depth << 5, inPlace ? <usize>bRow : 32,
      c, ldc, rows, columns, depth, kFirst + k0 > 0, bias, scratch(thread),
    );
  }
  const activation = load<i32>(ACTIVATION);
  if (activation != 0 && kFirst + k == load<i32>(K)) {
    activateRows(activation, c, load<usize>(ACTIVATED) + at, ldc, rows, columns, scratch(thread));
  }
}
