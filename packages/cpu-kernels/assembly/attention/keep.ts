/**
 * What dropout multiplies weights with: 0, or `1 / (1 - p)`.
 *
 * Ideas: random words run along the keys, 32 at a time; four queries at once are turned into the form of a block,
 * `[key][query]`. Only what a panel sees is drawn.
 */
import { interleave, SCHEDULE_BYTES, threefry32, writeSchedule } from "../elementwise/threefry32";
import { SCRATCH_BYTES } from "../layout";
import { threefry4 } from "../threefry";
import { DROPOUT, HEADS, KEPT, KEY0, KEY1, S, T } from "./arguments";
import { keepBlock, SCORE_STEP, SCORES } from "./blocks";

/** Bytes from query to query of words: the keys of a block and one before them, in whole groups of 32. */
const WORD_ROW: usize = 1024 + 64;
/** At the end of a thread's scratch: the words of four queries, eight more, the key schedule. */
const WORDS: usize = SCRATCH_BYTES - 4 * WORD_ROW - 32 - SCHEDULE_BYTES;
const EIGHT: usize = WORDS + 4 * WORD_ROW;
const SCHEDULE: usize = EIGHT + 32;

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
    let odd = 0;
    for (let i = 0; i < 4; ++i) {
      const first = (row + query + i) * load<i32>(S) + j + from;
      drawWords(space, first >> 1, to - from + (<i32>first & 1), space + WORDS + <usize>i * WORD_ROW);
      odd |= (<i32>first & 1) << i;
    }
    turnWords(space + WORDS, odd, to - from, inPlace, block + <usize>from * SCORE_STEP + (<usize>(8 * panel + query) << 2));
  }
}

/** The words of `count` elements (and some more) from those of `block` on. */
function drawWords(space: usize, block: u64, count: i32, to: usize): void {
  for (; count > 0; count -= 32, block += 16, to += 128) {
    const high = <i32>(block >> 32);
    if (<i32>((block + 15) >> 32) == high) {
      // The second word of the counter is the same for all 16.
      v128.store(space + SCHEDULE, i32x4.splat(load<i32>(KEY1) + high), 16);
      threefry32(space + SCHEDULE, <i32>block, to);
      continue;
    }
    for (let i: usize = 0; i < 16; i += 4) {
      threefry4(load<i32>(KEY0), load<i32>(KEY1), <i32>(block + i), <i32>((block + i) >> 32), space + EIGHT);
      interleave(v128.load(space + EIGHT), v128.load(space + EIGHT, 16), to + (i << 3));
    }
  }
}

/** Words of four queries become factors, or multiply weights in place, key by key; `odd` has a bit for each query whose first word is not wanted. */
function turnWords(words: usize, odd: i32, keys: i32, inPlace: bool, to: usize): void {
  const a = words + (<usize>(odd & 1) << 2), b = words + WORD_ROW + (<usize>(odd & 2) << 1);
  const c = words + 2 * WORD_ROW + (<usize>(odd & 4)), d = words + 3 * WORD_ROW + (<usize>(odd & 8) >> 1);
  // Uniforms are the upper 24 bits: the least that keeps is an integer.
  const least = i32x4.splat(<i32>ceil(load<f32>(DROPOUT) * 16777216)), kept = v128.load32_splat(KEPT);
  for (let key = 0; key < keys; key += 4, to += 4 * SCORE_STEP) {
    const at = <usize>key << 2;
    const w = i32x4.shr_u(v128.load(a + at), 8), x = i32x4.shr_u(v128.load(b + at), 8);
    const y = i32x4.shr_u(v128.load(c + at), 8), z = i32x4.shr_u(v128.load(d + at), 8);
    const wx = i8x16.shuffle(w, x, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const yz = i8x16.shuffle(y, z, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    store4(i64x2.shuffle(wx, yz, 0, 2), least, kept, inPlace, to);
    if (key + 1 == keys) return;
    store4(i64x2.shuffle(wx, yz, 1, 3), least, kept, inPlace, to + SCORE_STEP);
    if (key + 2 == keys) return;
    const wx2 = i8x16.shuffle(w, x, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    const yz2 = i8x16.shuffle(y, z, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    store4(i64x2.shuffle(wx2, yz2, 0, 2), least, kept, inPlace, to + 2 * SCORE_STEP);
    if (key + 3 == keys) return;
    store4(i64x2.shuffle(wx2, yz2, 1, 3), least, kept, inPlace, to + 3 * SCORE_STEP);
  }
}

// @ts-ignore: decorator
@inline
function store4(uniforms: v128, least: v128, kept: v128, inPlace: bool, to: usize): void {
  const factor = inPlace ? f32x4.mul(v128.load(to), kept) : kept;
  v128.store(to, v128.and(i32x4.ge_s(uniforms, least), factor));
}
