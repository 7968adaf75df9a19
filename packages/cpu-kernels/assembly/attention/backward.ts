/**
 * Flash attention backward (Dao 2023, algorithm 2), one tile for each batch item, key/value head and span of keys
 * (backward-spans.ts; one span holds all keys where there are many heads).
 *
 * One idea: the loop of forward again, with scores recomputed; dQ of 64 queries stays in scratch, dK and dV are added
 * to where they belong, in ascending order of head, query and key. No atomics, and the same bits for any threads.
 */
import { blasRows } from "../blas";
import { FROM_ZERO, microColumn } from "../gemm-micro";
import { packRows } from "../gemm-pack";
import { scratch } from "../layout";
import { parallel } from "../pool";
import {
  address, BATCH, D_BIAS, D_K, D_OUT, D_SLOPES, D_V, DELTA, drops, E, EV, given, HEADS, K, KV_HEADS, LSE, Q, S, SCALE, T, V,
} from "./arguments";
import {
  combineTile, combineTiles, endInSpan, firstPass, HEAD, HEAD_END, lastPass, nextPass, partOfQueries, partOfSlopes, planSpans, QUERY,
  QUERY_END, queryGradient, slopesGradient, spanEnd, SPANS, spanStart, startInSpan,
} from "./backward-spans";
import {
  adjusted, BLOCK, blockKeys, capAlone, endKey, extraBlock, firstKey, gradientBlock, keyArea, LOG2_E, paddedRow, PANEL_END,
  paired, PANEL_FIRST, planBlocks, queryArea, ROW_DELTA, ROW_LSE, ROW_SLOPES, rowsAt, rowStep, SCORE_STEP, SCORES, seenByPanels, turnedArea,
  turnRows, writeScaled,
} from "./blocks";
import { cappedPanel } from "./cap";
import { fillExtra, hasExtra } from "./extras";
import { droppedPanel, gradientPanel, plainPanel } from "./gradient";
import { fillKeep } from "./keep";
import { alikeEnd, asksMask, nextSeen } from "./mods/block-states";
import { modGradientPanel } from "./mods/gradient";
import { scored } from "./mods/layout";
import { addToKeys, addToQueries } from "./products";
import { clearOutside } from "./softmax";

// What is in the areas of scratch (blocks.ts).
const D_QUERIES: i32 = 0;
const Q_ROWS: i32 = 1;
const D_OUT_ROWS: i32 = 2;

/** Everything is in the arguments (arguments.ts). */
export function attentionBackward(): void {
  planBlocks();
  planSpans();
  const spans = load<i32>(SPANS), groups = load<i32>(BATCH) * load<i32>(KV_HEADS);
  const width = <f64>load<i32>(E);
  for (let more = nextPass(true); more; more = nextPass(false)) {
    const rows = <f64>groups * <f64>(load<i32>(HEAD_END) - load<i32>(HEAD)) * <f64>(load<i32>(QUERY_END) - load<i32>(QUERY));
    parallel(backwardTile.index, groups * spans, rows * <f64>load<i32>(S) * (6 * width + 4 * <f64>load<i32>(EV)));
    if (spans > 1) parallel(combineTile.index, combineTiles(), rows * <f64>spans * width);
  }
}

function backwardTile(tile: i32, thread: i32): void {
  const space = scratch(thread);
  const spans = load<i32>(SPANS);
  // Under a causal mask the first keys are seen by the most queries: they go first, each span with one of the last.
  const group = tile / spans, span = paired(tile % spans, spans);
  const keys = spanEnd(span) - spanStart(span), row = group * load<i32>(S) + spanStart(span);
  const width = load<i32>(E), valueWidth = load<i32>(EV);
  const dK = load<usize>(D_K) + (<usize>(row * width) << 2), dV = load<usize>(D_V) + (<usize>(row * valueWidth) << 2);
  if (firstPass()) {
    memory.fill(dK, 0, <usize>(keys * width) << 2);
    memory.fill(dV, 0, <usize>(keys * valueWidth) << 2);
  }
  for (let h = load<i32>(HEAD); h < load<i32>(HEAD_END); ++h) {
    for (let t = load<i32>(QUERY); t < load<i32>(QUERY_END); t += BLOCK) {
      queryBlock(space, group, span, h, t, min(BLOCK, load<i32>(QUERY_END) - t));
    }
  }
  if (lastPass()) scaleFloats(dK, keys * width, load<f32>(SCALE));
}

