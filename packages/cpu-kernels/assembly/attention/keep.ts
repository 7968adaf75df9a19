/**
 * What dropout multiplies weights with: 0, or `1 / (1 - p)`.
 *
 * Ideas: the lanes of Threefry are four queries, so words come in the form of a block, `[key][query]`, and nothing is turned
 * around. A block of the cipher has the words of two keys; where S is odd, a query may begin with the second of them: then
 * its words lie one vector further on. Only what a panel sees is drawn.
 */
import { SCHEDULE_BYTES, threefryRows, writeSchedule } from "../elementwise/threefry32";
import { SCRATCH_BYTES } from "../layout";
import { DROPOUT, HEADS, KEPT, KEY0, KEY1, S, T } from "./arguments";
import { keepBlock, SCORE_STEP, SCORES } from "./blocks";

/** At the end of a thread's scratch: words of four queries (the keys of a block and one before them, in whole groups of 8). */
const WORDS_BYTES: usize = 248 * 16;
const WORDS: usize = SCRATCH_BYTES - WORDS_BYTES;
/** The key schedule; four vectors of upper words of counters; counters and parities of four queries. */
const SCHEDULE: usize = WORDS - SCHEDULE_BYTES;
const HIGHS: usize = SCHEDULE - 64;
const LOWS: usize = HIGHS - 16;
const ODD: usize = LOWS - 16;

/** Fills the block of factors for the panel whose first query is `t`, and keys `from..to` of the block of keys from `j` on. */
export function fillKeep(space: usize, panel: i32, b: i32, h: i32, t: i32, j: i32, from: i32, to: i32): void {
  drawFactors(space, panel, b, h, t, j, from, to, keepBlock(space), false);
}

/** Multiplies the panel's scores, which are weights, with its factors. */
export function dropWeights(space: usize, panel: i32, b: i32, h: i32, t: i32, j: i32, from: i32, to: i32): void {
  drawFactors(space, panel, b, h, t, j, from, to, space + SCORES, true);
}

function drawFactors(
  space: usize, panel: i32, b: i32, h: i32, t: i32, j: i32, from: i32, to: i32, block: usize, inPlace: bool,
): void {
  writeSchedule(load<i32>(KEY0), load<i32>(KEY1), space + SCHEDULE);
  const row = (<u64>b * load<i32>(HEADS) + h) * load<i32>(T) + t;
  for (let query = 0; query < 8; query += 4) {
    const first = (row + query) * load<i32>(S) + j + from;
    drawWords(space, first, to - from);
    keepWords(space, to - from, inPlace, block + <usize>from * SCORE_STEP + (<usize>(8 * panel + query) << 2));
  }
}

/** The words of `keys` elements of four rows, of the first one from `first` on. */
function drawWords(space: usize, first: u64, keys: i32): void {
  const s = <u64>load<i32>(S);
  let wraps = false, odd: i32 = 0;
  for (let i: usize = 0; i < 4; ++i) {
    const element = first + <u64>i * s;
    store<i32>(space + LOWS + (i << 2), <i32>(element >> 1));
    store<i32>(space + ODD + (i << 2), -<i32>(element & 1));
    odd |= <i32>element & 1;
    if (element >> 33 != (element + 512) >> 33) wraps = true;
  }
  const blocks = (keys + odd + 1) >> 1;
  let lows = v128.load(space + LOWS);
  for (let block = 0; block < blocks; block += 4) {
    if (wraps || block == 0) writeHighs(space, first, block);
    threefryRows(space + SCHEDULE, lows, space + HIGHS, space + WORDS + (<usize>block << 5));
    lows = i32x4.add(lows, i32x4.splat(4));
  }
}

/** Upper words of the counters of four rows, the `block`-th and the next three, and the second word of the key. */
function writeHighs(space: usize, first: u64, block: i32): void {
  for (let n = 0; n < 16; ++n) {
    const counter = ((first + <u64>(n & 3) * <u64>load<i32>(S)) >> 1) + <u64>(block + (n >> 2));
    store<i32>(space + HIGHS + (<usize>n << 2), load<i32>(KEY1) + <i32>(counter >> 32));
  }
}

/** Words of four queries become factors, or multiply weights in place, key by key. */
function keepWords(space: usize, keys: i32, inPlace: bool, to: usize): void {
  // Uniforms are the upper 24 bits: what is kept is more than the largest integer that is not.
  const most = i32x4.splat(<i32>ceil(load<f32>(DROPOUT) * 16777216) - 1), kept = v128.load32_splat(KEPT);
  const odd = v128.load(space + ODD), shifted = v128.any_true(odd);
  const end = space + WORDS + (<usize>keys << 4);
  for (let at = space + WORDS; at < end; at += 16, to += SCORE_STEP) {
    let word = v128.load(at);
    if (shifted) word = v128.bitselect(v128.load(at, 16), word, odd);
    const factor = inPlace ? f32x4.mul(v128.load(to), kept) : kept;
    v128.store(to, v128.and(i32x4.gt_s(i32x4.shr_u(word, 8), most), factor));
  }
}
