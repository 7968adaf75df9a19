/**
 * Flash attention (Dao 2023, algorithm 1), one tile for each head and 64 queries.
 *
 * One idea: keys come in blocks; a panel's scores are masked and exponentiated while they are in L1, and the weighted
 * values are added to outputs in scratch. Keys that no query of a panel may see are never touched.
 */
import { blasRows } from "../blas";
import { FROM_ZERO, microColumn } from "../gemm-micro";
import { scratch } from "../layout";
import { log } from "../math/log";
import { parallel } from "../pool";
import { address, BATCH, drops, E, EV, given, HEADS, K, KEPT, KV_HEADS, LSE, ofHead, OUT, Q, S, SINKS, T, V } from "./arguments";
import { addToQueries } from "./products";
import {
  adjusted, BLOCK, blockKeys, capAlone, endKey, extraBlock, firstKey, keyArea, LOG2_E, MAXIMUM, paddedRow, PANEL_END, PANEL_FIRST,
  paired, planBlocks, queryArea, RESCALE, rowsAt, rowStep, SCORE_STEP, SCORES, seenByPanels, SUM, turnedArea, turnRows,
} from "./blocks";
import { capPanel } from "./cap";
import { decode, suitsDecode } from "./decode";
import { fillExtra, hasExtra } from "./extras";
import { dropWeights } from "./keep";
import { alikeEnd, asksMask, nextSeen } from "./mods/block-states";
import { scored } from "./mods/layout";
import { modPanel } from "./mods/panels";
import { adjustPanel, clearOutside, onlineSoftmax } from "./softmax";

const LN_2: f32 = 0.6931471805599453;

/** Everything is in the arguments (arguments.ts). */
export function attention(): void {
  if (suitsDecode()) {
    decode();
    return;
  }
  planBlocks();
  const blocks = (load<i32>(T) + BLOCK - 1) / BLOCK;
  const heads = load<i32>(BATCH) * load<i32>(HEADS);
  const cost = 2 * <f64>heads * <f64>load<i32>(T) * <f64>load<i32>(S) * <f64>(load<i32>(E) + load<i32>(EV));
  parallel(forwardTile.index, heads * blocks, cost);
}

function forwardTile(tile: i32, thread: i32): void {
  const space = scratch(thread);
  const blocks = (load<i32>(T) + BLOCK - 1) / BLOCK;
  const heads = load<i32>(HEADS);
  const head = tile / blocks;
  const b = head / heads, h = head % heads;
  // The last queries have the most keys under a causal mask: they go first, each with one of the first.
  const t = (blocks - 1 - paired(tile % blocks, blocks)) * BLOCK;
  const queries = min(BLOCK, load<i32>(T) - t);
  turnRows(address(Q, b, h, t), Q, queries, load<i32>(E), turnedArea(space, 0));
  // A sink is a key that all have seen already, without a value.
  const sink: f32 = given(SINKS) ? ofHead(SINKS, h) : -Infinity;
  for (let i: usize = 0; i < 256; i += 16) {
    v128.store(space + i, f32x4.splat(sink * LOG2_E), MAXIMUM);
    v128.store(space + i, f32x4.splat(sink == -Infinity ? 0 : 1), SUM);
  }
  const end = endKey(b, t + queries - 1), start = nextSeen(b, h, t, firstKey(b, t) & -8, end);
  if (start >= end) memory.fill(queryArea(space, 0), 0, <usize>queries * paddedRow(load<i32>(EV)));
  for (let j = start; j < end; ) {
    const keys = blockKeys(b, t, queries, j, alikeEnd(b, h, t, j, end));
    keyBlock(space, b, h, t, queries, j, keys, j == start);
    j = nextSeen(b, h, t, j + keys, end);
  }
  finish(space, head, b, h, t, queries);
}

