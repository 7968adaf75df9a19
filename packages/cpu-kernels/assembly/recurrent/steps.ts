/**
 * One idea: a step is one job, cut into tiles of some sequences by some units, all gates of them. A tile copies what its
 * sequences had at the step before, multiplies that with its part of the weight, and finishes its units; the next
 * step reads the outputs. Sequences that have ended take no part.
 *
 * A tile's values are planes `[rows, units]`, one a gate, rows padded to 16 floats.
 */
import { copyBytes, moveRun } from "../elementwise/runs";
import { scratch, SCRATCH_BYTES } from "../layout";
import { parallel } from "../pool";
import { BATCH, H, H0, lengthOf, ofState, ofStep, REVERSE, STATE, T, X, Y } from "./arguments";
import { addProduct, byBlas, CALL_UNITS, prepareWeights, WEIGHTS_END } from "./weights";

const PARTS: usize = WEIGHTS_END;
const WIDTH: usize = WEIGHTS_END + 4;
const TILE_ROWS: usize = WEIGHTS_END + 8;
const TILE_UNITS: usize = WEIGHTS_END + 12;
const UNIT_TILES: usize = WEIGHTS_END + 16;
const STEP: usize = WEIGHTS_END + 20;

/** Most sequences of a tile: what they had fits a cache beside a panel. A BLAS wants more. */
const MOST_ROWS: i32 = 24;
const MOST_ROWS_BLAS: i32 = 64;
/** Units of a tile, at least; and more so that there are not more tiles than this. */
const LEAST_UNITS: i32 = 32;
const MOST_TILES: i32 = 32;
const MOST_UNITS: i32 = 128;
/** Planes that a tile may use. */
const PLANES: i32 = 5;
/** Bytes of the list of a tile's sequences. */
const LIST: usize = 256;
/** What finishing a unit costs, in operations. */
const FINISH: f64 = 60;

/** The tile at hand; each thread has an instance of its own. The sequences with a product come first. */
export let count: i32 = 0;
let products: i32 = 0;
/** The first unit, and how many. */
export let first: i32 = 0;
export let units: i32 = 0;
/** Bytes of a plane's row, and of a plane. */
export let planeRow: usize = 0;
export let planeBytes: usize = 0;
let space: usize = 0;

/** @param parts  gates; `sums` and `depth` as of `prepareWeights` */
export function prepareSteps(parts: i32, sums: i32, depth: i32): void {
  store<i32>(PARTS, parts);
  store<i32>(WIDTH, depth);
  prepareWeights(sums, depth);
  const blas = byBlas(), all = load<i32>(H), batch = load<i32>(BATCH);
  const few = share(batch, blas ? MOST_ROWS_BLAS : MOST_ROWS, 1);
  let wide = blas ? CALL_UNITS : LEAST_UNITS;
  while (wide < MOST_UNITS && tiles(batch, few) * tiles(all, wide) > MOST_TILES) wide <<= 1;
  wide = share(all, wide, 8);
  const each = ((depth + 16 + 8) << 2) + PLANES * (((wide + 15) & ~15) << 2);
  const room = <i32>(SCRATCH_BYTES - LIST) - (depth << 5);
  store<i32>(TILE_ROWS, min(few, room / each));
  store<i32>(TILE_UNITS, wide);
  store<i32>(UNIT_TILES, tiles(all, wide));
}

// @ts-ignore: decorator
@inline
function tiles(size: i32, tile: i32): i32 {
  return (size + tile - 1) / tile;
}

/** The even share, a multiple of `unit`, of as few tiles as keep within `most`. */
function share(size: i32, most: i32, unit: i32): i32 {
  return tiles(tiles(size, tiles(size, most)), unit) * unit;
}

/** Runs a step's tiles. */
export function runStep(task: i32, t: i32): void {
  store<i32>(STEP, t);
  const all = load<i32>(UNIT_TILES) * tiles(load<i32>(BATCH), load<i32>(TILE_ROWS));
  const work = <f64>load<i32>(BATCH) * <f64>load<i32>(H) * (2 * <f64>load<i32>(PARTS) * <f64>load<i32>(H) + FINISH);
  parallel(task, all, work);
}

/** All steps in the order of reading, or against it. */
export function runSteps(task: i32, descending: bool): void {
  const steps = load<i32>(T);
  for (let n = 0; n < steps; ++n) runStep(task, descending ? steps - 1 - n : n);
}

// @ts-ignore: decorator
@inline
export function step(): i32 {
  return load<i32>(STEP);
}

/** The sequence of a row of the planes. */
// @ts-ignore: decorator
@inline
export function sequence(row: i32): i32 {
  return load<i32>(space + (<usize>row << 2));
}

/** What rows had at the step before. */
// @ts-ignore: decorator
@inline
function leading(): usize {
  return (<usize>load<i32>(WIDTH) << 2) + 64;
}

// @ts-ignore: decorator
@inline
export function before(row: i32): usize {
  return space + LIST + <usize>row * leading();
}

// @ts-ignore: decorator
@inline
export function plane(index: i32, row: i32): usize {
  return before(load<i32>(TILE_ROWS)) + <usize>index * planeBytes + <usize>row * planeRow;
}

/** The step that was read before t, or -1: what `Y` or `CELLS` have there is the state before. */
// @ts-ignore: decorator
@inline
export function earlier(b: i32, t: i32): i32 {
  if (load<i32>(REVERSE) == 0) return t - 1;
  return t + 1 < lengthOf(b) ? t + 1 : -1;
}

