/**
 * The k largest or smallest of each row, sorted, stable.
 *
 * Ideas: elements become words that carry their order and index (`keys.ts`). Few of many: a heap of k words, which
 * most elements do not enter. Else a radix sort of the row, in scratch, or (rows one after the other) in the workspace.
 * Rows too long even for that: a heap of indices in the output itself.
 */
import { FREE_SCRATCH, OUT, OUT2, OUT_SHIFT, OWN, PLAN, inputPointer } from "../elementwise/operands";
import { SCRATCH_BYTES, WORKSPACE, WORKSPACE_BYTES, scratch } from "../layout";
import { parallel } from "../pool";
import { planCount, planRank, planSize, planStride, rowOffset } from "../strided";
import { makeHeap, sink, sortHeap } from "./heap";
import { topKInPlace } from "./index-heap";
import { orderWord } from "./keys";
import { radixSort } from "./radix-sort";

/** Strides along the axis of x, values, indices; size of the axis; k; largest; dtype. */
const X_AXIS: usize = OWN;
const VALUES_AXIS: usize = OWN + 4;
const INDICES_AXIS: usize = OWN + 8;
const LENGTH: usize = OWN + 12;
const K: usize = OWN + 16;
const LARGEST: usize = OWN + 20;
const DTYPE: usize = OWN + 24;

/** In scratch: bin counts, then words. */
const COUNTS: usize = FREE_SCRATCH;
const WORDS: usize = FREE_SCRATCH + 4096;
const ROOM: usize = SCRATCH_BYTES - WORDS;

/** Input x; outputs values, indices; views of PLAN (without the axis): x, values, indices. */
export function topK(): void {
  const length = load<i32>(LENGTH);
  const rows = planCount(PLAN);
  if (heaped() || <usize>length << 4 <= ROOM) parallel(topKTile.index, rows, <f64>rows * <f64>length * 20);
  else for (let row = 0; row < rows; ++row) topKTile(row, 0);
}

/** Whether a heap of k words is worth it, and fits. */
function heaped(): bool {
  const k = load<i32>(K);
  return k <= load<i32>(LENGTH) / 8 && <usize>k << 3 <= ROOM;
}

function topKTile(row: i32, thread: i32): void {
  const length = load<i32>(LENGTH);
  const k = load<i32>(K);
  const shift = load<i32>(OUT_SHIFT);
  const x = inputPointer(0) + (<usize>rowStart(0, row) << shift);
  const values = load<usize>(OUT) + (<usize>rowStart(1, row) << shift);
  const indices = load<usize>(OUT2) + (<usize>rowStart(2, row) << 2);
  const indexStep = <usize>load<i32>(INDICES_AXIS) << 2;
  const mine = scratch(thread);
  if (heaped()) writeIndices(smallest(x, mine + WORDS, length, k), indices, indexStep, k);
  else if (<usize>length << 4 <= ROOM) writeIndices(sorted(x, mine + WORDS, mine + COUNTS, length), indices, indexStep, k);
  else if (<usize>length << 4 <= WORKSPACE_BYTES) writeIndices(sorted(x, WORKSPACE, mine + COUNTS, length), indices, indexStep, k);
  else topKInPlace(x, <usize>load<i32>(X_AXIS) << shift, length, indices, indexStep, k, load<i32>(DTYPE), load<i32>(LARGEST));
  pickValues(x, values, indices, indexStep, k, shift);
}

/** Offset of row `row` of a view: every dimension of the nest counts rows. */
function rowStart(view: i32, row: i32): i32 {
  const last = planRank(PLAN) - 1;
  const inner = planSize(PLAN, last);
  return rowOffset(PLAN, view, row / inner) + (row % inner) * planStride(PLAN, view, last);
}

/** The k first words in order, in `words`. */
function smallest(x: usize, words: usize, length: i32, k: i32): usize {
  const step = <usize>load<i32>(X_AXIS) << load<i32>(OUT_SHIFT);
  const dtype = load<i32>(DTYPE);
  const largest = load<i32>(LARGEST);
  if (k == 0) return words;
  for (let i = 0; i < k; ++i, x += step) store<u64>(words + (<usize>i << 3), orderWord(x, i, dtype, largest));
  makeHeap(words, k);
  for (let i = k; i < length; ++i, x += step) {
    const word = orderWord(x, i, dtype, largest);
    if (word < load<u64>(words)) sink(words, 0, k, word);
  }
  sortHeap(words, k);
  return words;
}

/** All words in order. */
function sorted(x: usize, words: usize, counts: usize, length: i32): usize {
  const step = <usize>load<i32>(X_AXIS) << load<i32>(OUT_SHIFT);
  const dtype = load<i32>(DTYPE);
  const largest = load<i32>(LARGEST);
  for (let i = 0; i < length; ++i, x += step) store<u64>(words + (<usize>i << 3), orderWord(x, i, dtype, largest));
  return radixSort(words, words + (<usize>length << 3), counts, length);
}

function writeIndices(words: usize, indices: usize, step: usize, k: i32): void {
  for (let i = 0; i < k; ++i, words += 8, indices += step) store<i32>(indices, <i32>load<u64>(words));
}

/** Values from where the indices point. */
function pickValues(x: usize, values: usize, indices: usize, indexStep: usize, k: i32, shift: i32): void {
  const step = <usize>load<i32>(VALUES_AXIS) << shift;
  const axis = load<i32>(X_AXIS);
  for (let i = 0; i < k; ++i, values += step, indices += indexStep) {
    const from = x + (<usize>(load<i32>(indices) * axis) << shift);
    if (shift == 2) store<u32>(values, load<u32>(from));
    else store<u8>(values, load<u8>(from));
  }
}
