/**
 * Which integer chunk function an op is. Core runs the mathematical functions of integers in f32; an integer call of
 * one of them (none is legal) would trap.
 */
import {
  absI32, affineI32, bitNotI32, bitNotU8, clampI32, negI32, powI32, reluI32, sameI32, sameU8,
  signI32, squareI32,
} from "./unary-i32";
import { always, logicalNotI32, logicalNotU8, never } from "./unary-masks";

export function unaryI32(op: i32): i32 {
  switch (op) {
    case 0: return absI32.index;
    case 2: return affineI32.index;
    case 5: return bitNotI32.index;
    case 6: return sameI32.index;
    case 7: return clampI32.index;
    case 13: return sameI32.index;
    case 18: return always.index;
    case 19: return never.index;
    case 20: return never.index;
    case 26: return logicalNotI32.index;
    case 28: return negI32.index;
    case 29: return powI32.index;
    case 32: return reluI32.index;
    case 33: return sameI32.index;
    case 37: return signI32.index;
    case 43: return squareI32.index;
    case 46: return sameI32.index;
    default: return unreachable();
  }
}

export function unaryU8(op: i32): i32 {
  switch (op) {
    case 5: return bitNotU8.index;
    case 18: return always.index;
    case 19: return never.index;
    case 20: return never.index;
    case 26: return logicalNotU8.index;
    case 32: return sameU8.index;
    default: return unreachable();
  }
}
