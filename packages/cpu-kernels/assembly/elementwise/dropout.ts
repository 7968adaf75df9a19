/**
 * `y = uniform >= p ? x / (1 - p) : 0`.
 *
 * Idea: the uniforms are words of Threefry over 2^8, so the comparison is one of integers; the mask is never stored,
 * because backward draws it again.
 */
import { parallel } from "../pool";
import { CHUNK, COUNT, OUT, OWN, TILE, operand, padding, prepare } from "./operands";
import { copyRun } from "./runs";
import { threefry32, writeSchedule } from "./threefry32";

/** The key; the least word (its upper 24 bits) that keeps an element; `1 / (1 - p)`. */
const KEY0: usize = OWN;
const KEY1: usize = OWN + 4;
const THRESHOLD: usize = OWN + 8;
const SCALE: usize = OWN + 12;

/** Input x, output y. */
export function dropout(): void {
  const count = load<i32>(COUNT);
  parallel(dropoutTile.index, (count + TILE - 1) / TILE, <f64>count * 16);
}

function dropoutTile(tile: i32, thread: i32): void {
  const end = min(load<i32>(COUNT), (tile + 1) * TILE);
  const pad = padding(thread);
  let at = tile * TILE;
  prepare(0, thread, end - at);
  writeSchedule(load<i32>(KEY0), load<i32>(KEY1), pad + 256);
  for (; at < end; at += CHUNK) {
    const count = min(CHUNK, end - at);
    const x = operand(0, thread, at, count);
    const y = load<usize>(OUT) + (<usize>at << 2);
    const whole = count & ~31;
    dropChunk(x, y, at, whole, pad);
    if (whole == count) continue;
    const rest = count - whole;
    copyRun(x + (<usize>whole << 2), pad + 128, rest, 2);
    dropChunk(pad + 128, pad + 128, at + whole, 32, pad);
    copyRun(pad + 128, y + (<usize>whole << 2), rest, 2);
  }
}

/** Elements from `first` on; `count` is a multiple of 32; `words` has room for as many, and the key schedule behind. */
function dropChunk(x: usize, y: usize, first: i32, count: i32, words: usize): void {
  const schedule = words + 256;
  const threshold = v128.load32_splat(THRESHOLD);
  const scale = v128.load32_splat(SCALE);
  const end = x + (<usize>count << 2);
  for (let block = first >> 1; x < end; x += 128, y += 128, block += 16) {
    threefry32(schedule, block, words);
    for (let i: usize = 0; i < 128; i += 16) {
      const kept = i32x4.ge_s(i32x4.shr_u(v128.load(words + i), 8), threshold);
      v128.store(y + i, v128.and(kept, f32x4.mul(v128.load(x + i), scale)));
    }
  }
}