/** The step that is read after t, or -1. */
// @ts-ignore: decorator
@inline
function later(b: i32, t: i32): i32 {
  if (load<i32>(REVERSE) != 0) return t - 1;
  return t + 1 < lengthOf(b) ? t + 1 : -1;
}

/** Address of the state before step t. */
// @ts-ignore: decorator
@inline
export function stateBefore(states: usize, initial: usize, b: i32, t: i32, unit: i32): usize {
  const at = earlier(b, t);
  return at < 0 ? ofState(initial, b, unit) : ofStep(states, 1, b, at, unit);
}

function placeOf(tile: i32, thread: i32): i32 {
  space = scratch(thread);
  count = products = 0;
  const row = tile / load<i32>(UNIT_TILES), wide = load<i32>(TILE_UNITS);
  first = (tile - row * load<i32>(UNIT_TILES)) * wide;
  units = min(wide, load<i32>(H) - first);
  return row * load<i32>(TILE_ROWS);
}

function measure(): bool {
  planeRow = (<usize>((units + 15) & ~15)) << 2;
  planeBytes = <usize>count * planeRow;
  return count > 0;
}

function enlist(b: i32): void {
  store<i32>(space + (<usize>count << 2), b);
  ++count;
}

/** The tile of a step forward: sequences that reach it, with the state before. False where there are none. */
export function beginForward(tile: i32, thread: i32): bool {
  const start = placeOf(tile, thread), t = step(), end = min(start + load<i32>(TILE_ROWS), load<i32>(BATCH));
  for (let b = start; b < end; ++b) {
    if (t >= lengthOf(b)) continue;
    copy(stateBefore(Y, H0, b, t, 0), before(count), load<i32>(H));
    enlist(b);
  }
  products = count;
  return measure();
}

/** Of a step backward: the gates' gradients `D` of the step that is read after it, first the sequences that have one. */
export function beginBackward(tile: i32, thread: i32, D: usize): bool {
  const start = placeOf(tile, thread), t = step(), end = min(start + load<i32>(TILE_ROWS), load<i32>(BATCH));
  const width = load<i32>(WIDTH), parts = load<i32>(PARTS);
  for (let b = start; b < end; ++b) {
    const at = later(b, t);
    if (t >= lengthOf(b) || at < 0) continue;
    copy(ofStep(D, parts, b, at, 0), before(count), width);
    enlist(b);
  }
  products = count;
  for (let b = start; b < end; ++b) if (t < lengthOf(b) && later(b, t) < 0) enlist(b);
  return measure();
}

/** Behind the last step backward: the gates' gradients of the step that is read first. */
export function beginAfterwards(tile: i32, thread: i32, D: usize): bool {
  const start = placeOf(tile, thread), end = min(start + load<i32>(TILE_ROWS), load<i32>(BATCH));
  for (let b = start; b < end; ++b) {
    const length = lengthOf(b);
    if (length == 0) continue;
    copy(ofStep(D, load<i32>(PARTS), b, load<i32>(REVERSE) != 0 ? length - 1 : 0, 0), before(count), load<i32>(WIDTH));
    enlist(b);
  }
  products = count;
  return measure();
}

/** Plane `index` becomes part `part` of X at this step. */
export function loadPlane(index: i32, part: i32): void {
  const t = step(), stride = load<i32>(X + 12), column = part * load<i32>(H) + first;
  for (let row = 0; row < count; ++row) {
    const at = sequence(row) * load<i32>(X + 4) + t * load<i32>(X + 8) + column * stride;
    moveRun(load<usize>(X) + (<usize>at << 2), stride, plane(index, row), 1, units, 2);
  }
}

/** Adds to plane `index` the product for a gate. */
export function multiply(index: i32, gate: i32): void {
  if (products == 0) return;
  addProduct(gate, first, units, products, before(0), leading(), plane(index, 0), planeRow, plane(PLANES, 0));
}

/** Plane 0 backward: the gradient that comes from the step read after this one. */
export function arriving(carried: usize, keeps: bool): void {
  for (let row = 0; row < count; ++row) {
    const to = plane(0, row);
    if (keeps || row >= products) copy(ofState(carried, sequence(row), first), to, units);
    else memory.fill(to, 0, planeRow);
  }
  multiply(0, 0);
}

export function copy(from: usize, to: usize, floats: i32): void {
  copyBytes(from, to, <usize>floats << 2);
}

/** Zeros where there is padding in what is `[B, T, parts H]`. */
export function clearPadding(operand: usize, parts: i32): void {
  if (load<usize>(operand) == 0) return;
  const batch = load<i32>(BATCH), steps = load<i32>(T), width = parts * load<i32>(H);
  for (let b = 0; b < batch; ++b) {
    const length = lengthOf(b);
    if (length < steps) memory.fill(ofStep(operand, parts, b, length, 0), 0, <usize>((steps - length) * width) << 2);
  }
}

/** What is `[B, H]`, from one operand to another. */
export function carry(from: usize, to: usize): void {
  memory.copy(load<usize>(to), load<usize>(from), <usize>(load<i32>(BATCH) * load<i32>(H)) << 2);
}

/** STATE: the states behind the last steps. */
export function lastStates(): void {
  const batch = load<i32>(BATCH), all = load<i32>(H);
  for (let b = 0; b < batch; ++b) {
    const length = lengthOf(b);
    const from = length == 0 ? ofState(H0, b, 0) : ofStep(Y, 1, b, load<i32>(REVERSE) != 0 ? 0 : length - 1, 0);
    copy(from, ofState(STATE, b, 0), all);
  }
}
