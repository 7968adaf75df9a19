/** What the caller's functions do to a row of scores of one query: the same steps on numbers and columns. */
import { MASK_OF_ONE, SCORE_OF_ONE } from "../arguments";
import { asksMask, nextSeen } from "./block-states";
import { runSteps } from "./interpreter";
import { HEAD_BYTES, programAt, registers, RESULT, RESULT_STEP, ROWS_END, STEPS_END } from "./layout";

const LOWEST: f32 = -Infinity;

/** Scores of query t and keys `j..j+keys`. */
export function scoreRow(scores: usize, space: usize, b: i32, h: i32, t: i32, j: i32, keys: i32): void {
  if (load<usize>(SCORE_OF_ONE) == 0) return;
  const program = begin(SCORE_OF_ONE, space, b, h, t);
  for (let key = 0; key < keys; key += 64) {
    const count = min(64, keys - key), at = scores + (<usize>key << 2);
    const result = made(program, space, b, h, t, j + key, count, at);
    if (load<usize>(program, RESULT_STEP) != 0) memory.copy(at, result, <usize>count << 2);
    else for (let i = 0; i < count; ++i) store<f32>(at + (<usize>i << 2), load<f32>(result));
  }
}

/** -inf where the mask function says so, asked or known. */
export function maskRow(scores: usize, space: usize, b: i32, h: i32, t: i32, j: i32, keys: i32): void {
  if (load<usize>(MASK_OF_ONE) == 0) return;
  const program = begin(MASK_OF_ONE, space, b, h, t), dense = load<usize>(program, RESULT_STEP) != 0;
  for (let key = 0; key < keys; ) {
    const count = min(64 - ((j + key) & 63), keys - key), at = scores + (<usize>key << 2);
    key += count;
    const first = j + key - count;
    if (nextSeen(b, h, t, first, first + 1) > first) {
      for (let i = 0; i < count; ++i) store<f32>(at + (<usize>i << 2), LOWEST);
      continue;
    }
    if (!asksMask(b, h, t, first)) continue;
    const seen = made(program, space, b, h, t, first, count, 0);
    for (let i = 0; i < count; ++i) {
      if (load<f32>(dense ? seen + (<usize>i << 2) : seen) == 0) store<f32>(at + (<usize>i << 2), LOWEST);
    }
  }
}

/** Runs the steps that know no key. */
function begin(argument: usize, space: usize, b: i32, h: i32, t: i32): usize {
  const program = programAt(argument);
  runSteps(program + HEAD_BYTES, program + load<usize>(program, ROWS_END), registers(space), b, h, t, 0, 0, 0);
  return program;
}

/** Runs the others, and says where the result is. */
function made(program: usize, space: usize, b: i32, h: i32, t: i32, key: i32, keys: i32, scores: usize): usize {
  const r = registers(space);
  runSteps(program + load<usize>(program, ROWS_END), program + load<usize>(program, STEPS_END), r, b, h, t, key, keys, scores);
  return r + load<usize>(program, RESULT);
}
