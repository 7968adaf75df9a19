/**
 * Flash attention backward (Dao 2023, algorithm 2), one tile for each batch item and key/value head.
 *
 * One idea: the loop of forward again, with scores recomputed; dQ of 64 queries stays in scratch, dK and dV are added
 * to where they belong, in ascending order of head, query and key. No atomics, and the same bits for any threads.
 */
import { blasRows, hasBlas } from "../blas";
import { FROM_C, FROM_ZERO, microColumn, microTile, tileHeight } from "../gemm-micro";
import { microTileT } from "../gemm-micro-t";
import { packRows } from "../gemm-pack";
import { scratch } from "../layout";
import { parallel } from "../pool";
import {
  address, BATCH, BIAS, D_BIAS, D_K, D_OUT, D_Q, D_V, DELTA, DROPOUT, E, EV, given, HEADS, K, KV_HEADS, LSE, MASK, Q, S,
  SCALE, SOFTCAP, T, V,
} from "./arguments";
import {
  area, BLOCK, D_SCORES, endKey, EXTRA, firstKey, KEEP, packQueries, paddedRow, PANEL_END, PANEL_FIRST, readable,
  ROW_DELTA, ROW_LSE, scaleRows, SCORE_STEP, SCORES, stage, wholeBlock,
} from "./blocks";
import { fillExtra, fillKeep } from "./extras";
import { gradientPanel } from "./gradient";
import { clearOutside } from "./softmax";

// Areas of scratch (blocks.ts).
const Q_PANELS: i32 = 0;
const KEYS: i32 = 1;
const VALUES: i32 = 2;
const D_QUERIES: i32 = 3;
const D_OUT_PANELS: i32 = 4;
const Q_ROWS: i32 = 5;
const D_OUT_ROWS: i32 = 6;
const PADDED: i32 = 7;

/** Everything is in the arguments (arguments.ts). */
export function attentionBackward(): void {
  const tiles = load<i32>(BATCH) * load<i32>(KV_HEADS);
  const pairs = <f64>load<i32>(BATCH) * <f64>load<i32>(HEADS) * <f64>load<i32>(T) * <f64>load<i32>(S);
  parallel(backwardTile.index, tiles, pairs * <f64>(6 * load<i32>(E) + 4 * load<i32>(EV)));
}

function backwardTile(tile: i32, thread: i32): void {
  const space = scratch(thread);
  const kvHeads = load<i32>(KV_HEADS), heads = load<i32>(HEADS);
  const t = load<i32>(T), s = load<i32>(S);
  const keyBytes = <usize>(s * load<i32>(E)) << 2, valueBytes = <usize>(s * load<i32>(EV)) << 2;
  memory.fill(load<usize>(D_K) + <usize>tile * keyBytes, 0, keyBytes);
  memory.fill(load<usize>(D_V) + <usize>tile * valueBytes, 0, valueBytes);
  const b = tile / kvHeads, group = tile % kvHeads, share = heads / kvHeads;
  for (let h = group * share; h < (group + 1) * share; ++h) {
    const scores = <usize>(t * s) << 2;
    if (given(D_BIAS)) memory.fill(load<usize>(D_BIAS) + <usize>(b * heads + h) * scores, 0, scores);
    for (let first = 0; first < t; first += BLOCK) queryBlock(space, b, h, group, first, min(BLOCK, t - first));
  }
}

function queryBlock(space: usize, b: i32, h: i32, group: i32, t: i32, queries: i32): void {
  const width = load<i32>(E), scale = load<f32>(SCALE);
  packQueries(address(Q, b, h, t), Q, queries, width, scale, area(space, Q_PANELS));
  packQueries(address(D_OUT, b, h, t), D_OUT, queries, load<i32>(EV), 1, area(space, D_OUT_PANELS));
  stage(address(Q, b, h, t), Q, queries, width, area(space, Q_ROWS));
  scaleRows(area(space, Q_ROWS), queries, width, scale); // so that dK needs no factor
  stage(address(D_OUT, b, h, t), D_OUT, queries, load<i32>(EV), area(space, D_OUT_ROWS));
  memory.fill(area(space, D_QUERIES), 0, <usize>queries * paddedRow(width));
  for (let row = 0; row < BLOCK; ++row) {
    // No query, or one that saw nothing: exp(score - inf) makes all its weights 0.
    let lse: f32 = Infinity, delta: f32 = 0;
    if (row < queries) {
      lse = load<f32>(address(LSE, b, h, t + row));
      if (lse == -Infinity) lse = Infinity;
      delta = load<f32>(address(DELTA, b, h, t + row));
    }
    store<f32>(space + ROW_LSE + (<usize>row << 2), lse);
    store<f32>(space + ROW_DELTA + (<usize>row << 2), delta);
  }
  const end = endKey(t + queries - 1);
  for (let j = firstKey(t) & -BLOCK; j < end; j += BLOCK) keyBlock(space, b, h, group, t, queries, j, min(BLOCK, end - j));
  const to = load<usize>(D_Q) + (<usize>((((b * load<i32>(HEADS) + h) * load<i32>(T)) + t) * width) << 2);
  writeScaled(area(space, D_QUERIES), queries, width, scale, to);
}

