/** LSTM over whole sequences, forward and backward. Planes forward: i, f, g, o; the cell takes the place of i. */
import { sigmoidF32 } from "../elementwise/unary-activations";
import { tanhF32 } from "../elementwise/unary-functions";
import { madd } from "../simd";
import { ACTIVATED, C0, CELL, CELLS, D_GATES, DC_LAST, DH_LAST, H, ofState, ofStep, REVERSE, STATE, Y } from "./arguments";
import { get, put, sigmoidSlope, tanhSlope } from "./lanes";
import {
  arriving, beginAfterwards, beginBackward, beginForward, carry, clearPadding, copy, count, first, lastStates, loadPlane,
  multiply, plane, planeBytes, prepareSteps, runStep, runSteps, sequence, stateBefore, step, units,
} from "./steps";

/** Arguments as arguments.ts has them. */
export function lstmSequence(): void {
  carry(C0, CELL);
  clearPadding(Y, 1);
  clearPadding(ACTIVATED, 4);
  clearPadding(CELLS, 1);
  prepareSteps(4, 4, load<i32>(H));
  runSteps(forwardTile.index, load<i32>(REVERSE) != 0);
  lastStates();
}

function forwardTile(tile: i32, thread: i32): void {
  if (!beginForward(tile, thread)) return;
  for (let gate = 0; gate < 4; ++gate) {
    loadPlane(gate, gate);
    multiply(gate, gate);
  }
  const floats = <i32>(planeBytes >> 2);
  sigmoidF32(plane(0, 0), plane(0, 0), 2 * floats);
  tanhF32(plane(2, 0), plane(2, 0), floats);
  sigmoidF32(plane(3, 0), plane(3, 0), floats);
  const t = step(), part = <usize>load<i32>(H) << 2;
  for (let row = 0; row < count; ++row) {
    const b = sequence(row);
    let at = plane(0, row), kept = ofStep(ACTIVATED, 4, b, t, first);
    let cells = ofStep(CELLS, 1, b, t, first), carried = ofState(CELL, b, first);
    for (let rest = units; rest > 0; rest -= 4, at += 16, kept += 16, cells += 16, carried += 16) {
      const i = v128.load(at), f = v128.load(at + planeBytes);
      const g = v128.load(at + 2 * planeBytes), o = v128.load(at + 3 * planeBytes);
      const cell = madd(f, get(carried, rest), f32x4.mul(i, g));
      put(kept, i, rest);
      put(kept + part, f, rest);
      put(kept + 2 * part, g, rest);
      put(kept + 3 * part, o, rest);
      put(cells, cell, rest);
      put(carried, cell, rest);
      v128.store(at, cell);
    }
  }
  tanhF32(plane(0, 0), plane(0, 0), floats);
  for (let row = 0; row < count; ++row) {
    let at = plane(0, row), y = ofStep(Y, 1, sequence(row), t, first);
    for (let rest = units; rest > 0; rest -= 4, at += 16, y += 16) {
      put(y, f32x4.mul(v128.load(at + 3 * planeBytes), v128.load(at)), rest);
    }
  }
}

/** Arguments as arguments.ts has them; X is dy. */
export function lstmSequenceBackward(): void {
  carry(DH_LAST, STATE);
  carry(DC_LAST, CELL);
  clearPadding(D_GATES, 4);
  prepareSteps(4, 0, 4 * load<i32>(H));
  runSteps(backwardTile.index, load<i32>(REVERSE) == 0);
  runStep(lastTile.index, 0);
}

/** Planes: what arrives of dh, tanh of the cells, dy. */
function backwardTile(tile: i32, thread: i32): void {
  if (!beginBackward(tile, thread, D_GATES)) return;
  arriving(STATE, false);
  const t = step(), part = <usize>load<i32>(H) << 2;
  for (let row = 0; row < count; ++row) copy(ofStep(CELLS, 1, sequence(row), t, first), plane(1, row), units);
  tanhF32(plane(1, 0), plane(1, 0), <i32>(planeBytes >> 2));
  loadPlane(2, 0);
  for (let row = 0; row < count; ++row) {
    const b = sequence(row);
    let at = plane(0, row), kept = ofStep(ACTIVATED, 4, b, t, first), out = ofStep(D_GATES, 4, b, t, first);
    let previous = stateBefore(CELLS, C0, b, t, first), carried = ofState(CELL, b, first);
    for (let rest = units; rest > 0; rest -= 4, at += 16, kept += 16, out += 16, previous += 16, carried += 16) {
      const i = get(kept, rest), f = get(kept + part, rest), g = get(kept + 2 * part, rest), o = get(kept + 3 * part, rest);
      const squashed = v128.load(at + planeBytes);
      const dOut = f32x4.add(v128.load(at), v128.load(at + 2 * planeBytes));
      const dCell = madd(f32x4.mul(dOut, o), tanhSlope(squashed), get(carried, rest));
      put(out, f32x4.mul(f32x4.mul(dCell, g), sigmoidSlope(i)), rest);
      put(out + part, f32x4.mul(f32x4.mul(dCell, get(previous, rest)), sigmoidSlope(f)), rest);
      put(out + 2 * part, f32x4.mul(f32x4.mul(dCell, i), tanhSlope(g)), rest);
      put(out + 3 * part, f32x4.mul(f32x4.mul(dOut, squashed), sigmoidSlope(o)), rest);
      put(carried, f32x4.mul(dCell, f), rest);
    }
  }
}

function lastTile(tile: i32, thread: i32): void {
  if (!beginAfterwards(tile, thread, D_GATES)) return;
  arriving(STATE, false);
  for (let row = 0; row < count; ++row) copy(plane(0, row), ofState(STATE, sequence(row), first), units);
}
