/**
 * Attention of a few queries over many keys: decoding with a cache.
 *
 * One idea: K and V are streams that are read once, so the queries of all heads that share them are served together,
 * and long caches are cut into spans of keys, whose maxima, sums and outputs are combined in order afterwards.
 */
import { axpyRow, dotRows } from "../gemv";
import { scratch, WORKSPACE, WORKSPACE_BYTES } from "../layout";
import { expFast } from "../math/exp";
import { log } from "../math/log";
import { tanhNear } from "../math/tanh";
import { parallel } from "../pool";
import { maxLanes, sumLanes } from "../simd";
import {
  address, ARGUMENTS_END, BATCH, BIAS, drops, E, element, EV, given, HEADS, K, KV_HEADS, LSE, MASK, MASK_OF_ONE, MASK_PROGRAM, ofHead, OUT, Q, S, SCALE,
  SCORE_OF_ONE, SCORE_PROGRAM, SINKS, SLOPES, SOFTCAP, stride, T, V,
} from "./arguments";
import { endKey, firstKey, paddedRow, placeOf } from "./blocks";
import { nextSeenByHeads } from "./mods/block-states";
import { maskRow, scoreRow } from "./mods/rows";
import { slopeOf } from "./softmax";

/** Queries of all heads that share keys: more are better off in blocks. */
const MOST_ROWS: i32 = 12;
/** Keys whose scores are held at a time, and bytes from row to row of scores. */
const CHUNK: i32 = 512;
const SCORE_ROW: usize = 2048 + 64;
const FIRST_FOUR: usize = memory.data<f32>([0, 1, 2, 3]);
const QUERIES: usize = <usize>MOST_ROWS * SCORE_ROW;
/** Keys of a span, and how many spans. */
const SPAN: usize = ARGUMENTS_END;
const SPANS: usize = ARGUMENTS_END + 4;

/** Few queries, dense rows of K and V, no dropout, functions of scores of few registers, and partial results that fit. */
export function suitsDecode(): bool {
  const t = load<i32>(T), heads = load<i32>(HEADS);
  if (heads / load<i32>(KV_HEADS) * t > MOST_ROWS || drops()) return false;
  if (given(SCORE_PROGRAM) != given(SCORE_OF_ONE) || given(MASK_PROGRAM) != given(MASK_OF_ONE)) return false;
  const bytes = <f64>load<i32>(BATCH) * <f64>heads * <f64>t * <f64>partialBytes();
  return bytes <= <f64>WORKSPACE_BYTES && stride(K, 3) == 1 && stride(V, 3) == 1;
}

/** Bytes of a partial result: outputs of a row, its maximum and its sum. */
// @ts-ignore: decorator
@inline
function partialBytes(): usize {
  return paddedRow(load<i32>(EV)) + 16;
}

export function decode(): void {
  const s = load<i32>(S), groups = load<i32>(BATCH) * load<i32>(KV_HEADS);
  const rows = load<i32>(BATCH) * load<i32>(HEADS) * load<i32>(T);
  let span = CHUNK;
  while (<f64>rows * <f64>((s + span - 1) / span) * <f64>partialBytes() > <f64>WORKSPACE_BYTES && span < s) span *= 2;
  const spans = max(1, (s + span - 1) / span);
  store<i32>(SPAN, span);
  store<i32>(SPANS, spans);
  const cost = 4 * <f64>rows * <f64>s * <f64>(load<i32>(E) + load<i32>(EV));
  parallel(spanTile.index, groups * spans, cost);
  parallel(combineTile.index, groups, <f64>rows * <f64>spans * <f64>load<i32>(EV));
}

/** Where the partial result of a row and a span lies. */
// @ts-ignore: decorator
@inline
function partial(row: i32, span: i32): usize {
  return WORKSPACE + <usize>(row * load<i32>(SPANS) + span) * partialBytes();
}

function spanTile(tile: i32, thread: i32): void {
  const space = scratch(thread);
  const spans = load<i32>(SPANS), kvHeads = load<i32>(KV_HEADS), t = load<i32>(T);
  const group = tile / spans, span = tile % spans;
  const b = group / kvHeads, kv = group % kvHeads;
  const share = load<i32>(HEADS) / kvHeads, rows = share * t;
  const width = load<i32>(E), valueWidth = load<i32>(EV), step = paddedRow(width);
  const queries = space + QUERIES;
  for (let row = 0; row < rows; ++row) {
    loadQuery(address(Q, b, kv * share + row / t, row % t), queries + <usize>row * step, width);
    const to = partial(group * rows + row, span);
    memory.fill(to, 0, partialBytes());
    store<f32>(to + paddedRow(valueWidth), -Infinity);
  }
  const kStep = <usize>stride(K, 2) << 2, vStep = <usize>stride(V, 2) << 2;
  const end = min((span + 1) * load<i32>(SPAN), endKey(b, t - 1));
  for (let j = max(span * load<i32>(SPAN), firstKey(b, 0)); j < end; j += CHUNK) {
    j = nextSeenByHeads(b, kv * share, share, 0, j, end);
    if (j >= end) return;
    const keys = min(CHUNK, end - j);
    dotRows(queries, step, address(K, b, kv, j), kStep, rows, keys, width, space, SCORE_ROW, 0, false);
    for (let row = 0; row < rows; ++row) {
      const scores = space + <usize>row * SCORE_ROW, to = partial(group * rows + row, span);
      adjustRow(scores, space, b, kv * share + row / t, row % t, j, keys);
      softmaxRow(scores, keys, to, paddedRow(valueWidth));
      axpyRow(scores, 4, address(V, b, kv, j), vStep, valueWidth, keys, to, to);
    }
  }
}

