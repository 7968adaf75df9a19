/** One idea: a panel is two vectors of 4 queries wide, so that softmax down the keys needs no step across lanes. */
import { exp2Limited } from "../math/exp";
import { tanhNear } from "../math/tanh";
import { madd } from "../simd";
import { CAUSAL, given, LEFT, ofHead, RANGES, RIGHT, S, SLOPES, SOFTCAP, T } from "./arguments";
import { CAP, endKey, extraBlock, FACTOR, firstKey, MAXIMUM, placeOf, RESCALE, SCORE_SCALE, SCORE_STEP, SCORES, SUM } from "./blocks";

const LANES: usize = memory.data<i32>([0, 1, 2, 3]);

/** Softcap, bias and masks, on four scores. `seen` is all ones where the key may be seen. */
// @ts-ignore: decorator
@inline
export function biased(score: v128, extra: v128, seen: v128): v128 {
  const lowest = f32x4.splat(-Infinity);
  const allowed = v128.andnot(seen, f32x4.eq(extra, lowest));
  return v128.bitselect(f32x4.add(score, extra), lowest, allowed);
}

/** Whether all of 8 queries from `t` on see all of the keys `from..to`. */
// @ts-ignore: decorator
@inline
export function allSee(b: i32, t: i32, from: i32, to: i32): bool {
  return from >= firstKey(b, t + 7) && to <= endKey(b, t);
}

/** Which of 4 queries from `t` on may see `key`: all ones. */
// @ts-ignore: decorator
@inline
export function seenBy(first: v128, end: v128, key: i32): v128 {
  const wide = i32x4.splat(key);
  return v128.and(i32x4.ge_s(wide, first), i32x4.lt_s(wide, end));
}

// @ts-ignore: decorator
@inline
function four(a: i32, b: i32, c: i32, d: i32): v128 {
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(a), 1, b), 2, c), 3, d);
}

/** `firstKey` of four queries from `t` on. */
// @ts-ignore: decorator
@inline
export function firstKeys(b: i32, t: i32): v128 {
  if (given(RANGES)) return four(firstKey(b, t), firstKey(b, t + 1), firstKey(b, t + 2), firstKey(b, t + 3));
  const left = load<i32>(LEFT), zero = i32x4.splat(0);
  return left < 0 ? zero : i32x4.max_s(zero, fromPlace(t, -left));
}

/** `endKey` of four queries from `t` on. */
// @ts-ignore: decorator
@inline
export function endKeys(b: i32, t: i32): v128 {
  if (given(RANGES)) return four(endKey(b, t), endKey(b, t + 1), endKey(b, t + 2), endKey(b, t + 3));
  const right = load<i32>(CAUSAL) ? 0 : load<i32>(RIGHT), keys = i32x4.splat(load<i32>(S));
  return right < 0 ? keys : i32x4.max_s(i32x4.splat(0), i32x4.min_s(keys, fromPlace(t, right + 1)));
}

/** So many keys from the places of four queries. */
// @ts-ignore: decorator
@inline
function fromPlace(t: i32, by: i32): v128 {
  return i32x4.add(i32x4.splat(t + load<i32>(S) - load<i32>(T) + by), v128.load(LANES));
}

/** Places of four queries, as floats; without ALiBi nobody asks for them. */
export function places(b: i32, t: i32): v128 {
  if (!given(SLOPES)) return f32x4.splat(0);
  return f32x4.convert_i32x4_s(four(placeOf(b, t), placeOf(b, t + 1), placeOf(b, t + 2), placeOf(b, t + 3)));
}

/** How far a key is from four places. */
// @ts-ignore: decorator
@inline
export function distance(place: v128, key: i32): v128 {
  return f32x4.abs(f32x4.sub(place, f32x4.splat(<f32>key)));
}

/** ALiBi: what distance takes from four scores of a key. */
// @ts-ignore: decorator
@inline
export function sloped(score: v128, slope: v128, place: v128, key: i32): v128 {
  return f32x4.sub(score, f32x4.mul(slope, distance(place, key)));
}

/** The slope of a head, four times; 0 without ALiBi. */
export function slopeOf(h: i32): v128 {
  return f32x4.splat(given(SLOPES) ? ofHead(SLOPES, h) : 0);
}

/**
 * Scale, softcap, ALiBi, bias and masks on a panel of scores.
 *
 * @param into     the block that gets them
 * @param b,h      whose scores they are
 * @param t        first query of the panel
 * @param j        first key of the block
 * @param from,to  keys of the block to work on
 * @param extra    whether the block of biases is filled
 */
