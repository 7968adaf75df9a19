/**
 * One idea: chunks start at even blocks, so that each turns 16 counters into 32 elements at a time; normals take
 * both words of a block (Box-Muller) in place.
 */
import { parallel } from "../pool";
import { log } from "../math/log";
import { constant } from "../math/constants";
import { rotated } from "../math/trig";

import { CHUNK, COUNT, OWN, TILE, deliver, padding, target } from "./operands";
import { copyRun } from "./runs";
import { interleave, threefry32, uniforms, writeSchedule } from "./threefry32";

const KEY0: usize = OWN;
const KEY1: usize = OWN + 4;
const KIND: usize = OWN + 8;
const BITS: i32 = 0;
const UNIFORM: i32 = 1;

// prettier-ignore
const TABLE: usize = memory.data<f32>([
  1, -2, 4,
  1.5707963267948966, // 3: pi / 2
]);

/** Fills slot 0. Own words: the key, and the kind (0 bits, 1 uniform, 2 normal). */
export function random(): void {
  const count = load<i32>(COUNT);
  parallel(randomTile.index, (count + TILE - 1) / TILE, <f64>count * 16);
}

function randomTile(tile: i32, thread: i32): void {
  const end = min(load<i32>(COUNT), (tile + 1) * TILE);
  const pad = padding(thread);
  const schedule = pad + 256;
  writeSchedule(load<i32>(KEY0), load<i32>(KEY1), schedule);
  for (let at = tile * TILE; at < end; at += CHUNK) {
    const count = min(CHUNK, end - at);
    const to = target(0, thread, at);
    const whole = count & ~31;
    randomChunk(at, to, whole, schedule);
    if (whole < count) {
      randomChunk(at + whole, pad, 32, schedule);
      copyRun(pad, to + (<usize>whole << 2), count - whole, 2);
    }
    deliver(0, thread, at, count);
  }
}

/** Elements [first, first + count); both are multiples of 32. */
function randomChunk(first: i32, to: usize, count: i32, schedule: usize): void {
  const kind = load<i32>(KIND);
  const end = to + (<usize>count << 2);
  for (let block = first >> 1; to < end; to += 128, block += 16) {
    threefry32(schedule, block, to);
    if (kind == BITS) continue;
    for (let i: usize = 0; i < 128; i += 16) v128.store(to + i, uniforms(v128.load(to + i)));
    if (kind == UNIFORM) continue;
    for (let i: usize = 0; i < 128; i += 32) normals(to + i);
  }
}

/** Box-Muller in place on four pairs (u0, u1). `sin` and `cos` of `2 pi u1` by quarter turns: `4 u1 = n + f` is exact. */
// @ts-ignore: decorator
@inline function normals(to: usize): void {
  const a = v128.load(to);
  const b = v128.load(to, 16);
  const u0 = i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
  const u1 = i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  const radius = f32x4.sqrt(f32x4.mul(log(f32x4.sub(constant(TABLE, 0), u0)), constant(TABLE, 1)));
  const turns = f32x4.mul(u1, constant(TABLE, 2));
  const n = f32x4.nearest(turns);
  const angle = f32x4.mul(f32x4.sub(turns, n), constant(TABLE, 3));
  const quarter = i32x4.trunc_sat_f32x4_s(n);
  const sine = f32x4.mul(radius, rotated(angle, quarter));
  const cosine = f32x4.mul(radius, rotated(angle, i32x4.add(quarter, i32x4.splat(1))));
  interleave(cosine, sine, to);
}