/** A query times the scale (over the cap, if there is one), dense. */
function loadQuery(from: usize, to: usize, width: i32): void {
  const step = stride(Q, 3) << 2, cap = load<f32>(SOFTCAP);
  const scale = cap != 0 ? load<f32>(SCALE) / cap : load<f32>(SCALE);
  for (let i = 0; i < width; ++i) store<f32>(to + (<usize>i << 2), load<f32>(from + i * step) * scale);
}

/** Softcap, ALiBi, bias, functions and masks on a row of scores; -inf up to a whole vector behind it. */
function adjustRow(scores: usize, space: usize, b: i32, h: i32, t: i32, j: i32, keys: i32): void {
  if (load<f32>(SOFTCAP) != 0) {
    for (let key = 0; key < keys; key += 4) {
      const at = scores + (<usize>key << 2);
      v128.store(at, f32x4.mul(v128.load32_splat(SOFTCAP), tanhNear(v128.load(at))));
    }
  }
  if (given(SLOPES)) {
    const slope = slopeOf(h), place = <f32>(placeOf(b, t) - j);
    let away = f32x4.sub(f32x4.splat(place), v128.load(FIRST_FOUR));
    for (let key = 0; key < keys; key += 4) {
      const at = scores + (<usize>key << 2);
      v128.store(at, f32x4.sub(v128.load(at), f32x4.mul(slope, f32x4.abs(away))));
      away = f32x4.sub(away, f32x4.splat(4));
    }
  }
  if (given(BIAS)) {
    let bias = address(BIAS, b, h, t) + ((j * stride(BIAS, 3)) << 2);
    for (let key = 0; key < keys; ++key, bias += stride(BIAS, 3) << 2) {
      const at = scores + (<usize>key << 2);
      store<f32>(at, load<f32>(at) + load<f32>(bias));
    }
  }
  scoreRow(scores, space, b, h, t, j, keys);
  maskRow(scores, space, b, h, t, j, keys);
  if (given(MASK)) {
    let mask = load<usize>(MASK) + element(MASK, b, h, t) + j * stride(MASK, 3);
    for (let key = 0; key < keys; ++key, mask += stride(MASK, 3)) {
      if (load<u8>(mask) == 0) store<f32>(scores + (<usize>key << 2), -Infinity);
    }
  }
  const first = min(keys, firstKey(b, t) - j), end = max(0, endKey(b, t) - j);
  for (let key = 0; key < first; ++key) store<f32>(scores + (<usize>key << 2), -Infinity);
  for (let key = min(end, keys); key < ((keys + 3) & ~3); ++key) store<f32>(scores + (<usize>key << 2), -Infinity);
}

/** Scores become weights; maximum and sum (at `to + state`, `+ 4`) and the outputs at `to` are brought up to date. */
function softmaxRow(scores: usize, keys: i32, to: usize, state: usize): void {
  const end = scores + (<usize>((keys + 3) & ~3) << 2);
  const before = load<f32>(to + state);
  let wide = f32x4.splat(before);
  for (let at = scores; at < end; at += 16) wide = f32x4.pmax(wide, v128.load(at));
  const highest = maxLanes(wide);
  const finite: f32 = highest == -Infinity ? 0 : highest;
  const rescale = expFast(f32x4.splat(before - finite));
  wide = f32x4.splat(finite);
  let sum = f32x4.splat(0);
  for (let at = scores; at < end; at += 16) {
    const weight = expFast(f32x4.sub(v128.load(at), wide));
    v128.store(at, weight);
    sum = f32x4.add(sum, weight);
  }
  store<f32>(to + state, highest);
  const factor = f32x4.extract_lane(rescale, 0);
  store<f32>(to + state + 4, load<f32>(to + state + 4) * factor + sumLanes(sum));
  if (factor == 1) return;
  for (let at = to; at < to + state; at += 16) v128.store(at, f32x4.mul(v128.load(at), rescale));
}

/** Spans, in ascending order, become outputs and log-sum-exps. */
function combineTile(group: i32, thread: i32): void {
  const t = load<i32>(T), width = load<i32>(EV), spans = load<i32>(SPANS), state = paddedRow(width);
  const kvHeads = load<i32>(KV_HEADS), share = load<i32>(HEADS) / kvHeads, rows = share * t;
  const b = group / kvHeads, kv = group % kvHeads;
  for (let row = 0; row < rows; ++row) {
    const first = partial(group * rows + row, 0);
    const h = kv * share + row / t, query = row % t;
    const sink: f32 = given(SINKS) ? ofHead(SINKS, h) : -Infinity;
    let highest = sink;
    for (let span = 0; span < spans; ++span) highest = max(highest, load<f32>(partial(group * rows + row, span) + state));
    const finite: f32 = highest == -Infinity ? 0 : highest;
    let sum = f32x4.extract_lane(expFast(f32x4.splat(sink - finite)), 0);
    for (let span = 0; span < spans; ++span) {
      const from = partial(group * rows + row, span);
      const factor = expFast(f32x4.splat(load<f32>(from + state) - finite));
      sum += load<f32>(from + state + 4) * f32x4.extract_lane(factor, 0);
      for (let i: usize = 0; i < state; i += 16) {
        const scaled = f32x4.mul(v128.load(from + i), factor);
        v128.store(first + i, span == 0 ? scaled : f32x4.add(v128.load(first + i), scaled));
      }
    }
    const inverse: f32 = sum == 0 ? 0 : 1 / sum;
    const out = load<usize>(OUT) + (<usize>(((b * load<i32>(HEADS) + h) * t + query) * width) << 2);
    for (let i: usize = 0; i < <usize>width << 2; i += 4) store<f32>(out + i, load<f32>(first + i) * inverse);
    store<f32>(address(LSE, b, h, query), highest + f32x4.extract_lane(log(f32x4.splat(sum)), 0));
  }
}
