/**
 * Steps of two and three operands. One idea: an operand is an address and how far apart the 8 numbers of each key are;
 * 0 apart, one row serves all keys.
 */
import { floorQuotient, remainderScalar } from "../../math/division";
import { pow } from "../../math/pow";

const ADD: i32 = 0;
const SUB: i32 = 1;
const MUL: i32 = 2;
const DIV: i32 = 3;
const FLOOR_DIV: i32 = 4;
const REMAINDER: i32 = 5;
const POW: i32 = 6;
const MAXIMUM: i32 = 7;
const MINIMUM: i32 = 8;
const EQ: i32 = 9;
const NE: i32 = 10;
const LT: i32 = 11;
const LE: i32 = 12;
const GT: i32 = 13;
const GE: i32 = 14;
const AND: i32 = 15;
const OR: i32 = 16;

/** All ones become 1. */
// @ts-ignore: decorator
@inline
export function truth(mask: v128): v128 {
  return v128.and(mask, f32x4.splat(1));
}

// @ts-ignore: decorator
@inline
function isTrue(x: v128): v128 {
  return f32x4.ne(x, f32x4.splat(0));
}

// @ts-ignore: decorator
@inline
function combined(op: i32, x: v128, y: v128): v128 {
  if (op == ADD) return f32x4.add(x, y);
  if (op == SUB) return f32x4.sub(x, y);
  if (op == MUL) return f32x4.mul(x, y);
  if (op == DIV) return f32x4.div(x, y);
  if (op == FLOOR_DIV) return floorQuotient(x, y);
  if (op == POW) return pow(x, y);
  if (op == MAXIMUM) return f32x4.max(x, y);
  if (op == MINIMUM) return f32x4.min(x, y);
  if (op == EQ) return truth(f32x4.eq(x, y));
  if (op == NE) return truth(f32x4.ne(x, y));
  if (op == LT) return truth(f32x4.lt(x, y));
  if (op == LE) return truth(f32x4.le(x, y));
  if (op == GT) return truth(f32x4.gt(x, y));
  if (op == GE) return truth(f32x4.ge(x, y));
  if (op == AND) return truth(v128.and(isTrue(x), isTrue(y)));
  return truth(v128.or(isTrue(x), isTrue(y)));
}

/** Rows of 8. */
// @ts-ignore: decorator
@inline
function rowsOf(op: i32, x: usize, xStep: usize, y: usize, yStep: usize, out: usize, rows: i32): void {
  for (const end = out + (<usize>rows << 5); out < end; out += 32, x += xStep, y += yStep) {
    const a = combined(op, v128.load(x), v128.load(y)), b = combined(op, v128.load(x, 16), v128.load(y, 16));
    v128.store(out, a);
    v128.store(out, b, 16);
  }
}

/** The same in halves: for functions of many instructions. */
// @ts-ignore: decorator
@inline
function halvesOf(op: i32, x: usize, xStep: usize, y: usize, yStep: usize, out: usize, rows: i32): void {
  for (const end = out + (<usize>rows << 5); out < end; x += xStep, y += yStep) {
    for (let half: usize = 0; half < 32; half += 16, out += 16) v128.store(out, combined(op, v128.load(x + half), v128.load(y + half)));
  }
}

function remainders(x: usize, xStep: usize, y: usize, yStep: usize, out: usize, rows: i32): void {
  for (const end = out + (<usize>rows << 5); out < end; x += xStep, y += yStep) {
    for (let lane: usize = 0; lane < 32; lane += 4, out += 4) store<f32>(out, remainderScalar(load<f32>(x + lane), load<f32>(y + lane)));
  }
}

/** out may be x or y. */
export function binaryStep(op: i32, x: usize, xStep: usize, y: usize, yStep: usize, out: usize, rows: i32): void {
  switch (op) {
    case ADD: return rowsOf(ADD, x, xStep, y, yStep, out, rows);
    case SUB: return rowsOf(SUB, x, xStep, y, yStep, out, rows);
    case MUL: return rowsOf(MUL, x, xStep, y, yStep, out, rows);
    case DIV: return rowsOf(DIV, x, xStep, y, yStep, out, rows);
    case FLOOR_DIV: return halvesOf(FLOOR_DIV, x, xStep, y, yStep, out, rows);
    case REMAINDER: return remainders(x, xStep, y, yStep, out, rows);
    case POW: return halvesOf(POW, x, xStep, y, yStep, out, rows);
    case MAXIMUM: return rowsOf(MAXIMUM, x, xStep, y, yStep, out, rows);
    case MINIMUM: return rowsOf(MINIMUM, x, xStep, y, yStep, out, rows);
    case EQ: return rowsOf(EQ, x, xStep, y, yStep, out, rows);
    case NE: return rowsOf(NE, x, xStep, y, yStep, out, rows);
    case LT: return rowsOf(LT, x, xStep, y, yStep, out, rows);
    case LE: return rowsOf(LE, x, xStep, y, yStep, out, rows);
    case GT: return rowsOf(GT, x, xStep, y, yStep, out, rows);
    case GE: return rowsOf(GE, x, xStep, y, yStep, out, rows);
    case AND: return rowsOf(AND, x, xStep, y, yStep, out, rows);
    case OR: return rowsOf(OR, x, xStep, y, yStep, out, rows);
    default: unreachable();
  }
}

/** `c != 0 ? x : y`; out may be any of them. */
export function whereStep(c: usize, cStep: usize, x: usize, xStep: usize, y: usize, yStep: usize, out: usize, rows: i32): void {
  for (const end = out + (<usize>rows << 5); out < end; out += 32, c += cStep, x += xStep, y += yStep) {
    const a = v128.bitselect(v128.load(x), v128.load(y), isTrue(v128.load(c)));
    const b = v128.bitselect(v128.load(x, 16), v128.load(y, 16), isTrue(v128.load(c, 16)));
    v128.store(out, a);
    v128.store(out, b, 16);
  }
}
