/**
 * `out[.., i, ..] = x[.., index[.., i, ..], ..]`.
 *
 * Idea: one loop nest over the output, in which x has stride 0 along the axis; each run of the innermost dimension
 * adds its index. Where a run has one index (rows of an embedding) it is one move.
 */
import { COUNT, OUT, OUT_SHIFT, OWN, PLAN, TILE, counters, inputPointer } from "../elementwise/operands";
import { moveRun, nextRow, offsetAt, startAt, stepOf } from "../elementwise/runs";
import { parallel } from "../pool";
import { planRank, planSize, planStride } from "../strided";

/** Stride of x along the axis, its size there, and what an index outside of it reads (a bit pattern). */
const AXIS_STRIDE: usize = OWN;
const BOUND: usize = OWN + 4;
const ABSENT: usize = OWN + 8;

/** Inputs x and index; views of PLAN: out, x, index. */
export function gather(): void {
  const count = load<i32>(COUNT);
  parallel(gatherTile.index, (count + TILE - 1) / TILE, <f64>count * 2);
}

function gatherTile(tile: i32, thread: i32): void {
  const at = counters(thread);
  const last = planRank(PLAN) - 1;
  const inner = planSize(PLAN, last);
  const outStride = planStride(PLAN, 0, last);
  const xStride = planStride(PLAN, 1, last);
  const indexStride = planStride(PLAN, 2, last);
  const start = tile * TILE;
  let rest = min(load<i32>(COUNT) - start, TILE);
  let row = start / inner;
  let column = start - row * inner;
  startAt(PLAN, row, at);
  let out = offsetAt(PLAN, 0, at);
  let x = offsetAt(PLAN, 1, at);
  let index = offsetAt(PLAN, 2, at);
  while (true) {
    const run = min(rest, inner - column);
    const indices = inputPointer(1) + (<usize>(index + column * indexStride) << 2);
    gatherRun(indices, indexStride, x + column * xStride, xStride, out + column * outStride, outStride, run);
    rest -= run;
    if (rest == 0) return;
    column = 0;
    const moved = nextRow(PLAN, at);
    out += stepOf(PLAN, 0, moved);
    x += stepOf(PLAN, 1, moved);
    index += stepOf(PLAN, 2, moved);
  }
}

function gatherRun(indices: usize, indexStride: i32, x: i32, xStride: i32, out: i32, outStride: i32, count: i32): void {
  const shift = load<i32>(OUT_SHIFT);
  const bound = load<u32>(BOUND);
  const axisStride = load<i32>(AXIS_STRIDE);
  const from = inputPointer(0);
  const to = load<usize>(OUT) + (<usize>out << shift);
  if (indexStride == 0) {
    const i = load<i32>(indices);
    if (<u32>i < bound) moveRun(from + (<usize>(x + i * axisStride) << shift), xStride, to, outStride, count, shift);
    else moveRun(ABSENT, 0, to, outStride, count, shift);
    return;
  }
  const indexStep = <usize>indexStride << 2;
  const toStep = <usize>outStride << shift;
  let target = to;
  for (let c = 0; c < count; ++c, indices += indexStep, target += toStep) {
    const i = load<i32>(indices);
    const source = <u32>i < bound ? from + (<usize>(x + c * xStride + i * axisStride) << shift) : ABSENT;
    if (shift == 2) store<u32>(target, load<u32>(source));
    else store<u8>(target, load<u8>(source));
  }
}
