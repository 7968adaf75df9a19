/**
 * `y = half >= least ? x * factor : 0`.
 *
 * Idea: blocks of random bits are drawn one after another, whatever row they are of, and put in the order of the elements
 * as 16 bits for each. The mask is never stored, because backward draws it again.
 */
import { scratch } from "../layout";
import { parallel } from "../pool";
import { CHUNK, COUNT, FREE_SCRATCH, OUT, OWN, TILE, operand, padding, prepare } from "./operands";
import { copyRun } from "./runs";
import { interleave } from "./threefry32";
import { COUNTER_BYTES, DRAWN, DRAWN_BYTES, LOWS_BYTES, SCHEDULE13_BYTES, threefry13, writeSchedule13 } from "./threefry13";

const KEY0: usize = OWN;
const KEY1: usize = OWN + 4;
/** The largest half that is dropped, less 2^15; what the others are multiplied by. */
const MOST: usize = OWN + 8;
const FACTOR: usize = OWN + 12;
const COLUMNS: usize = OWN + 16;
/** Size of the axis before the last; that of the larger tensor, and where this one begins in it. */
const ROWS: usize = OWN + 20;
const OF: usize = OWN + 24;
const FIRST: usize = OWN + 28;

// In the thread's scratch: the key schedule, counters, words of a call, the halves of a chunk (and more than a call's).
const COUNTERS: usize = SCHEDULE13_BYTES;
const WORDS: usize = COUNTERS + COUNTER_BYTES;
const HALVES: usize = WORDS + DRAWN_BYTES;

const LANES: usize = memory.data<i32>([0, 1, 2, 3]);

/** Input x, output y. */
export function dropout(): void {
  const count = load<i32>(COUNT);
  parallel(dropoutTile.index, (count + TILE - 1) / TILE, <f64>count * 8);
}

function dropoutTile(tile: i32, thread: i32): void {
  const end = min(load<i32>(COUNT), (tile + 1) * TILE);
  const pad = padding(thread), space = scratch(thread) + FREE_SCRATCH;
  let at = tile * TILE;
  prepare(0, thread, end - at);
  writeSchedule13(load<i32>(KEY0), load<i32>(KEY1), space);
  for (; at < end; at += CHUNK) {
    const count = min(CHUNK, end - at);
    const x = operand(0, thread, at, count);
    const y = load<usize>(OUT) + (<usize>at << 2);
    drawHalves(space, at, count);
    const whole = count & ~15;
    dropChunk(x, y, whole, space + HALVES);
    if (whole == count) continue;
    copyRun(x + (<usize>whole << 2), pad, count - whole, 2);
    dropChunk(pad, pad, 16, space + HALVES + (<usize>whole << 1));
    copyRun(pad, y + (<usize>whole << 2), count - whole, 2);
  }
}

/** The halves of elements `at..at+count`. */
function drawHalves(space: usize, at: i32, count: i32): void {
  const columns = load<i32>(COLUMNS), blocks = (columns + 3) >> 2, lows = space + COUNTERS, highs = lows + LOWS_BYTES;
  let row = at / columns, column = at - row * columns, block = column >> 2, skip = column & 3, high = counterOf(row);
  let to = space + HALVES;
  for (const end = to + (<usize>count << 1); to < end; ) {
    if (block + DRAWN < blocks) {
      const wide = i32x4.splat(high);
      for (let n: usize = 0; n < 96; n += 16, block += 4) {
        v128.store(lows + n, i32x4.add(i32x4.splat(block), v128.load(LANES)));
        v128.store(highs + n, wide);
      }
    } else {
      for (let n: usize = 0; n < 96; n += 4) {
        store<i32>(lows + n, block);
        store<i32>(highs + n, high);
        if (++block < blocks) continue;
        block = 0;
        high = counterOf(++row);
      }
    }
    threefry13(space, lows, space + WORDS);
    const words = columns & 3 ? space + WORDS : to;
    for (let i: usize = 0; i < DRAWN_BYTES; i += 32) {
      interleave(v128.load(space + WORDS + i), v128.load(space + WORDS + i, 16), words + i);
    }
    if (columns & 3) {
      to = copyHalves(lows, words, columns, skip, to);
      skip = 0;
    } else to += DRAWN_BYTES;
  }
}

/** The number of a row in the larger tensor. */
function counterOf(row: i32): i32 {
  const rows = load<i32>(ROWS), whole = row / rows;
  return whole * load<i32>(OF) + load<i32>(FIRST) + row - whole * rows;
}

/** Leaves out what blocks have behind the end of their rows, and `skip` halves at the beginning. */
function copyHalves(lows: usize, words: usize, columns: i32, skip: i32, to: usize): usize {
  for (const end = lows + LOWS_BYTES; lows < end; lows += 4, words += 8) {
    const halves = min(4, columns - (load<i32>(lows) << 2));
    for (let i = skip; i < halves; ++i, to += 2) store<u16>(to, load<u16>(words + (<usize>i << 1)));
    skip = 0;
  }
  return to;
}

/** `count` is a multiple of 16. */
function dropChunk(x: usize, y: usize, count: i32, halves: usize): void {
  const most = i16x8.splat(<i16>load<i32>(MOST)), factor = v128.load32_splat(FACTOR), sign = i16x8.splat(-0x8000);
  for (const end = x + (<usize>count << 2); x < end; x += 32, y += 32, halves += 16) {
    const kept = i16x8.gt_s(v128.xor(v128.load(halves), sign), most);
    v128.store(y, v128.and(i32x4.extend_low_i16x8_s(kept), f32x4.mul(v128.load(x), factor)));
    v128.store(y, v128.and(i32x4.extend_high_i16x8_s(kept), f32x4.mul(v128.load(x, 16), factor)), 16);
  }
}
