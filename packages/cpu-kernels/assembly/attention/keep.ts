/**
 * What dropout multiplies weights with: 0, or `1 / (1 - p)`.
 *
 * Ideas: the lanes of the cipher are queries, so that random bits come in the form of a block of scores, `[key][query]`;
 * a counter has the bits of four keys, whose halves are compared where they lie. Only what a panel sees is drawn.
 */
import {
  COUNTER_BYTES, DRAWN_BYTES, LOWS_BYTES, SCHEDULE13_BYTES, threefry13, writeSchedule13,
} from "../elementwise/threefry13";
import { SCRATCH_BYTES } from "../layout";
import { ALL_QUERIES, DROPPED, FIRST_QUERY, HEADS, KEPT, KEY0, KEY1 } from "./arguments";
import { keepBlock, SCORE_STEP, SCORES } from "./blocks";

/** At the end of a thread's scratch: words of 8 queries and 12 keys, counters, the key schedule. */
const WORDS: usize = SCRATCH_BYTES - DRAWN_BYTES;
const COUNTERS: usize = WORDS - COUNTER_BYTES;
const SCHEDULE: usize = COUNTERS - SCHEDULE13_BYTES;

const LANES: usize = memory.data<i32>([0, 1, 2, 3]);

/** Fills the block of factors for the panel whose first query is `t`, and keys `from..to` of the block of keys from `j` on. */
export function fillKeep(space: usize, panel: i32, b: i32, h: i32, t: i32, j: i32, from: i32, to: i32): void {
  dropPanel(space, panel, b, h, t, j, from, to, keepBlock(space), false);
}

/** Leaves of the panel's scores, which are weights, those that are kept: outputs are multiplied with the factor. */
export function dropWeights(space: usize, panel: i32, b: i32, h: i32, t: i32, j: i32, from: i32, to: i32): void {
  dropPanel(space, panel, b, h, t, j, from, to, space + SCORES, true);
}

/** By fours of keys: `j` is a multiple of four, and a block has room for them. */
function dropPanel(
  space: usize, panel: i32, b: i32, h: i32, t: i32, j: i32, from: i32, to: i32, block: usize, inPlace: bool,
): void {
  const row = (b * load<i32>(HEADS) + h) * load<i32>(ALL_QUERIES) + load<i32>(FIRST_QUERY) + t;
  const rows = i32x4.add(i32x4.splat(row), v128.load(LANES)), lows = space + COUNTERS, highs = lows + LOWS_BYTES;
  writeSchedule13(load<i32>(KEY0), load<i32>(KEY1), space + SCHEDULE);
  for (let n: usize = 0; n < 96; n += 32) {
    v128.store(highs + n, rows);
    v128.store(highs + n, i32x4.add(rows, i32x4.splat(4)), 16);
  }
  let key = from & ~3, at = block + <usize>key * SCORE_STEP + (<usize>panel << 5);
  while (key < to) {
    for (let n: usize = 0; n < 96; n += 32) {
      const low = i32x4.splat((j + key >> 2) + <i32>(n >> 5));
      v128.store(lows + n, low);
      v128.store(lows + n, low, 16);
    }
    threefry13(space + SCHEDULE, lows, space + WORDS);
    for (let words = space + WORDS; words < space + SCRATCH_BYTES && key < to; words += 64, key += 4, at += 4 * SCORE_STEP) {
      const x = v128.load(words), y = v128.load(words, 32);
      keepFour(x, v128.load(words, 16), at, inPlace);
      keepFour(y, v128.load(words, 48), at + 16, inPlace);
    }
  }
}

/** Four keys of four queries, by the words of their blocks. */
// @ts-ignore: decorator
@inline
function keepFour(first: v128, second: v128, at: usize, inPlace: bool): void {
  const sign = i16x8.splat(-0x8000), x = v128.xor(first, sign), y = v128.xor(second, sign);
  keepOne(i32x4.shl(x, 16), at, inPlace);
  keepOne(x, at + SCORE_STEP, inPlace);
  keepOne(i32x4.shl(y, 16), at + 2 * SCORE_STEP, inPlace);
  keepOne(y, at + 3 * SCORE_STEP, inPlace);
}

// @ts-ignore: decorator
@inline
function keepOne(bits: v128, at: usize, inPlace: bool): void {
  const kept = i32x4.gt_s(bits, v128.load32_splat(DROPPED));
  v128.store(at, v128.and(kept, inPlace ? v128.load(at) : v128.load32_splat(KEPT)));
}
