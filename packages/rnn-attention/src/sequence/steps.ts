import {
  arange,
  concat,
  eq,
  gt,
  matmul,
  narrow,
  reshape,
  type Tensor,
  transpose,
  unsqueeze,
  where,
} from "@saccade/core";

/** The places of `count` steps, in the order in which they are read. */
export function readingOrder(count: number, reverse: boolean): number[] {
  return Array.from({ length: count }, (_, n) => (reverse ? count - 1 - n : n));
}

/** Which sequences reach step t, u8 `[B, 1]`; null where all do. */
export function reaching(lengths: Tensor | null, t: number): Tensor | null {
  return lengths && unsqueeze(gt(lengths, t), 1);
}

/** x where the sequence reaches this step, `otherwise` where it is padding. */
export function whereReached(reached: Tensor | null, x: Tensor, otherwise: Tensor | number): Tensor {
  return reached ? where(reached, x, otherwise) : x;
}

/** The state before every step, `[B, T, H]`, from those behind it; anything where there is padding. */
export function statesBefore(y: Tensor, first: Tensor, lengths: Tensor | null, reverse: boolean): Tensor {
  const [, T] = y.shape;
  if (T === 0) return y;
  const edge = unsqueeze(first, 1);
  if (!reverse) return concat([edge, narrow(y, 1, 0, T - 1)], 1);
  const shifted = concat([narrow(y, 1, 1, T - 1), edge], 1);
  if (lengths === null) return shifted;
  const ends = arange(1, T + 1, 1, { backend: y.backend });
  return where(eq(reshape(lengths, [-1, 1, 1]), reshape(ends, [1, T, 1])), edge, shifted);
}

/** The gradient of W_hh `[G, H]`: `sum d^T h` over all steps of all sequences; dHidden `[B, T, G]`, before `[B, T, H]`. */
export function weightGradient(dHidden: Tensor, before: Tensor): Tensor {
  const rows = (x: Tensor): Tensor => reshape(x, [x.shape[0] * x.shape[1], x.shape[2]]);
  return matmul(transpose(rows(dHidden)), rows(before));
}
