/**
 * One idea: W_hh is packed into panels once for all steps. What does not fit WORKSPACE, or is used for a step or two, is
 * packed panel by panel where enough rows share it, or read in place.
 *
 * Forward a product is `h W^T`, gate by gate; backward `d W`, of the gradients of all gates.
 */
import { blasRows, hasBlas } from "../blas";
import { KC } from "../gemm-block";
import { FROM_ZERO, microColumn } from "../gemm-micro";
import { packPanel } from "../gemm-pack";
import { axpyRow, dotRows } from "../gemv";
import { WORKSPACE, WORKSPACE_BYTES } from "../layout";
import { parallel } from "../pool";
import { ARGUMENTS_END, BATCH, H, T, WEIGHT } from "./arguments";
import { oneRow, twoRows } from "./few-rows";

const HELD: i32 = 0;
const PACKED_EACH: i32 = 1;
const BY_BLAS: i32 = 2;

const HOW: usize = ARGUMENTS_END;
/** Gates of forward, 0 for backward. */
const SUMS: usize = ARGUMENTS_END + 4;
/** k of a product. */
const DEPTH: usize = ARGUMENTS_END + 8;
export const WEIGHTS_END: usize = ARGUMENTS_END + 12;

/** Fewer steps do not pay for packing all of the weight first. */
const WORTH_HOLDING: i32 = 4;
/** So many rows pay for packing a panel. */
const WORTH_PACKING: i32 = 7;
/** From so many rows on BLAS is quicker. */
const WORTH_CALLING: i32 = 2;
/**
 * A call at most: OpenBLAS has kernels for small products that pack nothing; it leaves them at 1200 outputs, or a
 * million multiply-adds.
 */
const CALL_ROWS: i32 = 16;
export const CALL_UNITS: i32 = 64;
const CALL_DEPTH: i32 = 128;
/** Units below which calls are too small. */
const LEAST_UNITS: i32 = 32;
/** Panels of one packing task. */
const GROUP: i32 = 4;

/** @param sums  how many products of H columns a unit has: the gates forward; backward `depth` is of all gates, and sums 0 */
export function prepareWeights(sums: i32, depth: i32): void {
  store<i32>(SUMS, sums);
  store<i32>(DEPTH, depth);
  const units = load<i32>(H), panels = max(sums, 1) * panelsOf(units);
  if (hasBlas() && load<i32>(BATCH) >= WORTH_CALLING && units >= LEAST_UNITS) {
    store<i32>(HOW, BY_BLAS);
    return;
  }
  const held = load<i32>(T) >= WORTH_HOLDING && fits(panels, depth);
  store<i32>(HOW, held ? HELD : PACKED_EACH);
  if (held) parallel(packTask.index, (panels + GROUP - 1) / GROUP, <f64>panels * 16 * <f64>depth);
}

// @ts-ignore: decorator
@inline
function fits(panels: i32, depth: i32): bool {
  return <f64>panels * 32 * <f64>depth <= <f64>WORKSPACE_BYTES;
}

/** Whether the kernels beat what core composes: not where a weight is too large to be held and there is no BLAS. */
export function sequencesPay(gates: i32, units: i32): bool {
  return hasBlas() || fits(gates * panelsOf(units), units);
}

export function byBlas(): bool {
  return load<i32>(HOW) == BY_BLAS;
}

// @ts-ignore: decorator
@inline
function panelsOf(units: i32): i32 {
  return (units + 7) >> 3;
}

/** Panels of one gate follow each other; the last one of each is filled up with zeros. */
function packTask(task: i32, thread: i32): void {
  const all = max(load<i32>(SUMS), 1) * panelsOf(load<i32>(H)), end = min(all, (task + 1) * GROUP);
  for (let panel = task * GROUP; panel < end; ++panel) pack(panel, WORKSPACE + <usize>panel * panelBytes());
}

// @ts-ignore: decorator
@inline
function panelBytes(): usize {
  return <usize>load<i32>(DEPTH) << 5;
}

function pack(panel: i32, to: usize): void {
  const units = load<i32>(H), depth = load<i32>(DEPTH), row = units << 2;
  const gate = panel / panelsOf(units), unit = (panel - gate * panelsOf(units)) << 3;
  const columns = min(8, units - unit);
  if (load<i32>(SUMS) != 0) packPanel(load<usize>(WEIGHT) + (gate * units + unit) * row, 4, row, depth, columns, to);
  else packPanel(load<usize>(WEIGHT) + (unit << 2), row, 4, depth, columns, to);
}

