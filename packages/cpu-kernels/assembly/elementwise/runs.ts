/**
 * One idea: a loop nest walked by an odometer, one run of the innermost dimension at a time; a run is copied by the
 * loop that fits its stride (1, 0 or any).
 *
 * Elements have 1, 4 or 8 bytes: `shift` is log2 of that.
 */
import { planRank, planSize, planStride } from "../strided";

/** Copies bytes, both sides contiguous, not overlapping. */
// @ts-ignore: decorator
@inline export function copyBytes(from: usize, to: usize, bytes: usize): void {
  if (bytes >= 2048) {
    memory.copy(to, from, bytes);
    return;
  }
  const end = to + bytes;
  for (; to + 16 <= end; to += 16, from += 16) v128.store(to, v128.load(from));
  for (; to + 4 <= end; to += 4, from += 4) store<u32>(to, load<u32>(from));
  for (; to < end; ++to, ++from) store<u8>(to, load<u8>(from));
}

// @ts-ignore: decorator
@inline export function copyRun(from: usize, to: usize, count: i32, shift: i32): void {
  copyBytes(from, to, <usize>count << shift);
}

/** `count` copies of the element at `from`. */
export function fillRun(from: usize, to: usize, count: i32, shift: i32): void {
  const end = to + (<usize>count << shift);
  const value = shift == 0 ? v128.load8_splat(from) : shift == 2 ? v128.load32_splat(from) : v128.load64_splat(from);
  for (; to + 16 <= end; to += 16) v128.store(to, value);
  for (; to < end; to += <usize>1 << shift) {
    if (shift == 2) store<u32>(to, load<u32>(from));
    else if (shift == 0) store<u8>(to, load<u8>(from));
    else store<u64>(to, load<u64>(from));
  }
}

// @ts-ignore: decorator
@inline function stridedRun<T>(from: usize, fromStep: usize, to: usize, toStep: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    const a = load<T>(from);
    const b = load<T>(from + fromStep);
    const c = load<T>(from + fromStep * 2);
    const d = load<T>(from + fromStep * 3);
    store<T>(to, a);
    store<T>(to + toStep, b);
    store<T>(to + toStep * 2, c);
    store<T>(to + toStep * 3, d);
    from += fromStep * 4;
    to += toStep * 4;
  }
  for (; count > 0; --count, from += fromStep, to += toStep) store<T>(to, load<T>(from));
}

/** One run: `count` elements, strides in elements. */
export function moveRun(from: usize, fromStride: i32, to: usize, toStride: i32, count: i32, shift: i32): void {
  if (toStride == 1) {
    if (fromStride == 1) return copyRun(from, to, count, shift);
    if (fromStride == 0) return fillRun(from, to, count, shift);
  }
  const fromStep = <usize>fromStride << shift;
  const toStep = <usize>toStride << shift;
  if (shift == 2) stridedRun<u32>(from, fromStep, to, toStep, count);
  else if (shift == 0) stridedRun<u8>(from, fromStep, to, toStep, count);
  else stridedRun<u64>(from, fromStep, to, toStep, count);
}

/** Sets the counters to row `row` of a nest (all dimensions but the last). */
export function startAt(plan: usize, row: i32, counters: usize): void {
  for (let d = planRank(plan) - 2; d >= 0; --d) {
    const size = planSize(plan, d);
    const next = row / size;
    store<i32>(counters + (<usize>d << 2), row - next * size);
    row = next;
  }
}

/** Offset of the counted row of a view. */
export function offsetAt(plan: usize, view: i32, counters: usize): i32 {
  let offset = 0;
  for (let d = planRank(plan) - 2; d >= 0; --d) {
    offset += load<i32>(counters + (<usize>d << 2)) * planStride(plan, view, d);
  }
  return offset;
}

/** Counts one row on; returns the dimension that moved (the ones after it went back to 0), -1 at the end. */
export function nextRow(plan: usize, counters: usize): i32 {
  for (let d = planRank(plan) - 2; d >= 0; --d) {
    const at = counters + (<usize>d << 2);
    const count = load<i32>(at) + 1;
    if (count < planSize(plan, d)) {
      store<i32>(at, count);
      return d;
    }
    store<i32>(at, 0);
  }
  return -1;
}

/** By how much a view's offset changes when `nextRow` moved dimension d. */
// @ts-ignore: decorator
@inline export function stepOf(plan: usize, view: i32, d: i32): i32 {
  if (d < 0) return 0;
  let step = planStride(plan, view, d);
  for (let inner = planRank(plan) - 2; inner > d; --inner) {
    step -= (planSize(plan, inner) - 1) * planStride(plan, view, inner);
  }
  return step;
}

/** Elements [start, start + count) of a strided view, row-major, to contiguous memory. */
export function gatherRuns(plan: usize, view: i32, base: usize, shift: i32, start: i32, count: i32, to: usize, counters: usize): void {
  const last = planRank(plan) - 1;
  const inner = planSize(plan, last);
  const stride = planStride(plan, view, last);
  const row = start / inner;
  let column = start - row * inner;
  startAt(plan, row, counters);
  let offset = offsetAt(plan, view, counters);
  while (true) {
    const run = min(count, inner - column);
    moveRun(base + (<usize>(offset + column * stride) << shift), stride, to, 1, run, shift);
    count -= run;
    if (count == 0) return;
    to += <usize>run << shift;
    column = 0;
    offset += stepOf(plan, view, nextRow(plan, counters));
  }
}

/** Contiguous memory to elements [start, start + count) of a strided view. */
export function scatterRuns(plan: usize, view: i32, base: usize, shift: i32, start: i32, count: i32, from: usize, counters: usize): void {
  const last = planRank(plan) - 1;
  const inner = planSize(plan, last);
  const stride = planStride(plan, view, last);
  const row = start / inner;
  let column = start - row * inner;
  startAt(plan, row, counters);
  let offset = offsetAt(plan, view, counters);
  while (true) {
    const run = min(count, inner - column);
    moveRun(from, 1, base + (<usize>(offset + column * stride) << shift), stride, run, shift);
    count -= run;
    if (count == 0) return;
    from += <usize>run << shift;
    column = 0;
    offset += stepOf(plan, view, nextRow(plan, counters));
  }
}
