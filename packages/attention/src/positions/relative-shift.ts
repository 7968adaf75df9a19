import { narrow, reshape, ShapeError, type Tensor, tidy } from "@saccade/core";

/**
 * From products with distances to products with keys: `y[t, s] = x[t, T - 1 - t + s]`, where column `n` of x belongs to the
 * distance `S - 1 - n` (from the farthest key behind, `S - 1`, to the farthest ahead, `-(T - 1)`), and the last query
 * stands at the last key. Views and one copy; no gather.
 *
 * @param x  `[..., T, S + T - 1]`
 * @param keyLength  S
 * @returns `[..., T, S]`
 * @throws ShapeError
 * @see Dai et al. 2019, arXiv:1901.02860, appendix B
 * @example relativeShift(tensor([[1, 2, 3], [4, 5, 6]]), 2); // => [[2, 3], [4, 5]]
 */
export function relativeShift(x: Tensor, keyLength: number): Tensor {
  const [queries, columns] = x.shape.slice(-2);
  if (x.rank < 2 || columns !== Math.max(0, keyLength + queries - 1)) {
    throw new ShapeError(
      `relativeShift: x must be [..., T, S + T - 1], S = ${keyLength} (got ${x.describe()})`,
    );
  }
  const front = x.shape.slice(0, -2);
  if (queries === 0) return reshape(x, [...front, 0, keyLength]);
  if (queries === 1) return x;
  return tidy(() => {
    // Row t begins at T - 1 - t: in the flattened rows, those beginnings are `columns - 1` apart.
    const flat = reshape(x, [...front, queries * columns]);
    const rows = narrow(flat, -1, queries - 1, queries * (columns - 1));
    return narrow(reshape(rows, [...front, queries, columns - 1]), -1, 0, keyLength);
  });
}
