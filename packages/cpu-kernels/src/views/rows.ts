/**
 * Operands of a kernel that works row by row, as assembly/rows/row-access.ts reads them: rows along the last
 * dimension, and the loop nest of the others where an input is not contiguous.
 */
import type { View } from "@saccade/core/backend";
import { ARGS, INPUTS } from "../generated/exports.ts";
import type { Args } from "../memory/wasm-memory.ts";
import { PLAN_WORD } from "./operands.ts";
import { isContiguous, pointer, sizeOf } from "./pointer.ts";
import { writeStrided } from "./strided.ts";

const INPUT_WORD = (INPUTS - ARGS) / 4;
const WIDTH_WORD = INPUT_WORD - 1;
const ROWS_WORD = 1;
const OUTPUT_WORD = 2;

/** The longest row that the kernels stage, and that norms take. */
export const MAX_STAGED = 32768;

/** Inputs of one shape `[..., width]`, width at least 1. */
export function writeRows({ i32 }: Args, a: View, b?: View): void {
  const width = a.shape[a.shape.length - 1];
  i32[ROWS_WORD] = sizeOf(a) / width;
  i32[WIDTH_WORD] = width;
  let strided = writeRowInput(i32, 0, a);
  if (b !== undefined) strided = writeRowInput(i32, 1, b) || strided;
  if (strided) writeStrided(i32, PLAN_WORD, leading(a), b && leading(b));
}

/** The addresses of up to three outputs. */
export function writeRowOutputs({ i32 }: Args, a: View, b?: View, c?: View): void {
  i32[OUTPUT_WORD] = pointer(a);
  i32[OUTPUT_WORD + 1] = b === undefined ? 0 : pointer(b);
  i32[OUTPUT_WORD + 2] = c === undefined ? 0 : pointer(c);
}

function writeRowInput(i32: Int32Array, slot: number, view: View): boolean {
  const at = INPUT_WORD + 4 * slot;
  const strided = !isContiguous(view);
  i32[at] = pointer(view);
  i32[at + 2] = strided ? 1 : 0;
  i32[at + 3] = view.strides[view.strides.length - 1];
  return strided;
}

/** The first elements of the rows. */
function leading(view: View): View {
  return { ...view, shape: view.shape.slice(0, -1), strides: view.strides.slice(0, -1) };
}

/** Address of an optional contiguous vector, 0 where there is none. */
export function optionalPointer(view: View | null): number {
  return view === null ? 0 : pointer(view);
}

/** Whether rows can be read in place or staged. */
export function canStage(...views: readonly View[]): boolean {
  return views.every(({ shape, strides }) => {
    const last = shape.length - 1;
    return strides[last] === 1 || shape[last] <= MAX_STAGED;
  });
}

/** Whether an optional vector is absent or contiguous. */
export function isDense(view: View | null): boolean {
  return view === null || isContiguous(view);
}
