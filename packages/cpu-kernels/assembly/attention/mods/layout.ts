/**
 * Where programs of scores are and what they are made of, as src/kernels/attention/encode-program.ts writes them.
 *
 * A program is a head of 8 words and two lists of steps: those that know at most the query run once for a panel, the
 * others once for each chunk of its keys. Registers are named by their offset behind `registers()`.
 */
import { ARGS, SCRATCH_BYTES } from "../../layout";
import { SCORE_PROGRAM, TENSORS } from "../arguments";

/** Words of the head: keys of a chunk, where each list ends, results (register and step) and the bytes behind it. */
export const CHUNK: usize = 0;
export const ROWS_END: usize = 4;
export const STEPS_END: usize = 8;
export const RESULT: usize = 12;
export const RESULT_STEP: usize = 16;
export const DERIVATIVE: usize = 20;
export const DERIVATIVE_STEP: usize = 24;
export const HEAD_BYTES: usize = 32;

/** Words of a step: its bytes, what it does, how often, its register; then operands (register, bytes from key to key). */
export const STEP_BYTES: usize = 0;
export const STEP_OP: usize = 4;
export const STEP_LEVEL: usize = 8;
export const STEP_OUT: usize = 12;
export const STEP_REST: usize = 16;

/** What a step knows: the query alone (or less), the key alone, both. A register has 16, 64 or 512 floats. */
export const LEVEL_ROW: i32 = 0;
export const LEVEL_KEY: i32 = 1;

/** Behind scores and rows of heads that are not too wide, before what dropout keeps at the end of scratch. */
const REGISTER_BYTES: usize = 0x1_6000;
const KEEP_BYTES: usize = 0x400;

// @ts-ignore: decorator
@inline
export function registers(space: usize): usize {
  return space + SCRATCH_BYTES - KEEP_BYTES - REGISTER_BYTES;
}

/** The program of scores or of masks. */
// @ts-ignore: decorator
@inline
export function programAt(argument: usize): usize {
  return ARGS + load<usize>(argument);
}

/** Whether scores go through a program. */
// @ts-ignore: decorator
@inline
export function scored(): bool {
  return load<usize>(SCORE_PROGRAM) != 0;
}

/** A captured tensor: address, whether integers, size and stride of each of 8 dimensions. */
// @ts-ignore: decorator
@inline
export function captured(i: i32): usize {
  return TENSORS + <usize>(i * 72);
}
