/** One idea: 16 bytes of the condition widen to four vectors of lane masks, which choose between the two operands. */
import { pick } from "../math/lanes";
import { parallel } from "../pool";
import { widenMask } from "./masks";
import { CHUNK, COUNT, OUT, TILE, inputShift, operand, padding, prepare } from "./operands";
import { copyRun } from "./runs";

/** `out = cond ? a : b`; inputs cond (u8), a, b. */
export function where(): void {
  const count = load<i32>(COUNT);
  parallel(whereTile.index, (count + TILE - 1) / TILE, <f64>count * 2);
}

function whereTile(tile: i32, thread: i32): void {
  const out = load<usize>(OUT);
  const shift = inputShift(1);
  const end = min(load<i32>(COUNT), (tile + 1) * TILE);
  let at = tile * TILE;
  for (let v = 0; v < 3; ++v) prepare(v, thread, end - at);
  const pad = padding(thread);
  for (; at < end; at += CHUNK) {
    const count = min(CHUNK, end - at);
    const condition = operand(0, thread, at, count);
    const a = operand(1, thread, at, count);
    const b = operand(2, thread, at, count);
    const to = out + (<usize>at << shift);
    const whole = count & ~15;
    choose(condition, a, b, to, whole, shift);
    const rest = count - whole;
    if (rest == 0) continue;
    copyRun(condition + whole, pad, rest, 0);
    copyRun(a + (<usize>whole << shift), pad + 64, rest, shift);
    copyRun(b + (<usize>whole << shift), pad + 128, rest, shift);
    choose(pad, pad + 64, pad + 128, pad + 192, 16, shift);
    copyRun(pad + 192, to + (<usize>whole << shift), rest, shift);
  }
}

/** `count` is a multiple of 16. */
function choose(condition: usize, a: usize, b: usize, out: usize, count: i32, shift: i32): void {
  const end = condition + count;
  if (shift == 0) {
    for (; condition < end; condition += 16, a += 16, b += 16, out += 16) {
      const mask = i8x16.ne(v128.load(condition), i8x16.splat(0));
      v128.store(out, v128.bitselect(v128.load(a), v128.load(b), mask));
    }
    return;
  }
  for (; condition < end; condition += 16, a += 64, b += 64, out += 64) {
    const bytes = v128.load(condition);
    v128.store(out, pick(widenMask(bytes, 0), v128.load(a), v128.load(b)));
    v128.store(out, pick(widenMask(bytes, 1), v128.load(a, 16), v128.load(b, 16)), 16);
    v128.store(out, pick(widenMask(bytes, 2), v128.load(a, 32), v128.load(b, 32)), 32);
    v128.store(out, pick(widenMask(bytes, 3), v128.load(a, 48), v128.load(b, 48)), 48);
  }
}
