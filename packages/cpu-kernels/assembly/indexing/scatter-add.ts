/**
 * `out[.., index[.., i, ..], ..] += src[.., i, ..]`.
 *
 * Idea: no atomics, no races: tiles share out the destination's columns (all dimensions but the axis), and each walks
 * the axis in ascending order. So the order of the additions is fixed.
 */
import { OUT, OUT_SHIFT, OWN, PLAN, counters, inputPointer } from "../elementwise/operands";
import { nextRow, offsetAt, startAt, stepOf } from "../elementwise/runs";
import { parallel } from "../pool";
import { planCount, planRank, planSize, planStride } from "../strided";

/** Strides along the axis of index, src and out; elements along it in src and in out; dtype. */
const INDEX_AXIS: usize = OWN;
const SRC_AXIS: usize = OWN + 4;
const OUT_AXIS: usize = OWN + 8;
const LENGTH: usize = OWN + 12;
const BOUND: usize = OWN + 16;
const DTYPE: usize = OWN + 20;
/** Of the running kernel: rows of the nest in one tile. */
const ROWS: usize = OWN + 24;

/** Columns of a tile. */
const WIDTH: i32 = 64;
/** Additions of a tile, about. */
const WORK: i32 = 8192;

/** Inputs index and src; views of PLAN (the axis is not in it): index, src, out. */
export function scatterAdd(): void {
  const inner = planSize(PLAN, planRank(PLAN) - 1);
  const blocks = (inner + WIDTH - 1) / WIDTH;
  const rows = planCount(PLAN) / inner;
  const perTile = max(1, WORK / (min(inner, WIDTH) * load<i32>(LENGTH)));
  store<i32>(ROWS, perTile);
  parallel(scatterTile.index, blocks * ((rows + perTile - 1) / perTile), <f64>planCount(PLAN) * <f64>load<i32>(LENGTH) * 2);
}

function scatterTile(tile: i32, thread: i32): void {
  const at = counters(thread);
  const last = planRank(PLAN) - 1;
  const inner = planSize(PLAN, last);
  const blocks = (inner + WIDTH - 1) / WIDTH;
  const group = tile / blocks;
  const left = (tile - group * blocks) * WIDTH;
  const width = min(WIDTH, inner - left);
  const rows = planCount(PLAN) / inner;
  const first = group * load<i32>(ROWS);
  const end = min(first + load<i32>(ROWS), rows);
  startAt(PLAN, first, at);
  let index = offsetAt(PLAN, 0, at) + left * planStride(PLAN, 0, last);
  let src = offsetAt(PLAN, 1, at) + left * planStride(PLAN, 1, last);
  let out = offsetAt(PLAN, 2, at) + left * planStride(PLAN, 2, last);
  for (let row = first; row < end; ++row) {
    scatterColumns(index, src, out, width);
    const moved = nextRow(PLAN, at);
    index += stepOf(PLAN, 0, moved);
    src += stepOf(PLAN, 1, moved);
    out += stepOf(PLAN, 2, moved);
  }
}

/** `width` neighbouring columns, along the whole axis. Offsets in elements. */
function scatterColumns(index: i32, src: i32, out: i32, width: i32): void {
  const last = planRank(PLAN) - 1;
  const indexStride = planStride(PLAN, 0, last);
  const srcStride = planStride(PLAN, 1, last);
  const outStride = planStride(PLAN, 2, last);
  const dtype = load<i32>(DTYPE);
  const rows = indexStride == 0 && srcStride == 1 && outStride == 1 && dtype == 0;
  if (width == 1 && dtype == 0) scatterColumn(index, src, out);
  else if (rows) scatterRows(index, src, out, width);
  else if (dtype == 0) scatterElements<f32>(index, indexStride, src, srcStride, out, outStride, width);
  else if (dtype == 1) scatterElements<i32>(index, indexStride, src, srcStride, out, outStride, width);
  else scatterElements<u8>(index, indexStride, src, srcStride, out, outStride, width);
}

/** One index for all columns, floats side by side. */
function scatterRows(index: i32, src: i32, out: i32, width: i32): void {
  const length = load<i32>(LENGTH);
  const bound = load<u32>(BOUND);
  const indexStep = <usize>load<i32>(INDEX_AXIS) << 2;
  const srcStep = <usize>load<i32>(SRC_AXIS) << 2;
  const outStep = <usize>load<i32>(OUT_AXIS) << 2;
  const bytes = <usize>width << 2;
  let indices = inputPointer(0) + (<usize>index << 2);
  let from = inputPointer(1) + (<usize>src << 2);
  const to = load<usize>(OUT) + (<usize>out << 2);
  for (let n = 0; n < length; ++n, indices += indexStep, from += srcStep) {
    const i = load<u32>(indices);
    if (i >= bound) continue;
    let source = from;
    let target = to + <usize>i * outStep;
    const end = target + bytes;
    for (; target + 16 <= end; target += 16, source += 16) {
      v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
    }
    for (; target < end; target += 4, source += 4) store<f32>(target, load<f32>(target) + load<f32>(source));
  }
}

/** A single column of floats: what a tensor that is read element by element gets. */
function scatterColumn(index: i32, src: i32, out: i32): void {
  const bound = load<u32>(BOUND);
  const indexStep = <usize>load<i32>(INDEX_AXIS) << 2;
  const srcStep = <usize>load<i32>(SRC_AXIS) << 2;
  const outStep = <usize>load<i32>(OUT_AXIS) << 2;
  let indices = inputPointer(0) + (<usize>index << 2);
  let from = inputPointer(1) + (<usize>src << 2);
  const to = load<usize>(OUT) + (<usize>out << 2);
  for (let n = load<i32>(LENGTH); n > 0; --n, indices += indexStep, from += srcStep) {
    const i = load<u32>(indices);
    if (i >= bound) continue;
    const target = to + <usize>i * outStep;
    store<f32>(target, load<f32>(target) + load<f32>(from));
  }
}

// @ts-ignore: decorator
@inline function scatterElements<T>(index: i32, indexStride: i32, src: i32, srcStride: i32, out: i32, outStride: i32, width: i32): void {
  const length = load<i32>(LENGTH);
  const bound = load<u32>(BOUND);
  const shift = load<i32>(OUT_SHIFT);
  const indices = inputPointer(0);
  const from = inputPointer(1);
  const to = load<usize>(OUT);
  for (let n = 0; n < length; ++n) {
    const rowIndex = index + n * load<i32>(INDEX_AXIS);
    const rowSrc = src + n * load<i32>(SRC_AXIS);
    for (let c = 0; c < width; ++c) {
      const i = load<i32>(indices + (<usize>(rowIndex + c * indexStride) << 2));
      if (<u32>i >= bound) continue;
      const target = to + (<usize>(out + c * outStride + i * load<i32>(OUT_AXIS)) << shift);
      const value = load<T>(from + (<usize>(rowSrc + c * srcStride) << shift));
      store<T>(target, <T>(load<T>(target) + value));
    }
  }
}
