/** One idea: masks and biases become blocks `[key][query]` of their own, whatever their strides. */
import { packRows } from "../gemm-pack";
import { BIAS, element, given, MASK, SCORE_PROGRAM, stride } from "./arguments";
import { SCORE_STEP } from "./blocks";

const NEGATIVE_INFINITY: f32 = -Infinity;

/** Whether blocks of scores have extras. Masks come behind functions of scores (mods/panels.ts). */
// @ts-ignore: decorator
@inline
export function hasExtra(): bool {
  return given(BIAS) || (given(MASK) && !given(SCORE_PROGRAM));
}

/** Bias (or zeros) of keys `j..j+keys` and queries `t..t+queries`, and -inf where the mask is 0. */
export function fillExtra(b: i32, h: i32, t: i32, queries: i32, j: i32, keys: i32, to: usize): void {
  if (given(BIAS)) {
    const from = load<usize>(BIAS) + ((element(BIAS, b, h, t) + j * stride(BIAS, 3)) << 2);
    packRows(from, stride(BIAS, 3) << 2, stride(BIAS, 2) << 2, keys, queries, to, SCORE_STEP);
  } else {
    for (let key = 0; key < keys; ++key) memory.fill(to + <usize>key * SCORE_STEP, 0, <usize>queries << 2);
  }
  if (!given(MASK) || given(SCORE_PROGRAM)) return;
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