function keyBlock(space: usize, b: i32, h: i32, group: i32, t: i32, queries: i32, j: i32, keys: i32): void {
  const width = load<i32>(E), valueWidth = load<i32>(EV);
  let k = address(K, b, group, j), kStep = <usize>width << 2;
  if (!readable(K, width)) {
    stage(k, K, keys, width, area(space, KEYS));
    k = area(space, KEYS);
    kStep = paddedRow(width);
  }
  let v = address(V, b, group, j), vStep = <usize>valueWidth << 2;
  if (!readable(V, valueWidth)) {
    stage(v, V, keys, valueWidth, area(space, VALUES));
    v = area(space, VALUES);
    vStep = paddedRow(valueWidth);
  }
  const extra = given(MASK) || given(BIAS), drop = load<f32>(DROPOUT) != 0, wantsBias = given(D_BIAS);
  if (extra) fillExtra(b, h, t, queries, j, keys, space + EXTRA);
  if (drop) fillKeep(b, h, t, queries, j, keys, space + KEEP, space);
  const blas = hasBlas() && wholeBlock(t, queries, j, keys);
  if (blas) {
    const step = paddedRow(width), valueStep = paddedRow(valueWidth);
    blasRows(false, true, keys, queries, width, k, kStep, area(space, Q_ROWS), step, false, space + SCORES, SCORE_STEP);
    blasRows(false, true, keys, queries, valueWidth, v, vStep, area(space, D_OUT_ROWS), valueStep, false, space + D_SCORES, SCORE_STEP);
  }
  const adjust = extra || drop || wantsBias || load<f32>(SOFTCAP) != 0;
  for (let row = 0; row < queries; row += 8) {
    const panel = row >> 3, last = t + min(row + 7, queries - 1);
    const from = max(0, firstKey(t + row) - j), to = min(keys, endKey(last) - j);
    store<i32>(space + PANEL_FIRST + (<usize>panel << 2), from);
    store<i32>(space + PANEL_END + (<usize>panel << 2), to);
    if (from < to) {
      const at = space + <usize>from * SCORE_STEP + (<usize>row << 2);
      const q = area(space, Q_PANELS) + (<usize>(row * width) << 2);
      const g = area(space, D_OUT_PANELS) + (<usize>(row * valueWidth) << 2);
      if (!blas) {
        microColumn(to - from, k + <usize>from * kStep, kStep, q, 32, width, at + SCORES, SCORE_STEP, FROM_ZERO, 0);
        microColumn(to - from, v + <usize>from * vStep, vStep, g, 32, valueWidth, at + D_SCORES, SCORE_STEP, FROM_ZERO, 0);
      }
      const ragged = endKey(t + row) < j + to || firstKey(last) > j + from;
      gradientPanel(space, panel, t + row, j, from, to, extra, !adjust && !ragged);
    }
    const start = max(0, min(from, keys)), end = max(start, to);
    clearOutside(space + SCORES, panel, start, end, keys);
    clearOutside(space + D_SCORES, panel, start, end, keys);
    if (wantsBias) clearOutside(space + EXTRA, panel, start, end, keys);
  }
  if (wantsBias) {
    const s = load<i32>(S);
    const to = load<usize>(D_BIAS) + (<usize>(((b * load<i32>(HEADS) + h) * load<i32>(T) + t) * s + j) << 2);
    packRows(space + EXTRA, 4, SCORE_STEP, queries, keys, to, <usize>s << 2);
  }
  const row = (b * load<i32>(KV_HEADS) + group) * load<i32>(S) + j;
  if (blas) {
    const step = paddedRow(width), valueStep = paddedRow(valueWidth);
    const dV = load<usize>(D_V) + (<usize>(row * valueWidth) << 2), dK = load<usize>(D_K) + (<usize>(row * width) << 2);
    blasRows(false, false, keys, valueWidth, queries, space + SCORES, SCORE_STEP, area(space, D_OUT_ROWS), valueStep, true, dV, <usize>valueWidth << 2);
    blasRows(false, false, keys, width, queries, space + D_SCORES, SCORE_STEP, area(space, Q_ROWS), step, true, dK, <usize>width << 2);
    blasRows(true, false, queries, width, keys, space + D_SCORES, SCORE_STEP, k, kStep, true, area(space, D_QUERIES), step);
    return;
  }
  addToKeys(space, SCORES, area(space, D_OUT_ROWS), valueWidth, keys, queries, load<usize>(D_V) + (<usize>(row * valueWidth) << 2));
  addToKeys(space, D_SCORES, area(space, Q_ROWS), width, keys, queries, load<usize>(D_K) + (<usize>(row * width) << 2));
  addToQueries(space, k, kStep, width, queries);
}

