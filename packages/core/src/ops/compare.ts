import type { BinaryName } from "../backend.ts";
import { isFloat } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { type BinaryOp, defineBinary, type Operand, runBinary } from "./elementwise.ts";

const eqOp = defineBinary("eq");
const neOp = defineBinary("ne");
const ltOp = defineBinary("lt");
const leOp = defineBinary("le");
const gtOp = defineBinary("gt");
const geOp = defineBinary("ge");
const logicalAndOp = defineBinary("logicalAnd");
const logicalOrOp = defineBinary("logicalOr");
const logicalXorOp = defineBinary("logicalXor");
const bitAndOp = defineBinary("bitAnd");
const bitOrOp = defineBinary("bitOr");
const bitXorOp = defineBinary("bitXor");
const shiftLeftOp = defineBinary("shiftLeft");
const shiftRightOp = defineBinary("shiftRight");

/** Mask (u8): 1 where a = b, broadcast. */
export function eq(a: Operand, b: Operand): Tensor {
  return runBinary(eqOp, "eq", a, b, "u8");
}

/** Mask (u8): 1 where a is not b, broadcast. */
export function ne(a: Operand, b: Operand): Tensor {
  return runBinary(neOp, "ne", a, b, "u8");
}

/** Mask (u8): 1 where a < b, broadcast. */
export function lt(a: Operand, b: Operand): Tensor {
  return runBinary(ltOp, "lt", a, b, "u8");
}

/** Mask (u8): 1 where a <= b, broadcast. */
export function le(a: Operand, b: Operand): Tensor {
  return runBinary(leOp, "le", a, b, "u8");
}

/** Mask (u8): 1 where a > b, broadcast. */
export function gt(a: Operand, b: Operand): Tensor {
  return runBinary(gtOp, "gt", a, b, "u8");
}

/** Mask (u8): 1 where a >= b, broadcast. */
export function ge(a: Operand, b: Operand): Tensor {
  return runBinary(geOp, "ge", a, b, "u8");
}

/** Mask (u8): 1 where both are not 0, broadcast. */
export function logicalAnd(a: Operand, b: Operand): Tensor {
  return runBinary(logicalAndOp, "logicalAnd", a, b, "u8");
}

/** Mask (u8): 1 where one is not 0, broadcast. */
export function logicalOr(a: Operand, b: Operand): Tensor {
  return runBinary(logicalOrOp, "logicalOr", a, b, "u8");
}

/** Mask (u8): 1 where just one is not 0, broadcast. */
export function logicalXor(a: Operand, b: Operand): Tensor {
  return runBinary(logicalXorOp, "logicalXor", a, b, "u8");
}

function runBits(op: BinaryOp, name: BinaryName, a: Operand, b: Operand): Tensor {
  for (const x of [a, b]) {
    if (typeof x === "number" ? !Number.isInteger(x) : isFloat(x.dtype)) {
      throw new DTypeError(
        `${name}: operands must be integers (got ${typeof x === "number" ? x : x.describe()})`,
      );
    }
  }
  return runBinary(op, name, a, b, "u8");
}

/** Integers: `a & b`. */
export function bitAnd(a: Operand, b: Operand): Tensor {
  return runBits(bitAndOp, "bitAnd", a, b);
}

/** Integers: `a | b`. */
export function bitOr(a: Operand, b: Operand): Tensor {
  return runBits(bitOrOp, "bitOr", a, b);
}

/** Integers: `a ^ b`. */
export function bitXor(a: Operand, b: Operand): Tensor {
  return runBits(bitXorOp, "bitXor", a, b);
}

/** Integers: `a << b`. */
export function shiftLeft(a: Operand, b: Operand): Tensor {
  return runBits(shiftLeftOp, "shiftLeft", a, b);
}

/** Integers: `a >> b, with the sign`. */
export function shiftRight(a: Operand, b: Operand): Tensor {
  return runBits(shiftRightOp, "shiftRight", a, b);
}
