/**
 * One idea: chunk functions treat whole groups of 16 elements; a tail goes through a padded copy, so that no function
 * has a scalar twin and the last elements take the same arithmetic as the first.
 *
 * A chunk function gets addresses and a number of elements, a multiple of 16.
 */
import { copyRun } from "./runs";

/** Bytes of padding for each operand: 16 elements of 4 bytes. */
const PAD: usize = 64;

/** `function(x, out, count)`; `pad` has room for two operands. */
export function apply1(index: i32, x: usize, xShift: i32, out: usize, outShift: i32, count: i32, pad: usize): void {
  const whole = count & ~15;
  if (whole) call_indirect<void>(index, x, out, whole);
  const rest = count - whole;
  if (rest == 0) return;
  memory.fill(pad, 0, PAD);
  copyRun(x + (<usize>whole << xShift), pad, rest, xShift);
  call_indirect<void>(index, pad, pad + PAD, 16);
  copyRun(pad + PAD, out + (<usize>whole << outShift), rest, outShift);
}

/** `function(x, y, out, count)`; `pad` has room for three operands. x and y have elements of equal size. */
export function apply2(index: i32, x: usize, y: usize, shift: i32, out: usize, outShift: i32, count: i32, pad: usize): void {
  const whole = count & ~15;
  if (whole) call_indirect<void>(index, x, y, out, whole);
  const rest = count - whole;
  if (rest == 0) return;
  memory.fill(pad, 0, PAD * 2);
  copyRun(x + (<usize>whole << shift), pad, rest, shift);
  copyRun(y + (<usize>whole << shift), pad + PAD, rest, shift);
  call_indirect<void>(index, pad, pad + PAD, pad + PAD * 2, 16);
  copyRun(pad + PAD * 2, out + (<usize>whole << outShift), rest, outShift);
}
