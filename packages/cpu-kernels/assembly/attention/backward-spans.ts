/**
 * One idea: where there are few heads, keys are cut into spans too, so that there is something to do for every thread.
 * Each span leaves its part of dQ in the workspace, and parts are added in the order of the spans. The workspace holds
 * them for some queries of one head of each group: a pass. Passes follow one another.
 */
import { WORKSPACE, WORKSPACE_BYTES } from "../layout";
import { BATCH, D_Q, D_SLOPES, E, given, HEADS, KV_HEADS, S, SCALE, T } from "./arguments";
import { BLOCK, endKey, firstKey, paddedRow, PLAN_END, writeScaled } from "./blocks";

/** Tiles that are enough, and the fewest keys that are worth one. */
const TILES: i32 = 16;
const LEAST_KEYS: i32 = 128;

/** Keys of a span, spans, queries of a pass. */
const SPAN: usize = PLAN_END;
export const SPANS: usize = PLAN_END + 4;
const PASS: usize = PLAN_END + 8;
/** The pass: which of the heads that share keys, which queries. */
export const HEAD: usize = PLAN_END + 12;
export const HEAD_END: usize = PLAN_END + 16;
export const QUERY: usize = PLAN_END + 20;
export const QUERY_END: usize = PLAN_END + 24;

// @ts-ignore: decorator
@inline
function groups(): i32 {
  return load<i32>(BATCH) * load<i32>(KV_HEADS);
}

export function planSpans(): void {
  const s = load<i32>(S), most = max(1, s / LEAST_KEYS);
  let spans = max(1, min(most, (TILES + groups() - 1) / max(1, groups())));
  const keys = max(BLOCK, ((s + spans - 1) / spans + BLOCK - 1) & -BLOCK);
  spans = max(1, (s + keys - 1) / keys);
  store<i32>(SPAN, keys);
  store<i32>(SPANS, spans);
  const bytes = <usize>(groups() * spans) * (paddedRow(load<i32>(E)) + (given(D_SLOPES) ? 4 : 0));
  store<i32>(PASS, spans == 1 ? load<i32>(T) : <i32>(WORKSPACE_BYTES / max(1, bytes)) & -BLOCK);
}

/** Sets up the pass behind the one that is set up; whether there is one. `first`: the first of all. */
export function nextPass(first: bool): bool {
  const t = load<i32>(T), share = load<i32>(HEADS) / load<i32>(KV_HEADS), whole = load<i32>(SPANS) == 1;
  let head = first ? 0 : load<i32>(HEAD), query = first ? 0 : load<i32>(QUERY_END);
  if (!first && (query >= t || whole)) {
    head = load<i32>(HEAD_END);
    query = 0;
  }
  if (head >= share && !first) return false;
  store<i32>(HEAD, head);
  store<i32>(HEAD_END, whole ? share : head + 1);
  store<i32>(QUERY, query);
  store<i32>(QUERY_END, min(t, query + load<i32>(PASS)));
  return true;
}

// @ts-ignore: decorator
@inline
export function firstPass(): bool {
  return load<i32>(HEAD) == 0 && load<i32>(QUERY) == 0;
}

// @ts-ignore: decorator
@inline
export function lastPass(): bool {
  return load<i32>(HEAD_END) == load<i32>(HEADS) / load<i32>(KV_HEADS) && load<i32>(QUERY_END) == load<i32>(T);
}

// @ts-ignore: decorator
@inline
export function spanStart(span: i32): i32 {
  return span * load<i32>(SPAN);
}

// @ts-ignore: decorator
@inline
export function spanEnd(span: i32): i32 {
  return min(load<i32>(S), (span + 1) * load<i32>(SPAN));
}

