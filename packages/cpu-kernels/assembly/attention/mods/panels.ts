/** What the caller's functions do to a panel of scores (blocks.ts), a chunk of keys at a time. */
import { element, given, MASK, MASK_PROGRAM, SCORE_PROGRAM, stride } from "../arguments";
import { endKey, firstKey, SCORE_STEP } from "../blocks";
import { endKeys, firstKeys, seenBy } from "../softmax";
import { runSteps } from "./interpreter";
import {
  CHUNK, DERIVATIVE, DERIVATIVE_STEP, HEAD_BYTES, programAt, registers, RESULT, RESULT_STEP, ROWS_END, scored, STEPS_END,
} from "./layout";

const LOWEST: f32 = -Infinity;

/**
 * Programs and masks on a panel: `to` gets the scores, -inf where a key is not seen.
 *
 * @param from,to          blocks; the same one, or not
 * @param slopes           0, or a block of derivatives, 0 where a key is not seen
 * @param panel,b,h,t,j    whose scores they are; t is the first query of the panel, last its last, j the first key of the block
 * @param first,end        keys of the block to work on
 * @param masked           whether the mask function has to be asked
 */
export function modPanel(
  from: usize, to: usize, slopes: usize, panel: i32, space: usize, b: i32, h: i32, t: i32, last: i32, j: i32, first: i32, end: i32,
  masked: bool,
): void {
  const column = <usize>panel << 5;
  if (scored()) {
    scorePanel(from + column, to + column, slopes == 0 ? 0 : slopes + column, space, b, h, t, j, first, end);
    // Keys that all 8 queries see need no mask.
    const all = min(end, max(first, firstKey(b, last) - j)), rest = max(all, min(end, endKey(b, t) - j));
    hide(to + column, slopes, column, b, t, j, first, all);
    hide(to + column, slopes, column, b, t, j, rest, end);
    if (given(MASK)) hideBytes(to + column, slopes, column, b, h, t, last, j, first, end);
  }
  if (masked) maskPanel(to + column, slopes, column, space, b, h, t, j, first, end);
}

function scorePanel(
  from: usize, to: usize, slopes: usize, space: usize, b: i32, h: i32, t: i32, j: i32, first: i32, end: i32,
): void {
  const program = programAt(SCORE_PROGRAM), r = registers(space), chunk = load<i32>(program + CHUNK);
  const steps = program + load<usize>(program, ROWS_END), stepsEnd = program + load<usize>(program, STEPS_END);
  runSteps(program + HEAD_BYTES, steps, r, b, h, t, j, 0, from);
  for (let key = first; key < end; key += chunk) {
    const keys = min(chunk, end - key), offset = <usize>key * SCORE_STEP;
    runSteps(steps, stepsEnd, r, b, h, t, j + key, keys, from + offset);
    copyOut(r + load<usize>(program, RESULT), load<usize>(program, RESULT_STEP), to + offset, keys);
    if (slopes != 0) copyOut(r + load<usize>(program, DERIVATIVE), load<usize>(program, DERIVATIVE_STEP), slopes + offset, keys);
  }
}

function copyOut(from: usize, step: usize, to: usize, keys: i32): void {
  for (let key = 0; key < keys; ++key, from += step, to += SCORE_STEP) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
  }
}

function maskPanel(
  to: usize, slopes: usize, column: usize, space: usize, b: i32, h: i32, t: i32, j: i32, first: i32, end: i32,
): void {
  const program = programAt(MASK_PROGRAM), r = registers(space), chunk = load<i32>(program + CHUNK);
  const steps = program + load<usize>(program, ROWS_END), stepsEnd = program + load<usize>(program, STEPS_END);
  const from = r + load<usize>(program, RESULT), step = load<usize>(program, RESULT_STEP), zero = f32x4.splat(0);
  runSteps(program + HEAD_BYTES, steps, r, b, h, t, j, 0, 0);
  for (let key = first; key < end; key += chunk) {
    const keys = min(chunk, end - key);
    runSteps(steps, stepsEnd, r, b, h, t, j + key, keys, 0);
    let seen = from, offset = <usize>key * SCORE_STEP;
    for (let i = 0; i < keys; ++i, seen += step, offset += SCORE_STEP) {
      hideKey(to, slopes, column, offset, f32x4.ne(v128.load(seen), zero), f32x4.ne(v128.load(seen, 16), zero));
    }
  }
}

/** -inf for the scores of a key, and 0 for their derivatives, where it is not seen. */
// @ts-ignore: decorator
@inline
function hideKey(to: usize, slopes: usize, column: usize, offset: usize, seenA: v128, seenB: v128): void {
  const at = to + offset, lowest = f32x4.splat(LOWEST);
  v128.store(at, v128.bitselect(v128.load(at), lowest, seenA));
  v128.store(at, v128.bitselect(v128.load(at, 16), lowest, seenB), 16);
  if (slopes == 0) return;
  const slope = slopes + column + offset;
  v128.store(slope, v128.and(v128.load(slope), seenA));
  v128.store(slope, v128.and(v128.load(slope, 16), seenB), 16);
}

/** Outside the ranges of the queries. */
function hide(to: usize, slopes: usize, column: usize, b: i32, t: i32, j: i32, first: i32, end: i32): void {
  if (first >= end) return;
  const firstA = firstKeys(b, t), firstB = firstKeys(b, t + 4), endA = endKeys(b, t), endB = endKeys(b, t + 4);
  for (let key = first; key < end; ++key) {
    hideKey(to, slopes, column, <usize>key * SCORE_STEP, seenBy(firstA, endA, j + key), seenBy(firstB, endB, j + key));
  }
}

/** Where the mask is 0. */
function hideBytes(
  to: usize, slopes: usize, column: usize, b: i32, h: i32, t: i32, last: i32, j: i32, first: i32, end: i32,
): void {
  const mask = load<usize>(MASK) + element(MASK, b, h, t) + j * stride(MASK, 3);
  for (let key = first; key < end; ++key) {
    for (let query = 0; query <= last - t; ++query) {
      if (load<u8>(mask + key * stride(MASK, 3) + query * stride(MASK, 2)) != 0) continue;
      const offset = <usize>key * SCORE_STEP + (<usize>query << 2);
      store<f32>(to + offset, LOWEST);
      if (slopes != 0) store<f32>(slopes + column + offset, 0);
    }
  }
}