export function adjustPanel(
  scratch: usize, into: usize, panel: i32, b: i32, h: i32, t: i32, j: i32, from: i32, to: i32, extra: bool,
): void {
  const column = <usize>panel << 5;
  const cap = load<f32>(SOFTCAP) != 0, steep = given(SLOPES);
  const scale = v128.load32_splat(SCORE_SCALE), high = v128.load32_splat(CAP), slope = slopeOf(h);
  const extras = extraBlock(scratch) + column, seen = allSee(b, t, j + from, j + to), all = i32x4.splat(-1);
  const firstA = firstKeys(b, t), firstB = firstKeys(b, t + 4), endA = endKeys(b, t), endB = endKeys(b, t + 4);
  const placeA = places(b, t), placeB = places(b, t + 4);
  for (let key = from; key < to; ++key) {
    const at = scratch + SCORES + <usize>key * SCORE_STEP + column;
    let a = f32x4.mul(scale, v128.load(at)), c = f32x4.mul(scale, v128.load(at, 16));
    if (cap) { a = f32x4.mul(high, tanhNear(a)); c = f32x4.mul(high, tanhNear(c)); }
    if (steep) { a = sloped(a, slope, placeA, j + key); c = sloped(c, slope, placeB, j + key); }
    let x = f32x4.splat(0), y = x;
    if (extra) {
      const bias = extras + <usize>key * SCORE_STEP;
      x = v128.load(bias); y = v128.load(bias, 16);
    }
    if (!seen || extra) {
      a = biased(a, x, seen ? all : seenBy(firstA, endA, j + key));
      c = biased(c, y, seen ? all : seenBy(firstB, endB, j + key));
    }
    const target = into + <usize>key * SCORE_STEP + column;
    v128.store(target, a);
    v128.store(target, c, 16);
  }
}

/** -inf becomes 0: subtracting it must not make NaN of -inf. */
// @ts-ignore: decorator
@inline
function finite(maximum: v128): v128 {
  return v128.andnot(maximum, f32x4.eq(maximum, f32x4.splat(-Infinity)));
}

/**
 * Online softmax (Milakov & Gimelshein 2018) on a panel: scores become `2^(score * FACTOR - maximum)`; maximum (of the
 * exponents) and sum of the panel's queries are brought up to date, and RESCALE says what earlier sums and outputs must
 * be multiplied with.
 */
export function onlineSoftmax(scratch: usize, panel: i32, from: i32, to: i32): void {
  const column = <usize>panel << 5;
  const start = scratch + SCORES + <usize>from * SCORE_STEP + column;
  const end = scratch + SCORES + <usize>to * SCORE_STEP + column;
  const state = scratch + column, factor = v128.load32_splat(FACTOR);
  const beforeA = v128.load(state, MAXIMUM), beforeB = v128.load(state, MAXIMUM + 16);
  let maxA = f32x4.splat(-Infinity), maxB = maxA;
  for (let at = start; at < end; at += SCORE_STEP) {
    maxA = f32x4.pmax(maxA, v128.load(at));
    maxB = f32x4.pmax(maxB, v128.load(at, 16));
  }
  maxA = f32x4.pmax(beforeA, f32x4.mul(maxA, factor)); maxB = f32x4.pmax(beforeB, f32x4.mul(maxB, factor));
  v128.store(state, maxA, MAXIMUM); v128.store(state, maxB, MAXIMUM + 16);
  maxA = finite(maxA); maxB = finite(maxB);
  const scaleA = exp2Limited(f32x4.sub(beforeA, maxA)), scaleB = exp2Limited(f32x4.sub(beforeB, maxB));
  v128.store(state, scaleA, RESCALE); v128.store(state, scaleB, RESCALE + 16);
  let sumA = f32x4.mul(v128.load(state, SUM), scaleA), sumB = f32x4.mul(v128.load(state, SUM + 16), scaleB);
  maxA = f32x4.neg(maxA); maxB = f32x4.neg(maxB);
  for (let at = start; at < end; at += SCORE_STEP) {
    const a = exp2Limited(madd(v128.load(at), factor, maxA)), b = exp2Limited(madd(v128.load(at, 16), factor, maxB));
    v128.store(at, a); v128.store(at, b, 16);
    sumA = f32x4.add(sumA, a); sumB = f32x4.add(sumB, b);
  }
  v128.store(state, sumA, SUM); v128.store(state, sumB, SUM + 16);
}

/** Zeros in a panel of a block outside the keys `from..to`. */
export function clearOutside(block: usize, panel: i32, from: i32, to: i32, keys: i32): void {
  const zero = f32x4.splat(0);
  for (let key = 0; key < keys; ++key) {
    if (key == from) key = to;
    if (key >= keys) return;
    const at = block + <usize>key * SCORE_STEP + (<usize>panel << 5);
    v128.store(at, zero); v128.store(at, zero, 16);
  }
}