/**
 * `c += a W^T` for units of a gate, or `c += a W`; c has whole panels. Sums of KC terms are added up one after the other:
 * chains over all k would err several times as much.
 *
 * @param first   a multiple of 8
 * @param spare   room for a panel and 8 floats a row, or for a row
 */
export function addProduct(gate: i32, first: i32, units: i32, rows: i32, a: usize, lda: usize, c: usize, ldc: usize, spare: usize): void {
  const depth = load<i32>(DEPTH), row = <usize>load<i32>(H) << 2, how = load<i32>(HOW);
  const forward = load<i32>(SUMS) != 0;
  if (how != HELD && (how == BY_BLAS || rows < WORTH_PACKING)) {
    const corner = load<usize>(WEIGHT) + (forward ? <usize>(gate * load<i32>(H) + first) * row : <usize>first << 2);
    if (how == BY_BLAS) byCalls(forward, corner, row, units, rows, a, lda, depth, c, ldc);
    else inPlace(forward, corner, row, units, rows, a, lda, depth, c, ldc, spare);
    return;
  }
  const panels = panelsOf(units), base = gate * panelsOf(load<i32>(H)) + (first >> 3), step = panelBytes();
  let panel = 0;
  if (how == HELD && rows == 1) {
    for (; panel + 4 <= panels; panel += 4, c += 128) oneRow(a, WORKSPACE + <usize>(base + panel) * step, step, depth, c);
  } else if (how == HELD && rows == 2) {
    for (; panel + 2 <= panels; panel += 2, c += 64) twoRows(a, lda, WORKSPACE + <usize>(base + panel) * step, step, depth, c, ldc);
  }
  for (; panel < panels; ++panel, c += 32) {
    let b = WORKSPACE + <usize>(base + panel) * step, sums = spare;
    if (how != HELD) {
      pack(base + panel, spare);
      b = spare;
      sums = spare + step;
    }
    for (let k0 = 0; k0 < depth; k0 += KC) {
      const at = <usize>k0 << 2;
      microColumn(rows, a + at, lda, b + (at << 3), 32, min(KC, depth - k0), sums, 32, FROM_ZERO, 0);
      let from = sums, to = c;
      for (let row = rows; row > 0; --row, from += 32, to += ldc) add(from, to, 8);
    }
  }
}

/** By BLAS, in calls that are small enough for it to read the weight where it lies. */
function byCalls(forward: bool, weight: usize, row: usize, units: i32, rows: i32, a: usize, lda: usize, depth: i32, c: usize, ldc: usize): void {
  const along: usize = forward ? 4 : row, across: usize = forward ? row : 4;
  for (let row0 = 0; row0 < rows; row0 += CALL_ROWS) {
    const some = min(CALL_ROWS, rows - row0), from = a + <usize>row0 * lda, to = c + <usize>row0 * ldc;
    for (let k0 = 0; k0 < depth; k0 += CALL_DEPTH) {
      const k = min(CALL_DEPTH, depth - k0), at = weight + <usize>k0 * along;
      for (let unit = 0; unit < units; unit += CALL_UNITS) {
        const wide = min(CALL_UNITS, units - unit);
        blasRows(false, forward, some, wide, k, from + (<usize>k0 << 2), lda, at + <usize>unit * across, row, true, to + (<usize>unit << 2), ldc);
      }
    }
  }
}

/** A multiple of four floats. */
function add(from: usize, to: usize, floats: i32): void {
  for (; floats > 0; floats -= 4, from += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
}

/** Few rows of a weight that is used once, or comes from memory. */
function inPlace(
  forward: bool, weight: usize, row: usize, units: i32, rows: i32, a: usize, lda: usize, depth: i32,
  c: usize, ldc: usize, spare: usize,
): void {
  const whole = (units + 3) & ~3, step = <usize>whole << 2;
  if (forward) {
    const fromMemory = load<i32>(T) >= WORTH_HOLDING; // or it would be held
    dotRows(a, lda, weight, row, rows, units, depth, spare, step, 0, fromMemory);
    for (; rows > 0; --rows, c += ldc, spare += step) add(spare, c, whole);
    return;
  }
  for (; rows > 0; --rows, a += lda, c += ldc) {
    for (let k0 = 0; k0 < depth; k0 += KC) {
      axpyRow(a + (<usize>k0 << 2), 4, weight + <usize>k0 * row, row, units, min(KC, depth - k0), spare, 0);
      add(spare, c, whole);
    }
  }
}
