/** One idea: masks, biases and dropout become blocks `[key][query]` of their own, whatever their strides. */
import { packRows } from "../gemm-pack";
import { threefry4 } from "../threefry";
import { BIAS, DROPOUT, element, given, HEADS, KEPT, KEY0, KEY1, MASK, S, stride, T } from "./arguments";
import { SCORE_STEP, WORDS } from "./blocks";

const NEGATIVE_INFINITY: f32 = -Infinity;

/** Bias (or zeros) of keys `j..j+keys` and queries `t..t+queries`, and -inf where the mask is 0. */
export function fillExtra(b: i32, h: i32, t: i32, queries: i32, j: i32, keys: i32, to: usize): void {
  if (given(BIAS)) {
    const from = load<usize>(BIAS) + ((element(BIAS, b, h, t) + j * stride(BIAS, 3)) << 2);
    packRows(from, stride(BIAS, 3) << 2, stride(BIAS, 2) << 2, keys, queries, to, SCORE_STEP);
  } else {
    for (let key = 0; key < keys; ++key) memory.fill(to + <usize>key * SCORE_STEP, 0, <usize>queries << 2);
  }
  if (!given(MASK)) return;
  const mask = load<usize>(MASK) + element(MASK, b, h, t) + j * stride(MASK, 3);
  const byQuery = stride(MASK, 2), byKey = stride(MASK, 3);
  for (let key = 0; key < keys; ++key) {
    const row = mask + key * byKey;
    const target = to + <usize>key * SCORE_STEP;
    for (let query = 0; query < queries; ++query) {
      if (load<u8>(row + query * byQuery) == 0) store<f32>(target + (<usize>query << 2), NEGATIVE_INFINITY);
    }
  }
}

/** The factors that dropout gives the weights of a block: 0, or 1 / (1 - p). */
export function fillKeep(b: i32, h: i32, t: i32, queries: i32, j: i32, keys: i32, to: usize, scratch: usize): void {
  const p = load<f32>(DROPOUT), kept = load<f32>(KEPT);
  const key0 = load<i32>(KEY0), key1 = load<i32>(KEY1);
  const words = scratch + WORDS;
  for (let query = 0; query < queries; ++query) {
    const row = <u64>b * load<i32>(HEADS) + h;
    const first = (row * load<i32>(T) + t + query) * load<i32>(S) + j;
    let key = -<i32>(first & 1); // blocks of two begin at even elements
    for (let block = first >> 1; key < keys; block += 4) {
      threefry4(key0, key1, <i32>block, <i32>(block >> 32), words);
      for (let i = 0; i < 8; ++i, ++key) {
        if (key < 0 || key >= keys) continue;
        const word = load<u32>(words + (<usize>(i >> 1) << 2) + (<usize>(i & 1) << 4));
        const keep = <f32>(word >>> 8) * 5.9604644775390625e-8 >= p; // 2^-24
        store<f32>(to + <usize>key * SCORE_STEP + (<usize>query << 2), keep ? kept : 0);
      }
    }
  }
}
