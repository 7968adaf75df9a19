/** The arguments of the kernels over sequences, as src/kernels/recurrent.ts writes them: words, then addresses. */
import { ARGS } from "../layout";

export const BATCH: usize = ARGS;
/** Steps. */
export const T: usize = ARGS + 4;
/** Units. */
export const H: usize = ARGS + 8;
export const REVERSE: usize = ARGS + 12;
/** Of `rnnSequence`: whether it is relu rather than tanh. */
export const RELU: usize = ARGS + 16;
/** Gates, or dy: address and three strides in elements. */
export const X: usize = ARGS + 20;
/** Everything else is row-major. Lengths and the bias may be 0. */
export const WEIGHT: usize = ARGS + 36;
export const LENGTHS: usize = ARGS + 40;
export const BIAS: usize = ARGS + 44;
export const H0: usize = ARGS + 48;
export const C0: usize = ARGS + 52;
export const Y: usize = ARGS + 56;
export const ACTIVATED: usize = ARGS + 60;
export const CELLS: usize = ARGS + 64;
/** What is carried from step to step, `[B, H]`: outputs. Forward the last state and cell, backward their gradients. */
export const STATE: usize = ARGS + 68;
export const CELL: usize = ARGS + 72;
/** What the carried gradients start from. */
export const DH_LAST: usize = ARGS + 76;
export const DC_LAST: usize = ARGS + 80;
export const D_GATES: usize = ARGS + 84;
export const D_HIDDEN: usize = ARGS + 88;
/** Words from here on are the steps' own. */
export const ARGUMENTS_END: usize = ARGS + 128;

/** Steps of a sequence. */
// @ts-ignore: decorator
@inline
export function lengthOf(b: i32): i32 {
  const lengths = load<usize>(LENGTHS);
  return lengths == 0 ? load<i32>(T) : load<i32>(lengths + (<usize>b << 2));
}

/** Address of element `[b, column]` of what is `[B, H]`. */
// @ts-ignore: decorator
@inline
export function ofState(operand: usize, b: i32, column: i32): usize {
  return load<usize>(operand) + (<usize>(b * load<i32>(H) + column) << 2);
}

/** Address of element `[b, t, column]` of what is `[B, T, parts H]`. */
// @ts-ignore: decorator
@inline
export function ofStep(operand: usize, parts: i32, b: i32, t: i32, column: i32): usize {
  return load<usize>(operand) + (<usize>((b * load<i32>(T) + t) * parts * load<i32>(H) + column) << 2);
}