function scaleFloats(at: usize, count: i32, factor: f32): void {
  const wide = f32x4.splat(factor);
  for (; count >= 4; count -= 4, at += 16) v128.store(at, f32x4.mul(v128.load(at), wide));
  for (; count > 0; --count, at += 4) store<f32>(at, load<f32>(at) * factor);
}

/** Queries `t..t+queries` of the h-th head that shares the keys of the group, over a span of its keys. */
function queryBlock(space: usize, group: i32, span: i32, share: i32, t: i32, queries: i32): void {
  const kvHeads = load<i32>(KV_HEADS), heads = load<i32>(HEADS), width = load<i32>(E), valueWidth = load<i32>(EV);
  const b = group / kvHeads, h = group % kvHeads * (heads / kvHeads) + share;
  if (given(D_BIAS)) clearBias(b, h, span, t, queries);
  const end = endInSpan(span, b, t, queries), own = startInSpan(span, b, t), start = nextSeen(b, h, t, own, end);
  const alone = load<i32>(SPANS) == 1;
  if (given(D_SLOPES)) memory.fill(space + ROW_SLOPES, 0, 256);
  const dQ = alone ? queryArea(space, D_QUERIES) : partOfQueries(group, span, t);
  if (start < end) {
    turnRows(address(Q, b, h, t), Q, queries, width, turnedArea(space, 0));
    turnRows(address(D_OUT, b, h, t), D_OUT, queries, valueWidth, turnedArea(space, 1));
    const q = rowsAt(address(Q, b, h, t), Q, queries, width, queryArea(space, Q_ROWS));
    const dOut = rowsAt(address(D_OUT, b, h, t), D_OUT, queries, valueWidth, queryArea(space, D_OUT_ROWS));
    loadRows(space, b, h, t, queries);
    for (let j = start; j < end; ) {
      const keys = blockKeys(b, t, queries, j, alikeEnd(b, h, t, j, end));
      keyBlock(space, b, h, group % kvHeads, t, queries, j, keys, q, dOut, dQ, j == start);
      j = nextSeen(b, h, t, j + keys, end);
    }
  } else if (alone || own < end) memory.fill(dQ, 0, <usize>queries * paddedRow(width));
  if (given(D_SLOPES)) {
    const to = alone ? slopesGradient(group, share, t) : partOfSlopes(group, span, t);
    memory.copy(to, space + ROW_SLOPES, <usize>queries << 2);
  }
  if (alone) writeScaled(dQ, queries, width, load<f32>(SCALE), queryGradient(group, share, t));
}

/** Log-sum-exps, negated and as exponents of 2, and deltas of the block. */
function loadRows(space: usize, b: i32, h: i32, t: i32, queries: i32): void {
  for (let row = 0; row < BLOCK; ++row) {
    // No query, or one that saw nothing: 2^(score - inf) makes all its weights 0.
    let exponent: f32 = -Infinity, delta: f32 = 0;
    if (row < queries) {
      const lse = load<f32>(address(LSE, b, h, t + row));
      if (lse != -Infinity) exponent = -lse * LOG2_E;
      delta = load<f32>(address(DELTA, b, h, t + row));
    }
    store<f32>(space + ROW_LSE + (<usize>row << 2), exponent);
    store<f32>(space + ROW_DELTA + (<usize>row << 2), delta);
  }
}

/** Zeros where the gradient of the bias of a span belongs: most of it may be masked. */
function clearBias(b: i32, h: i32, span: i32, t: i32, queries: i32): void {
  const bytes = <usize>(spanEnd(span) - spanStart(span)) << 2;
  for (let row = 0; row < queries; ++row) memory.fill(biasGradient(b, h, t + row, spanStart(span)), 0, bytes);
}

// @ts-ignore: decorator
@inline
function biasGradient(b: i32, h: i32, t: i32, j: i32): usize {
  const row = (b * load<i32>(HEADS) + h) * load<i32>(T) + t;
  return load<usize>(D_BIAS) + (<usize>(row * load<i32>(S) + j) << 2);
}

