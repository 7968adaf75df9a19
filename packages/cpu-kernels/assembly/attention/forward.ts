/**
 * Flash attention (Dao 2023, algorithm 1), one tile for each head and 64 queries.
 *
 * One idea: keys come in blocks of 64; a panel's scores are computed, masked and exponentiated while they are in L1,
 * and the weighted values are added to outputs in scratch. Keys that no query of a panel may see are never touched.
 */
import { blasRows, hasBlas } from "../blas";
import { FROM_C, FROM_ZERO, microColumn, tileHeight } from "../gemm-micro";
import { microTileT } from "../gemm-micro-t";
import { scratch } from "../layout";
import { log } from "../math/log";
import { parallel } from "../pool";
import { address, BATCH, BIAS, DROPOUT, E, EV, given, HEADS, K, KV_HEADS, LSE, MASK, OUT, Q, S, SCALE, SOFTCAP, T, V } from "./arguments";
import {
  area, BLOCK, endKey, EXTRA, firstKey, KEEP, MAXIMUM, packQueries, paddedRow, PANEL_END, PANEL_FIRST,
  readable, RESCALE, scaleRows, SCORE_STEP, SCORES, stage, SUM, wholeBlock,
} from "./blocks";
import { decode, suitsDecode } from "./decode";
import { fillExtra, fillKeep } from "./extras";
import { adjustPanel, clearOutside, onlineSoftmax } from "./softmax";

/** Everything is in the arguments (arguments.ts). */
export function attention(): void {
  if (suitsDecode()) {
    decode();
    return;
  }
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
  // The last queries have the most keys under a causal mask: they go first.
  const t = (blocks - 1 - tile % blocks) * BLOCK;
  const queries = min(BLOCK, load<i32>(T) - t);
  const values = area(space, 3);
  packQueries(address(Q, b, h, t), Q, queries, load<i32>(E), load<f32>(SCALE), area(space, 0));
  if (hasBlas()) {
    stage(address(Q, b, h, t), Q, queries, load<i32>(E), area(space, 4));
    scaleRows(area(space, 4), queries, load<i32>(E), load<f32>(SCALE));
  }
  memory.fill(values, 0, <usize>BLOCK * paddedRow(load<i32>(EV)));
  for (let i: usize = 0; i < 256; i += 16) {
    v128.store(space + i, f32x4.splat(-Infinity), MAXIMUM);
    v128.store(space + i, f32x4.splat(0), SUM);
  }
  const end = endKey(t + queries - 1);
  for (let j = firstKey(t) & -BLOCK; j < end; j += BLOCK) keyBlock(space, b, h, t, queries, j, min(BLOCK, end - j));
  finish(space, head, b, h, t, queries);
}

/** Adds the keys `j..j+keys` to sums and outputs. */
function keyBlock(space: usize, b: i32, h: i32, t: i32, queries: i32, j: i32, keys: i32): void {
  const width = load<i32>(E), group = h / (load<i32>(HEADS) / load<i32>(KV_HEADS));
  let k = address(K, b, group, j), kStep = <usize>width << 2;
  if (!readable(K, width)) {
    stage(k, K, keys, width, area(space, 1));
    k = area(space, 1);
    kStep = paddedRow(width);
  }
  const extra = given(MASK) || given(BIAS);
  if (extra) fillExtra(b, h, t, queries, j, keys, space + EXTRA);
  // BLAS multiplies whole blocks twice as fast; what is cut by a mask is better skipped here.
  const blas = hasBlas() && wholeBlock(t, queries, j, keys);
  if (blas) blasRows(false, true, keys, queries, width, k, kStep, area(space, 4), paddedRow(width), false, space + SCORES, SCORE_STEP);
  const adjust = extra || load<f32>(SOFTCAP) != 0;
  for (let row = 0; row < queries; row += 8) {
    const panel = row >> 3;
    const last = t + min(row + 7, queries - 1);
    const from = max(0, firstKey(t + row) - j), to = min(keys, endKey(last) - j);
    store<i32>(space + PANEL_FIRST + (<usize>panel << 2), from);
    store<i32>(space + PANEL_END + (<usize>panel << 2), to);
    if (from < to) {
      const scores = space + SCORES + <usize>from * SCORE_STEP + (<usize>row << 2);
      const q = area(space, 0) + (<usize>(row * width) << 2);
      if (!blas) microColumn(to - from, k + <usize>from * kStep, kStep, q, 32, width, scores, SCORE_STEP, FROM_ZERO, 0);
      const ragged = endKey(t + row) < j + to || firstKey(last) > j + from;
      if (adjust || ragged) adjustPanel(space, panel, t + row, j, from, to, extra);
      onlineSoftmax(space, panel, from, to);
    } else {
      for (let i: usize = 0; i < 32; i += 4) store<f32>(space + RESCALE + (<usize>row << 2) + i, 1);
    }
    clearOutside(space + SCORES, panel, max(0, min(from, keys)), max(from, to), keys);
  }
  if (load<f32>(DROPOUT) != 0) dropWeights(space, b, h, t, queries, j, keys);
  addValues(space, b, group, queries, j, keys, blas);
}