/** `to[key] += sum over queries of block[key][query] * rows[query]`: dV from weights and dO, dK from dS and Q. */
function addToKeys(space: usize, block: usize, rows: usize, width: i32, keys: i32, queries: i32, to: usize): void {
  const step = paddedRow(width), dense = <usize>width << 2;
  let target = to, ldc = dense;
  if (step != dense) {
    target = area(space, PADDED);
    ldc = step;
    packRows(to, dense, 4, keys, width, target, step);
  }
  for (let column: usize = 0; column < step; column += 32) {
    for (let key = 0; key < keys; ) {
      const height = tileHeight(keys - key);
      // Only the panels that see one of these keys.
      let first = 0, end = (queries + 7) >> 3;
      while (first < end && unseen(space, first, key, key + height)) ++first;
      while (first < end && unseen(space, end - 1, key, key + height)) --end;
      const from = first << 3, count = min(queries, end << 3) - from;
      if (count > 0) {
        microTile(
          height, space + block + <usize>key * SCORE_STEP + (<usize>from << 2), SCORE_STEP,
          rows + <usize>from * step + column, step, count, target + <usize>key * ldc + column, ldc, FROM_C, 0,
        );
      }
      key += height;
    }
  }
  if (step != dense) packRows(target, step, 4, keys, width, to, dense);
}

/** Whether no query of the panel sees a key in `from..to`. */
// @ts-ignore: decorator
@inline
function unseen(space: usize, panel: i32, from: i32, to: i32): bool {
  const at = space + (<usize>panel << 2);
  return load<i32>(at + PANEL_FIRST) >= to || load<i32>(at + PANEL_END) <= from;
}

/** dQ in scratch `+= dS K`. */
function addToQueries(space: usize, k: usize, kStep: usize, width: i32, queries: i32): void {
  const step = paddedRow(width), to = area(space, D_QUERIES);
  for (let column: usize = 0; column < step; column += 32) {
    for (let row = 0; row < queries; ) {
      const height = tileHeight(queries - row);
      const a = <usize>(row >> 3) << 2, z = <usize>((row + height - 1) >> 3) << 2;
      const from = min(load<i32>(space + PANEL_FIRST + a), load<i32>(space + PANEL_FIRST + z));
      const end = max(load<i32>(space + PANEL_END + a), load<i32>(space + PANEL_END + z));
      const block = space + D_SCORES + <usize>from * SCORE_STEP + (<usize>row << 2);
      microTileT(height, block, SCORE_STEP, k + <usize>from * kStep + column, kStep, end - from, to + <usize>row * step + column, step, FROM_C, 0);
      row += height;
    }
  }
}

/** Padded rows times a factor, dense. */
function writeScaled(from: usize, rows: i32, width: i32, factor: f32, to: usize): void {
  const step = paddedRow(width), wide = f32x4.splat(factor);
  for (let row = 0; row < rows; ++row, from += step) {
    let column = 0;
    for (; column + 4 <= width; column += 4, to += 16) v128.store(to, f32x4.mul(v128.load(from + (<usize>column << 2)), wide));
    for (; column < width; ++column, to += 4) store<f32>(to, load<f32>(from + (<usize>column << 2)) * factor);
  }
}
