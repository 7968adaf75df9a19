/**
 * One step of AdamW (decoupled weight decay) or Adam with L2, in place.
 *
 * Idea: one pass over four arrays, seven memory streams, no temporaries; what depends on the step alone was computed
 * by the caller in double precision.
 */
import { constant } from "../math/constants";
import { nmadd } from "../math/lanes";
import { parallel } from "../pool";
import { madd } from "../simd";
import { CHUNK, COUNT, OUT, OUT2, OUT3, OWN, operand, padding, prepare } from "./operands";
import { copyRun } from "./runs";

/** Floats: factor of the gradient, L2, beta1, 1 - beta1, beta2, 1 - beta2, 1 / sqrt(1 - beta2^t), eps, step size, decay. */
const SCALARS: usize = OWN;
/** Address of the gradient's scale, or 0. */
const SCALE: usize = OWN + 40;
/** Elements of a tile: small, so that threads share the parameters of a small model, too. */
const TILE: i32 = 4096;

/** Input grad; outputs param, m, v. */
export function adamwStep(): void {
  const scale = load<usize>(SCALE);
  store<f32>(SCALARS, scale ? load<f32>(scale) : 1);
  const count = load<i32>(COUNT);
  parallel(stepTile.index, (count + TILE - 1) / TILE, <f64>count * 10);
}

function stepTile(tile: i32, thread: i32): void {
  const end = min(load<i32>(COUNT), (tile + 1) * TILE);
  const pad = padding(thread);
  let at = tile * TILE;
  prepare(0, thread, end - at);
  for (; at < end; at += CHUNK) {
    const count = min(CHUNK, end - at);
    const offset = <usize>at << 2;
    const grad = operand(0, thread, at, count);
    const param = load<usize>(OUT) + offset;
    const m = load<usize>(OUT2) + offset;
    const v = load<usize>(OUT3) + offset;
    const whole = count & ~3;
    stepChunk(grad, param, m, v, whole);
    if (whole == count) continue;
    const rest = count - whole;
    const done = <usize>whole << 2;
    copyRun(grad + done, pad, rest, 2);
    copyRun(param + done, pad + 16, rest, 2);
    copyRun(m + done, pad + 32, rest, 2);
    copyRun(v + done, pad + 48, rest, 2);
    stepChunk(pad, pad + 16, pad + 32, pad + 48, 4);
    copyRun(pad + 16, param + done, rest, 2);
    copyRun(pad + 32, m + done, rest, 2);
    copyRun(pad + 48, v + done, rest, 2);
  }
}

/** `count` is a multiple of 4. */
function stepChunk(grad: usize, param: usize, m: usize, v: usize, count: i32): void {
  for (const end = grad + (<usize>count << 2); grad < end; grad += 16, param += 16, m += 16, v += 16) {
    const p = v128.load(param);
    const g = madd(p, constant(SCALARS, 1), f32x4.mul(v128.load(grad), constant(SCALARS, 0)));
    const first = madd(v128.load(m), constant(SCALARS, 2), f32x4.mul(g, constant(SCALARS, 3)));
    const second = madd(v128.load(v), constant(SCALARS, 4), f32x4.mul(f32x4.mul(g, g), constant(SCALARS, 5)));
    v128.store(m, first);
    v128.store(v, second);
    const root = madd(f32x4.sqrt(second), constant(SCALARS, 6), constant(SCALARS, 7));
    const step = f32x4.div(f32x4.mul(first, constant(SCALARS, 8)), root);
    v128.store(param, nmadd(p, constant(SCALARS, 9), f32x4.sub(p, step)));
  }
}