/** Adds the keys `j..j+keys` to sums and outputs; the first block of keys starts them. */
function keyBlock(space: usize, b: i32, h: i32, t: i32, queries: i32, j: i32, keys: i32, first: bool): void {
  const width = load<i32>(E), group = h / (load<i32>(HEADS) / load<i32>(KV_HEADS));
  const k = rowsAt(address(K, b, group, j), K, keys, width, keyArea(space, 0)), kStep = rowStep(K, width);
  const q = turnedArea(space, 0);
  const extra = hasExtra(), masked = asksMask(b, h, t, j);
  if (extra) fillExtra(b, h, t, queries, j, keys, extraBlock(space));
  const blas = seenByPanels(space, b, t, queries, j, keys);
  if (blas) blasRows(false, false, keys, queries, width, k, kStep, q, SCORE_STEP, false, space + SCORES, SCORE_STEP);
  for (let row = 0; row < queries; row += 8) {
    const panel = row >> 3, last = t + min(row + 7, queries - 1);
    const from = load<i32>(space + PANEL_FIRST + (<usize>panel << 2)), to = load<i32>(space + PANEL_END + (<usize>panel << 2));
    if (from < to) {
      const column = <usize>row << 2;
      const scores = space + SCORES + <usize>from * SCORE_STEP + column;
      if (!blas) microColumn(to - from, k + <usize>from * kStep, kStep, q + column, SCORE_STEP, width, scores, SCORE_STEP, FROM_ZERO, 0);
      const block = space + SCORES;
      if (adjusted()) adjustPanel(space, block, panel, b, h, t + row, j, from, to, extra);
      else {
        // Only keys that not all 8 queries see.
        const all = min(to, max(from, firstKey(b, last) - j)), end = max(all, min(to, endKey(b, t + row) - j));
        if (from < all) adjustPanel(space, block, panel, b, h, t + row, j, from, all, false);
        if (capAlone()) capPanel(space, panel, all, end);
        if (end < to) adjustPanel(space, block, panel, b, h, t + row, j, end, to, false);
      }
      if (masked || scored()) modPanel(block, block, 0, panel, space, b, h, t + row, last, j, from, to, masked);
      onlineSoftmax(space, panel, from, to);
    } else {
      for (let i: usize = 0; i < 32; i += 4) store<f32>(space + RESCALE + (<usize>row << 2) + i, 1);
    }
    if (from < to && drops()) dropWeights(space, panel, b, h, t + row, j, from, to);
    clearOutside(space + SCORES, panel, from, to, keys);
  }
  addValues(space, b, group, queries, j, keys, blas, first);
}

/** `outputs = outputs * RESCALE + weights * values`. */
function addValues(space: usize, b: i32, group: i32, queries: i32, j: i32, keys: i32, blas: bool, first: bool): void {
  const width = load<i32>(EV);
  const v = rowsAt(address(V, b, group, j), V, keys, width, keyArea(space, 1)), vStep = rowStep(V, width);
  const outputs = queryArea(space, 0), step = paddedRow(width);
  if (!first) rescaleRows(space, outputs, step, queries);
  if (blas) {
    blasRows(true, false, queries, width, keys, space + SCORES, SCORE_STEP, v, vStep, !first, outputs, step);
    return;
  }
  addToQueries(space, space + SCORES, v, vStep, width, queries, first, outputs);
}

function rescaleRows(space: usize, rows: usize, step: usize, queries: i32): void {
  for (let row = 0; row < queries; ++row, rows += step) {
    const factor = load<f32>(space + RESCALE + (<usize>row << 2));
    if (factor == 1) continue;
    const wide = f32x4.splat(factor);
    for (let i: usize = 0; i < step; i += 16) v128.store(rows + i, f32x4.mul(v128.load(rows + i), wide));
  }
}

/** Divides by the sums and writes outputs and log-sum-exps. A query that saw nothing: zeros and -inf. */
function finish(space: usize, head: i32, b: i32, h: i32, t: i32, queries: i32): void {
  const width = load<i32>(EV), step = paddedRow(width);
  let to = load<usize>(OUT) + (<usize>((head * load<i32>(T) + t) * width) << 2);
  const lse = address(LSE, b, h, t);
  for (let i: usize = 0; i < 256; i += 16) {
    const sum = v128.load(space + i, SUM);
    // log 0 is -inf already; the sum of a query that saw nothing is 0 and its maximum -inf.
    const maximum = f32x4.mul(f32x4.splat(LN_2), v128.load(space + i, MAXIMUM));
    v128.store(space + i, f32x4.add(maximum, log(sum)), MAXIMUM);
  }
  for (let row = 0; row < queries; ++row) {
    const i = <usize>row << 2;
    const sum = load<f32>(space + SUM + i);
    const factor: f32 = sum == 0 ? 0 : load<f32>(KEPT) / sum;
    const wide = f32x4.splat(factor);
    const from = queryArea(space, 0) + <usize>row * step;
    let column = 0;
    for (; column + 4 <= width; column += 4, to += 16) {
      v128.store(to, f32x4.mul(v128.load(from + (<usize>column << 2)), wide));
    }
    for (; column < width; ++column, to += 4) store<f32>(to, load<f32>(from + (<usize>column << 2)) * factor);
    store<f32>(lse + i, load<f32>(space + MAXIMUM + i));
  }
}
