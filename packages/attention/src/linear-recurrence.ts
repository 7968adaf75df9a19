import { add, mul, narrow, pad, type Tensor, tidy } from "@saccade/core";

/**
 * `h_j = a_j h_{j-1} + b_j` along the last axis, `h_{-1} = 0`: by doubling, in `log2(S)` passes, without a division.
 *
 * @param a, b  of one shape
 * @see Hillis & Steele 1986, Data parallel algorithms
 */
export function linearRecurrence(a: Tensor, b: Tensor): Tensor {
  const length = b.shape[b.rank - 1];
  return tidy(() => {
    let [factor, state] = [a, b];
    for (let step = 1; step < length; step *= 2) {
      const before = (x: Tensor): Tensor => pad(narrow(x, -1, 0, length - step), [step, 0]);
      state = add(state, mul(factor, before(state)));
      if (2 * step < length) factor = mul(factor, before(factor));
    }
    return state;
  });
}
