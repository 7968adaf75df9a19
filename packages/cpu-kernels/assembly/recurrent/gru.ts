/** GRU over whole sequences, forward and backward. Planes forward: r, z, q, n. */
import { sigmoidF32 } from "../elementwise/unary-activations";
import { tanhF32 } from "../elementwise/unary-functions";
import { madd } from "../simd";
import { ACTIVATED, BIAS, D_GATES, D_HIDDEN, DH_LAST, H, H0, ofState, ofStep, REVERSE, STATE, Y } from "./arguments";
import { get, put, sigmoidSlope, tanhSlope } from "./lanes";
import {
  arriving, before, beginAfterwards, beginBackward, beginForward, carry, clearPadding, copy, count, first, lastStates,
  loadPlane, multiply, plane, planeBytes, planeRow, prepareSteps, runStep, runSteps, sequence, stateBefore, step, units,
} from "./steps";

/** Arguments as arguments.ts has them. */
export function gruSequence(): void {
  clearPadding(Y, 1);
  clearPadding(ACTIVATED, 4);
  prepareSteps(3, 3, load<i32>(H));
  runSteps(forwardTile.index, load<i32>(REVERSE) != 0);
  lastStates();
}

function forwardTile(tile: i32, thread: i32): void {
  if (!beginForward(tile, thread)) return;
  loadPlane(0, 0);
  loadPlane(1, 1);
  loadPlane(3, 2);
  const bias = load<usize>(BIAS);
  for (let row = 0; row < count; ++row) {
    if (bias == 0) memory.fill(plane(2, row), 0, planeRow);
    else copy(bias + (<usize>first << 2), plane(2, row), units);
  }
  for (let gate = 0; gate < 3; ++gate) multiply(gate, gate);
  const floats = <i32>(planeBytes >> 2), n = plane(3, 0);
  sigmoidF32(plane(0, 0), plane(0, 0), 2 * floats);
  for (let i: usize = 0; i < planeBytes; i += 16) {
    v128.store(n + i, madd(v128.load(plane(0, 0) + i), v128.load(plane(2, 0) + i), v128.load(n + i)));
  }
  tanhF32(n, n, floats);
  const t = step(), part = <usize>load<i32>(H) << 2, one = f32x4.splat(1);
  for (let row = 0; row < count; ++row) {
    const b = sequence(row);
    let at = plane(0, row), kept = ofStep(ACTIVATED, 4, b, t, first);
    let y = ofStep(Y, 1, b, t, first), h = before(row) + (<usize>first << 2);
    for (let rest = units; rest > 0; rest -= 4, at += 16, kept += 16, y += 16, h += 16) {
      const z = v128.load(at + planeBytes), fresh = v128.load(at + 3 * planeBytes);
      put(kept, v128.load(at), rest);
      put(kept + part, z, rest);
      put(kept + 2 * part, fresh, rest);
      put(kept + 3 * part, v128.load(at + 2 * planeBytes), rest);
      put(y, madd(z, v128.load(h), f32x4.mul(f32x4.sub(one, z), fresh)), rest);
    }
  }
}

/** Arguments as arguments.ts has them; X is dy. */
export function gruSequenceBackward(): void {
  carry(DH_LAST, STATE);
  clearPadding(D_GATES, 3);
  clearPadding(D_HIDDEN, 3);
  prepareSteps(3, 0, 3 * load<i32>(H));
  runSteps(backwardTile.index, load<i32>(REVERSE) == 0);
  runStep(lastTile.index, 0);
}

/** Planes: what arrives of dh, dy. */
function backwardTile(tile: i32, thread: i32): void {
  if (!beginBackward(tile, thread, D_HIDDEN)) return;
  arriving(STATE, true);
  loadPlane(1, 0);
  const t = step(), part = <usize>load<i32>(H) << 2, one = f32x4.splat(1);
  for (let row = 0; row < count; ++row) {
    const b = sequence(row);
    let at = plane(0, row), kept = ofStep(ACTIVATED, 4, b, t, first), carried = ofState(STATE, b, first);
    let out = ofStep(D_GATES, 3, b, t, first), hidden = ofStep(D_HIDDEN, 3, b, t, first);
    let previous = stateBefore(Y, H0, b, t, first);
    for (let rest = units; rest > 0; rest -= 4) {
      const r = get(kept, rest), z = get(kept + part, rest), n = get(kept + 2 * part, rest), q = get(kept + 3 * part, rest);
      const dOut = f32x4.add(v128.load(at), v128.load(at + planeBytes));
      const dn = f32x4.mul(f32x4.mul(dOut, f32x4.sub(one, z)), tanhSlope(n));
      const dr = f32x4.mul(f32x4.mul(dn, q), sigmoidSlope(r));
      const dz = f32x4.mul(f32x4.mul(dOut, f32x4.sub(get(previous, rest), n)), sigmoidSlope(z));
      put(out, dr, rest);
      put(out + part, dz, rest);
      put(out + 2 * part, dn, rest);
      put(hidden, dr, rest);
      put(hidden + part, dz, rest);
      put(hidden + 2 * part, f32x4.mul(dn, r), rest);
      put(carried, f32x4.mul(dOut, z), rest);
      at += 16; kept += 16; out += 16; hidden += 16; previous += 16; carried += 16;
    }
  }
}

function lastTile(tile: i32, thread: i32): void {
  if (!beginAfterwards(tile, thread, D_HIDDEN)) return;
  arriving(STATE, true);
  for (let row = 0; row < count; ++row) copy(plane(0, row), ofState(STATE, sequence(row), first), units);
}
