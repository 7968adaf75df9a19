/**
 * Gated linear units: `y = act(gate) up`, and backward.
 *
 * Idea: chunks that stay in L1 go through the activation's own functions and plain products, so that no pair of them
 * needs a kernel of its own.
 */
import { parallel } from "../pool";
import { activationBackward, activationForward } from "./activation-table";
import { mulF32 } from "./binary-f32";
import { apply1, apply2 } from "./chunks";
import { CHUNK, COUNT, OUT, OUT2, OWN, TILE, operand, padding, prepare, stage } from "./operands";

const FORWARD: usize = OWN;
const BACKWARD: usize = OWN + 4;

/** Inputs gate, up; output y. */
export function glu(activation: i32): void {
  store<i32>(FORWARD, activationForward(activation));
  const count = load<i32>(COUNT);
  parallel(gluTile.index, (count + TILE - 1) / TILE, <f64>count * 14);
}

function gluTile(tile: i32, thread: i32): void {
  const end = min(load<i32>(COUNT), (tile + 1) * TILE);
  const pad = padding(thread);
  let at = tile * TILE;
  prepare(0, thread, end - at);
  prepare(1, thread, end - at);
  for (; at < end; at += CHUNK) {
    const count = min(CHUNK, end - at);
    const y = load<usize>(OUT) + (<usize>at << 2);
    apply1(load<i32>(FORWARD), operand(0, thread, at, count), 2, y, 2, count, pad);
    apply2(mulF32.index, y, operand(1, thread, at, count), 2, y, 2, count, pad);
  }
}

/** Inputs gate, up, dy; outputs dGate = dy up act'(gate), dUp = dy act(gate). */
export function gluBackward(activation: i32): void {
  store<i32>(FORWARD, activationForward(activation));
  store<i32>(BACKWARD, activationBackward(activation));
  const count = load<i32>(COUNT);
  parallel(backwardTile.index, (count + TILE - 1) / TILE, <f64>count * 30);
}

function backwardTile(tile: i32, thread: i32): void {
  const end = min(load<i32>(COUNT), (tile + 1) * TILE);
  const pad = padding(thread);
  const product = stage(thread, 3);
  let at = tile * TILE;
  for (let v = 0; v < 3; ++v) prepare(v, thread, end - at);
  for (; at < end; at += CHUNK) {
    const count = min(CHUNK, end - at);
    const gate = operand(0, thread, at, count);
    const up = operand(1, thread, at, count);
    const dy = operand(2, thread, at, count);
    const dUp = load<usize>(OUT2) + (<usize>at << 2);
    apply1(load<i32>(FORWARD), gate, 2, dUp, 2, count, pad);
    apply2(mulF32.index, dUp, dy, 2, dUp, 2, count, pad);
    apply2(mulF32.index, dy, up, 2, product, 2, count, pad);
    apply2(load<i32>(BACKWARD), gate, product, 2, load<usize>(OUT) + (<usize>at << 2), 2, count, pad);
  }
}