/** The first key of a span that one of the queries may see, a multiple of 8, and the key behind the last. */
// @ts-ignore: decorator
@inline
export function startInSpan(span: i32, b: i32, t: i32): i32 {
  return max(firstKey(b, t) & -8, spanStart(span));
}
// @ts-ignore: decorator
@inline
export function endInSpan(span: i32, b: i32, t: i32, queries: i32): i32 {
  return min(endKey(b, t + queries - 1), spanEnd(span));
}

/** Where a span's part of dQ lies, from query `t` of the pass on. */
// @ts-ignore: decorator
@inline
export function partOfQueries(group: i32, span: i32, t: i32): usize {
  const row = (group * load<i32>(SPANS) + span) * load<i32>(PASS) + t - load<i32>(QUERY);
  return WORKSPACE + <usize>row * paddedRow(load<i32>(E));
}

/** Where a span's part of the gradient of slopes lies, from query `t` of the pass on: behind all parts of dQ. */
export function partOfSlopes(group: i32, span: i32, t: i32): usize {
  const rows = groups() * load<i32>(SPANS) * load<i32>(PASS);
  const row = (group * load<i32>(SPANS) + span) * load<i32>(PASS) + t - load<i32>(QUERY);
  return WORKSPACE + <usize>rows * paddedRow(load<i32>(E)) + (<usize>row << 2);
}

/** Address of the gradient of slopes of query `t` of the h-th head that shares the keys of a group. */
export function slopesGradient(group: i32, h: i32, t: i32): usize {
  const head = group * (load<i32>(HEADS) / load<i32>(KV_HEADS)) + h;
  return load<usize>(D_SLOPES) + (<usize>(head * load<i32>(T) + t) << 2);
}

/** Address of dQ of query `t` of the h-th head that shares the keys of a group. */
export function queryGradient(group: i32, h: i32, t: i32): usize {
  const head = group * (load<i32>(HEADS) / load<i32>(KV_HEADS)) + h;
  return load<usize>(D_Q) + (<usize>((head * load<i32>(T) + t) * load<i32>(E)) << 2);
}

/** Blocks of queries in the pass. */
// @ts-ignore: decorator
@inline
function passBlocks(): i32 {
  return (load<i32>(QUERY_END) - load<i32>(QUERY) + BLOCK - 1) / BLOCK;
}

export function combineTiles(): i32 {
  return groups() * passBlocks();
}

/** Adds up the parts of a block of queries, over the spans that it sees. */
export function combineTile(tile: i32, thread: i32): void {
  const group = tile / passBlocks(), t = load<i32>(QUERY) + tile % passBlocks() * BLOCK;
  const width = load<i32>(E), queries = min(BLOCK, load<i32>(QUERY_END) - t), b = group / load<i32>(KV_HEADS);
  const bytes = <usize>queries * paddedRow(width);
  const sum = partOfQueries(group, 0, t);
  if (startInSpan(0, b, t) >= endInSpan(0, b, t, queries)) memory.fill(sum, 0, bytes);
  for (let span = 1; span < load<i32>(SPANS); ++span) {
    if (startInSpan(span, b, t) >= endInSpan(span, b, t, queries)) continue;
    const part = partOfQueries(group, span, t);
    for (let i: usize = 0; i < bytes; i += 16) v128.store(sum + i, f32x4.add(v128.load(sum + i), v128.load(part + i)));
  }
  writeScaled(sum, queries, width, load<f32>(SCALE), queryGradient(group, load<i32>(HEAD), t));
  if (given(D_SLOPES)) combineSlopes(group, b, t, queries);
}

function combineSlopes(group: i32, b: i32, t: i32, queries: i32): void {
  const to = slopesGradient(group, load<i32>(HEAD), t);
  for (let row = 0; row < queries; ++row) {
    let sum: f32 = 0;
    for (let span = 0; span < load<i32>(SPANS); ++span) {
      if (startInSpan(span, b, t) >= endInSpan(span, b, t, queries)) continue;
      sum += load<f32>(partOfSlopes(group, span, t + row));
    }
    store<f32>(to + (<usize>row << 2), sum);
  }
}
