/**
 * What dropout multiplies weights with: 0, or `1 / (1 - p)`.
 *
 * Idea: a block of the cipher has the words of two keys; where S is odd, a query may begin with the second of them: then
 * its words lie one row further on. Only what a panel sees is drawn.
 */
import { SCHEDULE_BYTES, writeSchedule } from "../elementwise/threefry32";
import { SCRATCH_BYTES } from "../layout";
import { DROPOUT, HEADS, KEPT, KEY0, KEY1, S, T } from "./arguments";
import { keepBlock, SCORE_STEP, SCORES } from "./blocks";
import { DRAWN_KEYS, drawPanel } from "./keep-words";

/** At the end of a thread's scratch: words of 8 queries, for the keys of a block and one before them. */
const ROW: usize = 32;
const WORDS: usize = SCRATCH_BYTES - 246 * ROW;
/** The key schedule; upper words of counters, and lower ones. */
const SCHEDULE: usize = WORDS - SCHEDULE_BYTES;
const HIGHS: usize = SCHEDULE - 3 * ROW;
const LOWS: usize = HIGHS - ROW;

const LANES: usize = memory.data<i32>([0, 1, 2, 3]);

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
  const row = (<u64>b * load<i32>(HEADS) + h) * load<i32>(T) + t, first = row * load<i32>(S) + j + from;
  const oddA = oddOf(<i32>first), oddB = oddOf(<i32>first + 4 * load<i32>(S)), odd = v128.any_true(v128.or(oddA, oddB));
  drawWords(space, first, to - from + <i32>odd);
  keepWords(space, oddA, oddB, odd, to - from, inPlace, block + <usize>from * SCORE_STEP + (<usize>panel << 5));
}

/** Which of four rows begin at an odd element, the first of them at `first`: all ones. */
function oddOf(first: i32): v128 {
  const elements = i32x4.add(i32x4.splat(first), i32x4.mul(i32x4.splat(load<i32>(S)), v128.load(LANES)));
  return i32x4.neg(v128.and(elements, i32x4.splat(1)));
}

/** The words of `keys` elements of eight rows, of the first one from `first` on. */
function drawWords(space: usize, first: u64, keys: i32): void {
  const s = <u64>load<i32>(S);
  writeSchedule(load<i32>(KEY0), load<i32>(KEY1), space + SCHEDULE);
  let wraps = false;
  for (let i: usize = 0; i < 8; ++i) {
    const element = first + <u64>i * s;
    store<i32>(space + LOWS + (i << 2), <i32>(element >> 1));
    if (element >> 33 != (element + 512) >> 33) wraps = true;
  }
  for (let key = 0; key < keys; key += DRAWN_KEYS) {
    if (wraps || key == 0) writeHighs(space, first, key >> 1);
    drawPanel(space + SCHEDULE, space + LOWS, space + HIGHS, space + WORDS + <usize>key * ROW);
    const lows = space + LOWS, more = i32x4.splat(DRAWN_KEYS / 2);
    v128.store(lows, i32x4.add(v128.load(lows), more));
    v128.store(lows, i32x4.add(v128.load(lows, 16), more), 16);
  }
}

/** Upper words of the counters of eight rows, from the `block`-th on, and the second word of the key. */
function writeHighs(space: usize, first: u64, block: i32): void {
  for (let n = 0; n < 24; ++n) {
    const counter = ((first + <u64>(n & 7) * <u64>load<i32>(S)) >> 1) + <u64>(block + (n >> 3));
    store<i32>(space + HIGHS + (<usize>n << 2), load<i32>(KEY1) + <i32>(counter >> 32));
  }
}

/** Words become factors, or multiply weights in place, key by key. */
function keepWords(space: usize, oddA: v128, oddB: v128, odd: bool, keys: i32, inPlace: bool, to: usize): void {
  // Uniforms are the upper 24 bits: what is kept is more than the largest integer that is not.
  const most = i32x4.splat(<i32>ceil(load<f32>(DROPOUT) * 16777216) - 1), kept = v128.load32_splat(KEPT);
  const end = space + WORDS + <usize>keys * ROW;
  for (let at = space + WORDS; at < end; at += ROW, to += SCORE_STEP) {
    let x = v128.load(at), y = v128.load(at, 16);
    if (odd) {
      x = v128.bitselect(v128.load(at, 32), x, oddA);
      y = v128.bitselect(v128.load(at, 48), y, oddB);
    }
    x = i32x4.gt_s(i32x4.shr_u(x, 8), most);
    y = i32x4.gt_s(i32x4.shr_u(y, 8), most);
    v128.store(to, v128.and(x, inPlace ? f32x4.mul(v128.load(to), kept) : kept));
    v128.store(to, v128.and(y, inPlace ? f32x4.mul(v128.load(to, 16), kept) : kept), 16);
  }
}
