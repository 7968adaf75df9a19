/**
 * Copies between any two layouts of equal elements. Ideas, in the order in which they are tried:
 * one block move where both sides are contiguous; a transpose in 4 x 4 register tiles where the source runs along
 * another dimension than the destination, by way of a 64 x 64 buffer, because rows a power of two apart evict each
 * other from the cache; else runs of the innermost dimension.
 *
 * The loop nest is ordered by the destination (JavaScript sorts it): the innermost dimension has its smallest stride.
 */
import { parallel } from "../pool";
import { planCount, planRank, planSize, planStride } from "../strided";
import { COUNT, OUT, OUT_SHIFT, PLAN, TILE, counters, inputPointer, stage } from "./operands";
import { copyBytes, moveRun, nextRow, offsetAt, startAt, stepOf } from "./runs";

/** Bytes of a tile of a plain move. */
const MOVE: usize = 0x20000;
/** Columns of the source (rows of the destination) in a strip of a transpose. */
const STRIP: i32 = 64;

/** Both sides contiguous; COUNT, OUT and OUT_SHIFT say what. */
export function copyContiguous(): void {
  const bytes = <usize>load<i32>(COUNT) << load<i32>(OUT_SHIFT);
  parallel(moveTile.index, <i32>((bytes + MOVE - 1) / MOVE), <f64>bytes / 2);
}

function moveTile(tile: i32, _thread: i32): void {
  const bytes = <usize>load<i32>(COUNT) << load<i32>(OUT_SHIFT);
  const at = <usize>tile * MOVE;
  memory.copy(load<usize>(OUT) + at, inputPointer(0) + at, min(MOVE, bytes - at));
}

/** By runs of the innermost dimension; views of PLAN: source, destination. */
export function copyRuns(): void {
  const count = load<i32>(COUNT);
  parallel(runsTile.index, (count + TILE - 1) / TILE, <f64>count * 2);
}

function runsTile(tile: i32, thread: i32): void {
  const shift = load<i32>(OUT_SHIFT);
  const from = inputPointer(0);
  const to = load<usize>(OUT);
  const last = planRank(PLAN) - 1;
  const inner = planSize(PLAN, last);
  const fromStride = planStride(PLAN, 0, last);
  const toStride = planStride(PLAN, 1, last);
  const at = counters(thread);
  const start = tile * TILE;
  let rest = min(planCount(PLAN) - start, TILE);
  let row = start / inner;
  let column = start - row * inner;
  startAt(PLAN, row, at);
  let fromOffset = offsetAt(PLAN, 0, at);
  let toOffset = offsetAt(PLAN, 1, at);
  while (true) {
    const run = min(rest, inner - column);
    const source = from + (<usize>(fromOffset + column * fromStride) << shift);
    moveRun(source, fromStride, to + (<usize>(toOffset + column * toStride) << shift), toStride, run, shift);
    rest -= run;
    if (rest == 0) return;
    column = 0;
    const moved = nextRow(PLAN, at);
    fromOffset += stepOf(PLAN, 0, moved);
    toOffset += stepOf(PLAN, 1, moved);
  }
}

/** The last two dimensions of PLAN are exchanged: source strides 1 and any, destination strides any and 1. */
export function copyTransposed(): void {
  const rank = planRank(PLAN);
  const rows = planSize(PLAN, rank - 2);
  const area = rows * planSize(PLAN, rank - 1);
  const strips = (rows + STRIP - 1) / STRIP;
  parallel(transposeTile.index, strips * (planCount(PLAN) / area), <f64>planCount(PLAN) * 3);
}

function transposeTile(tile: i32, thread: i32): void {
  const shift = load<i32>(OUT_SHIFT);
  const rank = planRank(PLAN);
  const rows = planSize(PLAN, rank - 2);
  const columns = planSize(PLAN, rank - 1);
  const strips = (rows + STRIP - 1) / STRIP;
  let batch = tile / strips;
  const first = (tile - batch * strips) * STRIP;
  let fromOffset = first;
  let toOffset = first * planStride(PLAN, 1, rank - 2);
  for (let d = rank - 3; d >= 0; --d) {
    const size = planSize(PLAN, d);
    const next = batch / size;
    fromOffset += (batch - next * size) * planStride(PLAN, 0, d);
    toOffset += (batch - next * size) * planStride(PLAN, 1, d);
    batch = next;
  }
  const from = inputPointer(0) + (<usize>fromOffset << shift);
  const to = load<usize>(OUT) + (<usize>toOffset << shift);
  const fromStep = <usize>planStride(PLAN, 0, rank - 1) << shift;
  const toStep = <usize>planStride(PLAN, 1, rank - 2) << shift;
  const height = min(STRIP, rows - first);
  if (shift == 2) transposeWords(from, fromStep, to, toStep, height, columns, stage(thread, 0));
  else if (shift == 0) transposeScalar<u8>(from, fromStep, to, toStep, 0, height, 0, columns);
  else transposeScalar<u64>(from, fromStep, to, toStep, 0, height, 0, columns);
}

/** `to[i][j] = from[j][i]` for i < rows, j < columns; steps in bytes; `buffer` has room for 64 x 64. */
function transposeWords(from: usize, fromStep: usize, to: usize, toStep: usize, rows: i32, columns: i32, buffer: usize): void {
  const wholeRows = rows & ~3;
  const wholeColumns = columns & ~3;
  for (let left = 0; left < wholeColumns; left += STRIP) {
    const width = min(STRIP, wholeColumns - left);
    transposeBlock(from + <usize>left * fromStep, fromStep, buffer, wholeRows, width);
    const target = to + (<usize>left << 2);
    for (let i = 0; i < wholeRows; ++i) {
      copyBytes(buffer + <usize>i * (STRIP << 2), target + <usize>i * toStep, <usize>width << 2);
    }
  }
  transposeScalar<u32>(from, fromStep, to, toStep, wholeRows, rows, 0, wholeColumns);
  transposeScalar<u32>(from, fromStep, to, toStep, 0, rows, wholeColumns, columns);
}

/** In 4 x 4 tiles; rows of the result are STRIP elements apart. */
function transposeBlock(from: usize, fromStep: usize, to: usize, rows: i32, columns: i32): void {
  const toStep: usize = STRIP << 2;
  for (let j = 0; j < columns; j += 4) {
    let source = from + <usize>j * fromStep;
    let target = to + (<usize>j << 2);
    for (let i = 0; i < rows; i += 4) {
      const a = v128.load(source);
      const b = v128.load(source + fromStep);
      const c = v128.load(source + fromStep * 2);
      const d = v128.load(source + fromStep * 3);
      const ab = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
      const cd = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
      const AB = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
      const CD = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
      v128.store(target, i8x16.shuffle(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
      v128.store(target, i8x16.shuffle(ab, cd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), STRIP << 2);
      v128.store(target, i8x16.shuffle(AB, CD, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23), STRIP << 3);
      v128.store(target, i8x16.shuffle(AB, CD, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), STRIP * 12);
      source += 16;
      target += toStep * 4;
    }
  }
}

/** Rows [top, bottom), columns [left, right). */
// @ts-ignore: decorator
@inline function transposeScalar<T>(from: usize, fromStep: usize, to: usize, toStep: usize, top: i32, bottom: i32, left: i32, right: i32): void {
  for (let j = left; j < right; ++j) {
    const source = from + <usize>j * fromStep;
    const target = to + <usize>j * sizeof<T>();
    for (let i = top; i < bottom; ++i) store<T>(target + <usize>i * toStep, load<T>(source + <usize>i * sizeof<T>()));
  }
}
