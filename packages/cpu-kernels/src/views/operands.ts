/**
 * Operands of a kernel in the argument area, as assembly/elementwise/operands.ts reads them: addresses, element
 * sizes, how each input is reached, and the loop nest of those that are not contiguous. Allocates nothing.
 */
import type { DType, View } from "@saccade/core/backend";
import {
  ARGS,
  INPUTS,
  INTEGER_PARAMETERS,
  OUT_SHIFT,
  OUTPUTS,
  OWN,
  PARAMETERS,
  PLAN,
} from "../generated/exports.ts";
import type { Args } from "../memory/wasm-memory.ts";
import { isContiguous, pointer, sizeOf } from "./pointer.ts";
import { writeStrided } from "./strided.ts";

const word = (address: number): number => (address - ARGS) / 4;
const COUNT_WORD = 1;
const OUTPUT_WORD = word(OUTPUTS);
const PARAMETER_WORD = word(PARAMETERS);
const INTEGER_WORD = word(INTEGER_PARAMETERS);
const OUT_SHIFT_WORD = word(OUT_SHIFT);
const INPUT_WORD = word(INPUTS);
/** Words of a kernel's own parameters. */
export const OWN_WORD: number = word(OWN);
/** The loop nest. */
export const PLAN_WORD: number = word(PLAN);

const CONTIGUOUS = 0;
const SCALAR = 1;
const STRIDED = 2;

/** log2 of the bytes of an element. */
export const shiftOf: Readonly<Record<DType, number>> = { f16: 1, f32: 2, f64: 3, i32: 2, u8: 0 };
/** dtypes as the kernels number them. None takes f16, and the backend does not say that it had it. */
export const dtypeCode: Readonly<Record<DType, number>> = { f32: 0, i32: 1, u8: 2, f64: 3, f16: Number.NaN };

/** Output `slot` (0 to 2). The first one gives the count and the element size. */
export function writeOutput({ i32 }: Args, slot: number, out: View): void {
  if (slot === 0) {
    i32[COUNT_WORD] = sizeOf(out);
    i32[OUT_SHIFT_WORD] = shiftOf[out.dtype];
  }
  i32[OUTPUT_WORD + slot] = pointer(out);
}

/**
 * Inputs of one shape, up to four.
 *
 * @returns whether a loop nest was needed
 */
export function writeInputs({ i32 }: Args, a: View, b?: View, c?: View, d?: View): boolean {
  let strided = writeInput(i32, 0, a);
  if (b !== undefined) strided = writeInput(i32, 1, b) || strided;
  if (c !== undefined) strided = writeInput(i32, 2, c) || strided;
  if (d !== undefined) strided = writeInput(i32, 3, d) || strided;
  if (strided) writeStrided(i32, PLAN_WORD, a, b, c, d);
  return strided;
}

function writeInput(i32: Int32Array, slot: number, view: View): boolean {
  const at = INPUT_WORD + 4 * slot;
  const mode = isContiguous(view) ? CONTIGUOUS : isScalar(view) ? SCALAR : STRIDED;
  i32[at] = pointer(view);
  i32[at + 1] = shiftOf[view.dtype];
  i32[at + 2] = mode;
  return mode === STRIDED;
}

/** One element, seen everywhere. */
function isScalar({ shape, strides }: View): boolean {
  for (let i = 0; i < shape.length; i++) if (strides[i] !== 0 && shape[i] !== 1) return false;
  return true;
}

/** The parameters `a` and `b`, as floats and as integers (saturating). */
export function writeParameters({ f32, i32 }: Args, a: number, b: number): void {
  f32[PARAMETER_WORD] = a;
  f32[PARAMETER_WORD + 1] = b;
  i32[INTEGER_WORD] = toInteger(a);
  i32[INTEGER_WORD + 1] = toInteger(b);
}

/** Bounds beyond 32 bits saturate; other integers wrap, as sums and products do. */
function toInteger(x: number): number {
  return x === Number.POSITIVE_INFINITY ? 0x7fffffff : x === Number.NEGATIVE_INFINITY ? -0x80000000 : x | 0;
}