function keyBlock(
  space: usize, b: i32, h: i32, group: i32, t: i32, queries: i32, j: i32, keys: i32, q: usize, dOut: usize, dQ: usize, first: bool,
): void {
  const width = load<i32>(E), valueWidth = load<i32>(EV);
  const k = rowsAt(address(K, b, group, j), K, keys, width, keyArea(space, 0)), kStep = rowStep(K, width);
  const v = rowsAt(address(V, b, group, j), V, keys, valueWidth, keyArea(space, 1)), vStep = rowStep(V, valueWidth);
  const turnedQ = turnedArea(space, 0), turnedOut = turnedArea(space, 1);
  const scores = space + SCORES, dScores = gradientBlock(space);
  const masked = asksMask(b, h, t, j), mods = masked || scored();
  const extra = hasExtra(), drop = drops(), wantsBias = given(D_BIAS);
  if (extra) fillExtra(b, h, t, queries, j, keys, extraBlock(space));
  const blas = seenByPanels(space, b, t, queries, j, keys);
  if (blas) {
    blasRows(false, false, keys, queries, width, k, kStep, turnedQ, SCORE_STEP, false, scores, SCORE_STEP);
    blasRows(false, false, keys, queries, valueWidth, v, vStep, turnedOut, SCORE_STEP, false, dScores, SCORE_STEP);
  }
  // A cap and dropout have no loop of their own.
  const capped = capAlone(), adjust = adjusted() || wantsBias || (capped && drop);
  for (let row = 0; row < queries; row += 8) {
    const panel = row >> 3, last = t + min(row + 7, queries - 1);
    const from = load<i32>(space + PANEL_FIRST + (<usize>panel << 2)), to = load<i32>(space + PANEL_END + (<usize>panel << 2));
    if (from < to) {
      const column = <usize>row << 2, at = <usize>from * SCORE_STEP + column;
      if (!blas) {
        microColumn(to - from, k + <usize>from * kStep, kStep, turnedQ + column, SCORE_STEP, width, scores + at, SCORE_STEP, FROM_ZERO, 0);
        microColumn(to - from, v + <usize>from * vStep, vStep, turnedOut + column, SCORE_STEP, valueWidth, dScores + at, SCORE_STEP, FROM_ZERO, 0);
      }
      if (drop) fillKeep(space, panel, b, h, t + row, j, from, to);
      // Keys that all 8 queries see need no mask.
      let all = mods ? from : to, end = all;
      if (mods) modGradientPanel(space, panel, b, h, t + row, last, j, from, to, extra, masked);
      else if (!adjust) {
        all = min(to, max(from, firstKey(b, last) - j));
        end = max(all, min(to, endKey(b, t + row) - j));
      }
      if (from < all) gradientPanel(space, panel, b, h, t + row, j, from, all, extra);
      if (all < end) {
        if (capped) cappedPanel(space, panel, all, end);
        else if (drop) droppedPanel(space, panel, all, end);
        else plainPanel(space, panel, all, end);
      }
      if (end < to && !mods) gradientPanel(space, panel, b, h, t + row, j, end, to, extra);
    }
    clearOutside(scores, panel, from, to, keys);
    clearOutside(dScores, panel, from, to, keys);
    if (wantsBias) clearOutside(extraBlock(space), panel, from, to, keys);
  }
  if (wantsBias) packRows(extraBlock(space), 4, SCORE_STEP, queries, keys, biasGradient(b, h, t, j), <usize>load<i32>(S) << 2);
  const row = (b * load<i32>(KV_HEADS) + group) * load<i32>(S) + j;
  const dV = load<usize>(D_V) + (<usize>(row * valueWidth) << 2), dK = load<usize>(D_K) + (<usize>(row * width) << 2);
  const dOutStep = rowStep(D_OUT, valueWidth), qStep = rowStep(Q, width);
  if (blas) {
    blasRows(false, false, keys, valueWidth, queries, scores, SCORE_STEP, dOut, dOutStep, true, dV, <usize>valueWidth << 2);
    blasRows(false, false, keys, width, queries, dScores, SCORE_STEP, q, qStep, true, dK, <usize>width << 2);
    blasRows(true, false, queries, width, keys, dScores, SCORE_STEP, k, kStep, !first, dQ, paddedRow(width));
    return;
  }
  addToKeys(space, scores, dOut, dOutStep, valueWidth, keys, queries, dV);
  addToKeys(space, dScores, q, qStep, width, keys, queries, dK);
  addToQueries(space, dScores, k, kStep, width, queries, first, dQ);
}
