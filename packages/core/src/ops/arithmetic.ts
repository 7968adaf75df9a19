import type { Tensor } from "../tensor.ts";
import { affine } from "./affine.ts";
import { defineBinary, type Operand, runBinary } from "./elementwise.ts";
import { neg } from "./unary.ts";

const addOp = defineBinary("add", { vjp: ({ grad }) => [grad, grad] });
const subOp = defineBinary("sub", { vjp: ({ grad, needs }) => [grad, needs[1] ? neg(grad) : null] });
const mulOp = defineBinary("mul", {
  saves: [0, 1],
  vjp: ({ grad, inputs: [a, b], needs }) => [needs[0] ? mul(grad, b) : null, needs[1] ? mul(grad, a) : null],
});
const divOp = defineBinary("div", {
  saves: [0, 1],
  vjp: ({ grad, inputs: [a, b], needs }) => [
    needs[0] ? div(grad, b) : null,
    needs[1] ? neg(div(mul(grad, div(a, b)), b)) : null,
  ],
});

/**
 * `a + b`, broadcast; mixed dtypes meet in the wider (u8 < i32 < f32 < f64), masks count as integers.
 *
 * @example const y = add(ones([2, 3]), tensor([1, 2, 3]));
 */
export function add(a: Operand, b: Operand): Tensor {
  if (typeof b === "number" && typeof a !== "number") return affine(a, 1, b);
  if (typeof a === "number" && typeof b !== "number") return affine(b, 1, a);
  return runBinary(addOp, "add", a, b);
}

/** `a - b`, as `add`. */
export function sub(a: Operand, b: Operand): Tensor {
  if (typeof b === "number" && typeof a !== "number") return affine(a, 1, -b);
  if (typeof a === "number" && typeof b !== "number") return affine(b, -1, a);
  return runBinary(subOp, "sub", a, b);
}

/** `a b`, elementwise, as `add`. */
export function mul(a: Operand, b: Operand): Tensor {
  if (typeof b === "number" && typeof a !== "number") return affine(a, b, 0);
  if (typeof a === "number" && typeof b !== "number") return affine(b, a, 0);
  return runBinary(mulOp, "mul", a, b);
}

/** `a / b`, as `add`; integers divide as floats. */
export function div(a: Operand, b: Operand): Tensor {
  return runBinary(divOp, "div", a, b, "f32");
}
