/**
 * The arguments of the attention kernels, as src/kernels/attention/ writes them: sizes, attributes, then one record
 * of 8 words for each operand (address, four strides in elements).
 */
import { ARGS } from "../layout";

export const BATCH: usize = ARGS;
export const HEADS: usize = ARGS + 4;
export const KV_HEADS: usize = ARGS + 8;
/** Queries. */
export const T: usize = ARGS + 12;
/** Keys. */
export const S: usize = ARGS + 16;
/** Width of queries and keys, and of values. */
export const E: usize = ARGS + 20;
export const EV: usize = ARGS + 24;
export const CAUSAL: usize = ARGS + 28;
export const LEFT: usize = ARGS + 32;
export const RIGHT: usize = ARGS + 36;
export const KEY0: usize = ARGS + 40;
export const KEY1: usize = ARGS + 44;
/** f32. */
export const SCALE: usize = ARGS + 48;
export const SOFTCAP: usize = ARGS + 52;
/** The largest word, less 2^31, whose upper half is dropped; f32: what is kept is multiplied by. */
export const DROPPED: usize = ARGS + 56;
export const KEPT: usize = ARGS + 60;

export const Q: usize = ARGS + 64;
export const K: usize = ARGS + 96;
export const V: usize = ARGS + 128;
export const MASK: usize = ARGS + 160;
export const BIAS: usize = ARGS + 192;
export const OUT: usize = ARGS + 224;
export const LSE: usize = ARGS + 256;
export const DELTA: usize = ARGS + 288;
export const D_OUT: usize = ARGS + 320;
export const D_Q: usize = ARGS + 352;
export const D_K: usize = ARGS + 384;
export const D_V: usize = ARGS + 416;
export const D_BIAS: usize = ARGS + 448;
/** One number a head. */
export const SLOPES: usize = ARGS + 480;
export const SINKS: usize = ARGS + 512;
/** i32, dense: first key, the key behind the last, and place of each query. */
export const RANGES: usize = ARGS + 544;
/** `[B, H, T]`, dense. */
export const D_SLOPES: usize = ARGS + 576;

/** i32: what 64 queries see of 64 keys by the mask function. */
export const BLOCKS: usize = ARGS + 608;
/** Bytes from ARGS to a program (mods/layout.ts), or 0. */
export const SCORE_PROGRAM: usize = ARGS + 640;
export const MASK_PROGRAM: usize = ARGS + 644;
/** The same for one query and a row of scores. */
export const SCORE_OF_ONE: usize = ARGS + 648;
export const MASK_OF_ONE: usize = ARGS + 652;
/** What programs read, then the programs. */
export const TENSORS: usize = ARGS + 4096;

/** Whether the operand is given. */
// @ts-ignore: decorator
@inline
export function given(operand: usize): bool {
  return load<usize>(operand) != 0;
}

/** Whether weights are dropped. */
// @ts-ignore: decorator
@inline
export function drops(): bool {
  return load<f32>(KEPT) != 1;
}

/** Stride in elements. */
// @ts-ignore: decorator
@inline
export function stride(operand: usize, dimension: i32): i32 {
  return load<i32>(operand + 4 + (<usize>dimension << 2));
}

/** Index of element `[a, b, c, 0]`. */
// @ts-ignore: decorator
@inline
export function element(operand: usize, a: i32, b: i32, c: i32): i32 {
  return a * stride(operand, 0) + b * stride(operand, 1) + c * stride(operand, 2);
}

/** Address of element `[a, b, c, 0]` of an f32 operand. */
// @ts-ignore: decorator
@inline
export function address(operand: usize, a: i32, b: i32, c: i32): usize {
  return load<usize>(operand) + (element(operand, a, b, c) << 2);
}

/** The number of a head: a slope, a sink. */
export function ofHead(operand: usize, h: i32): f32 {
  return load<f32>(load<usize>(operand) + (<usize>(h * stride(operand, 0)) << 2));
}

/** How many queries dropout and programs count, and which of them is the first here. */
export const ALL_QUERIES: usize = ARGS + 656;
export const FIRST_QUERY: usize = ARGS + 660;

/** Words from here on are a kernel's own. */
export const ARGUMENTS_END: usize = ARGS + 664;
