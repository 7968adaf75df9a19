/**
 * Runs steps, each a loop over the numbers that it makes: what it costs to read a step is spread over hundreds of them,
 * and registers stay in L1.
 */
import { unaryF32 } from "../../elementwise/unary-table-f32";
import { FIRST_QUERY } from "../arguments";
import { placeOf, SCORE_STEP } from "../blocks";
import { binaryStep, truth, whereStep } from "./binary-steps";
import { LEVEL_KEY, LEVEL_ROW, STEP_BYTES, STEP_LEVEL, STEP_OP, STEP_OUT, STEP_REST } from "./layout";
import { loadStep } from "./load-step";

// What steps do; binary functions from BINARY on, unary ones from UNARY on.
const SCORE: i32 = 0;
const BATCH: i32 = 1;
const HEAD: i32 = 2;
const QUERY: i32 = 3;
const KEY: i32 = 4;
const PLACE: i32 = 5;
const CONSTANT: i32 = 6;
/** 8 times each number of a key. */
const SPREAD: i32 = 7;
const LOAD: i32 = 8;
const WHERE: i32 = 9;
const NOT: i32 = 10;
/** Of one query: numbers. */
const ONE_QUERY: i32 = 11;
const ONE_PLACE: i32 = 12;
const BINARY: i32 = 16;
const UNARY: i32 = 64;

const COUNTING: usize = memory.data<f32>([0, 1, 2, 3]);

/** Rows of 8 numbers that a step makes: an even number, for functions that take 16 at a time. */
// @ts-ignore: decorator
@inline
function rowsOf(level: i32, keys: i32): i32 {
  if (level == LEVEL_ROW) return 2;
  return level == LEVEL_KEY ? (keys + 15) >> 4 << 1 : (keys + 1) & ~1;
}

/**
 * @param step,end  the steps
 * @param b,h,t     of the panel
 * @param key,keys  of the chunk
 * @param scores    its first score, in a block (of one query: in a row)
 */
export function runSteps(
  step: usize, end: usize, registers: usize, b: i32, h: i32, t: i32, key: i32, keys: i32, scores: usize,
): void {
  for (; step < end; step += load<usize>(step, STEP_BYTES)) {
    const op = load<i32>(step, STEP_OP), out = registers + load<usize>(step, STEP_OUT);
    const rows = rowsOf(load<i32>(step, STEP_LEVEL), keys), rest = step + STEP_REST;
    const x = registers + load<usize>(rest), xStep = load<usize>(rest, 4);
    if (op >= UNARY) {
      call_indirect<void>(unaryF32(op - UNARY), x, out, rows << 3);
      continue;
    }
    if (op >= BINARY) {
      binaryStep(op - BINARY, x, xStep, registers + load<usize>(rest, 8), load<usize>(rest, 12), out, rows);
      continue;
    }
    switch (op) {
      case SCORE:
        if (load<i32>(step, STEP_LEVEL) == LEVEL_KEY) memory.copy(out, scores, <usize>keys << 2);
        else copyScores(scores, out, keys);
        break;
      case ONE_QUERY: splat(<f32>(load<i32>(FIRST_QUERY) + t), out); break;
      case ONE_PLACE: splat(<f32>placeOf(b, t), out); break;
      case BATCH: splat(<f32>b, out); break;
      case HEAD: splat(<f32>h, out); break;
      case QUERY: count(<f32>(load<i32>(FIRST_QUERY) + t), out, 2); break;
      case KEY: count(<f32>key, out, rows); break;
      case PLACE: places(b, t, out); break;
      case CONSTANT: splat(load<f32>(rest), out); break;
      case SPREAD: spread(x, out, keys); break;
      case LOAD: loadStep(load<i32>(rest), load<i32>(rest, 4), rest + 8, registers, out, rows); break;
      case WHERE:
        whereStep(
          x, xStep, registers + load<usize>(rest, 8), load<usize>(rest, 12), registers + load<usize>(rest, 16),
          load<usize>(rest, 20), out, rows,
        );
        break;
      case NOT: negate(x, out, rows); break;
      default: unreachable();
    }
  }
}

function copyScores(from: usize, to: usize, keys: i32): void {
  for (const end = to + (<usize>keys << 5); to < end; to += 32, from += SCORE_STEP) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
  }
}

function splat(x: f32, out: usize): void {
  for (let i: usize = 0; i < 64; i += 16) v128.store(out + i, f32x4.splat(x));
}

function count(first: f32, out: usize, rows: i32): void {
  let x = f32x4.add(f32x4.splat(first), v128.load(COUNTING));
  for (const end = out + (<usize>rows << 5); out < end; out += 16) {
    v128.store(out, x);
    x = f32x4.add(x, f32x4.splat(4));
  }
}

function places(b: i32, t: i32, out: usize): void {
  for (let i = 0; i < 16; ++i) store<f32>(out + (<usize>i << 2), <f32>placeOf(b, t + (i & 7)));
}

function spread(x: usize, out: usize, keys: i32): void {
  for (const end = out + (<usize>keys << 5); out < end; out += 32, x += 4) {
    const wide = v128.load32_splat(x);
    v128.store(out, wide);
    v128.store(out, wide, 16);
  }
}

function negate(x: usize, out: usize, rows: i32): void {
  const zero = f32x4.splat(0);
  for (const end = out + (<usize>rows << 5); out < end; out += 16, x += 16) v128.store(out, truth(f32x4.eq(v128.load(x), zero)));
}