function dropWeights(space: usize, b: i32, h: i32, t: i32, queries: i32, j: i32, keys: i32): void {
  fillKeep(b, h, t, queries, j, keys, space + KEEP, space);
  const bytes = <usize>((queries + 7) & ~7) << 2;
  for (let key = 0; key < keys; ++key) {
    const row = space + <usize>key * SCORE_STEP;
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(row + i, f32x4.mul(v128.load(row + i, SCORES), v128.load(row + i, KEEP)), SCORES);
    }
  }
}

/** `outputs = outputs * RESCALE + weights * values`. */
function addValues(space: usize, b: i32, group: i32, queries: i32, j: i32, keys: i32, blas: bool): void {
  const width = load<i32>(EV);
  let v = address(V, b, group, j), vStep = <usize>width << 2;
  if (!readable(V, width)) {
    stage(v, V, keys, width, area(space, 2));
    v = area(space, 2);
    vStep = paddedRow(width);
  }
  const outputs = area(space, 3), step = paddedRow(width);
  for (let row = 0; row < queries; ++row) {
    const factor = load<f32>(space + RESCALE + (<usize>row << 2));
    if (factor == 1) continue;
    const wide = f32x4.splat(factor);
    const at = outputs + <usize>row * step;
    for (let i: usize = 0; i < step; i += 16) v128.store(at + i, f32x4.mul(v128.load(at + i), wide));
  }
  if (blas) {
    blasRows(true, false, queries, width, keys, space + SCORES, SCORE_STEP, v, vStep, true, outputs, step);
    return;
  }
  for (let column: usize = 0; column < step; column += 32) {
    for (let row = 0; row < queries; ) {
      const height = tileHeight(queries - row);
      const a = <usize>(row >> 3) << 2, z = <usize>((row + height - 1) >> 3) << 2;
      const from = min(load<i32>(space + PANEL_FIRST + a), load<i32>(space + PANEL_FIRST + z));
      const to = max(load<i32>(space + PANEL_END + a), load<i32>(space + PANEL_END + z));
      const weights = space + SCORES + <usize>from * SCORE_STEP + (<usize>row << 2);
      microTileT(height, weights, SCORE_STEP, v + <usize>from * vStep + column, vStep, to - from, outputs + <usize>row * step + column, step, FROM_C, 0);
      row += height;
    }
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
    v128.store(space + i, f32x4.add(v128.load(space + i, MAXIMUM), log(sum)), MAXIMUM);
  }
  for (let row = 0; row < queries; ++row) {
    const i = <usize>row << 2;
    const sum = load<f32>(space + SUM + i);
    const factor: f32 = sum == 0 ? 0 : 1 / sum;
    const wide = f32x4.splat(factor);
    const from = area(space, 3) + <usize>row * step;
    let column = 0;
    for (; column + 4 <= width; column += 4, to += 16) {
      v128.store(to, f32x4.mul(v128.load(from + (<usize>column << 2)), wide));
    }
    for (; column < width; ++column, to += 4) store<f32>(to, load<f32>(from + (<usize>column << 2)) * factor);
    store<f32>(lse + i, load<f32>(space + MAXIMUM + i));
  }
}
