/** Elman's network over whole sequences, forward and backward; tanh or relu. */
import { reluF32 } from "../elementwise/unary-activations";
import { tanhF32 } from "../elementwise/unary-functions";
import { reluBackward } from "../math/activations";
import { D_GATES, DH_LAST, H, ofState, ofStep, RELU, REVERSE, STATE, Y } from "./arguments";
import { get, put, tanhSlope } from "./lanes";
import {
  arriving, beginAfterwards, beginBackward, beginForward, carry, clearPadding, copy, count, first, lastStates, loadPlane,
  multiply, plane, planeBytes, prepareSteps, runStep, runSteps, sequence, step, units,
} from "./steps";

/** Arguments as arguments.ts has them. */
export function rnnSequence(): void {
  clearPadding(Y, 1);
  prepareSteps(1, 1, load<i32>(H));
  runSteps(forwardTile.index, load<i32>(REVERSE) != 0);
  lastStates();
}

function forwardTile(tile: i32, thread: i32): void {
  if (!beginForward(tile, thread)) return;
  loadPlane(0, 0);
  multiply(0, 0);
  const sums = plane(0, 0), floats = <i32>(planeBytes >> 2), t = step();
  if (load<i32>(RELU) != 0) reluF32(sums, sums, floats);
  else tanhF32(sums, sums, floats);
  for (let row = 0; row < count; ++row) copy(plane(0, row), ofStep(Y, 1, sequence(row), t, first), units);
}

/** Arguments as arguments.ts has them; X is dy. */
export function rnnSequenceBackward(): void {
  carry(DH_LAST, STATE);
  clearPadding(D_GATES, 1);
  prepareSteps(1, 0, load<i32>(H));
  runSteps(backwardTile.index, load<i32>(REVERSE) == 0);
  runStep(lastTile.index, 0);
}

/** Planes: what arrives of dh, dy. */
function backwardTile(tile: i32, thread: i32): void {
  if (!beginBackward(tile, thread, D_GATES)) return;
  arriving(STATE, false);
  loadPlane(1, 0);
  const t = step(), relu = load<i32>(RELU) != 0;
  for (let row = 0; row < count; ++row) {
    const b = sequence(row);
    let at = plane(0, row), y = ofStep(Y, 1, b, t, first), out = ofStep(D_GATES, 1, b, t, first);
    for (let rest = units; rest > 0; rest -= 4, at += 16, y += 16, out += 16) {
      const dOut = f32x4.add(v128.load(at), v128.load(at + planeBytes)), value = get(y, rest);
      put(out, relu ? reluBackward(value, dOut) : f32x4.mul(dOut, tanhSlope(value)), rest);
    }
  }
}

function lastTile(tile: i32, thread: i32): void {
  if (!beginAfterwards(tile, thread, D_GATES)) return;
  arriving(STATE, false);
  for (let row = 0; row < count; ++row) copy(plane(0, row), ofState(STATE, sequence(row), first), units);
}
