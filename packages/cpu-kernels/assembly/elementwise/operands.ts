/**
 * One idea: a kernel sees only contiguous chunks. What is contiguous is used in place; anything else (transposed,
 * sliced, broadcast) is first copied, a chunk at a time, to a stage in the thread's scratch, which stays in L1.
 *
 * JavaScript describes the call in ARGS (src/views/operands.ts writes it, with these offsets in bytes):
 */
import { ARGS, scratch } from "../layout";
import { fillRun, gatherRuns, scatterRuns } from "./runs";

/** Index of the function that treats a chunk, where there is one. */
export const FUNCTION: usize = ARGS;
/** Elements of the output. */
export const COUNT: usize = ARGS + 4;
/** Addresses of up to three outputs. */
export const OUT: usize = ARGS + 8;
export const OUT2: usize = ARGS + 12;
export const OUT3: usize = ARGS + 16;
/** Two parameters of the scalar function, f32 and (for integers) i32. */
export const A: usize = ARGS + 24;
export const B: usize = ARGS + 28;
export const INT_A: usize = ARGS + 32;
export const INT_B: usize = ARGS + 36;
/** log2 of the output's element size. */
export const OUT_SHIFT: usize = ARGS + 40;
/** 32 words of the kernel's own. */
export const OWN: usize = ARGS + 128;
/** Four words for each of up to four inputs: address, log2 of the element size, mode. */
export const INPUTS: usize = ARGS + 64;
/** The loop nest of the strided inputs. */
export const PLAN: usize = ARGS + 256;

export const CONTIGUOUS: i32 = 0;
export const SCALAR: i32 = 1;
export const STRIDED: i32 = 2;

/** Elements of a chunk: four stages of 4 KiB leave room in L1. */
export const CHUNK: i32 = 1024;
/** Elements of a tile. */
export const TILE: i32 = 16384;
export const STAGE_BYTES: usize = <usize>CHUNK * 4;
/** In scratch: five stages, padding for tails, counters of the odometer; the rest is the kernel's own. */
const PADDING: usize = STAGE_BYTES * 5;
const COUNTERS: usize = PADDING + 512;
export const FREE_SCRATCH: usize = COUNTERS + 512;

// @ts-ignore: decorator
@inline export function inputPointer(v: i32): usize {
  return load<usize>(INPUTS + (<usize>v << 4));
}
// @ts-ignore: decorator
@inline export function inputShift(v: i32): i32 {
  return load<i32>(INPUTS + (<usize>v << 4), 4);
}
// @ts-ignore: decorator
@inline export function inputMode(v: i32): i32 {
  return load<i32>(INPUTS + (<usize>v << 4), 8);
}
/** Stage `v` of a thread. */
// @ts-ignore: decorator
@inline export function stage(thread: i32, v: i32): usize {
  return scratch(thread) + <usize>v * STAGE_BYTES;
}
/** Two cache lines for each operand of a tail. */
// @ts-ignore: decorator
@inline export function padding(thread: i32): usize {
  return scratch(thread) + PADDING;
}
/** Counters of a loop nest. */
// @ts-ignore: decorator
@inline export function counters(thread: i32): usize {
  return scratch(thread) + COUNTERS;
}

/** Elements to treat at once: whole tiles if inputs 0 to `last` are used in place, else what fits the stages. */
export function chunkSize(last: i32): i32 {
  for (let v = 0; v <= last; ++v) if (inputMode(v) != CONTIGUOUS) return CHUNK;
  return TILE;
}

/** Before the first chunk of a tile: a scalar operand fills its stage once. */
export function prepare(v: i32, thread: i32, count: i32): void {
  if (inputMode(v) != SCALAR) return;
  fillRun(inputPointer(v), stage(thread, v), min(count, CHUNK), inputShift(v));
}

/** Address of elements [start, start + count) of input v, contiguous; count is at most CHUNK. */
export function operand(v: i32, thread: i32, start: i32, count: i32): usize {
  const mode = inputMode(v);
  const shift = inputShift(v);
  const base = inputPointer(v);
  if (mode == CONTIGUOUS) return base + (<usize>start << shift);
  const to = stage(thread, v);
  if (mode == STRIDED) gatherRuns(PLAN, v, base, shift, start, count, to, counters(thread));
  return to;
}

/** Where to put elements [start, ...) of slot v, an output that may be strided: in place, or to a stage. */
export function target(v: i32, thread: i32, start: i32): usize {
  if (inputMode(v) == STRIDED) return stage(thread, 4);
  return inputPointer(v) + (<usize>start << inputShift(v));
}

/** After `target` was filled. */
export function deliver(v: i32, thread: i32, start: i32, count: i32): void {
  if (inputMode(v) != STRIDED) return;
  scatterRuns(PLAN, v, inputPointer(v), inputShift(v), start, count, stage(thread, 4), counters(thread));
}
