import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape, normalizeAxis } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { concat } from "./concat.ts";
import { expand } from "./expand.ts";
import { reshape, unsqueeze } from "./reshape.ts";
import { narrow } from "./slice.ts";

/**
 * The tensor `repeats[d]` times along each dimension; more repeats than dimensions add dimensions in front.
 *
 * @throws ShapeError if there are fewer repeats than dimensions, or one is no count
 * @example repeat(tensor([1, 2]), [2, 2]); // => [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export function repeat(x: Tensor, repeats: readonly number[]): Tensor {
  return tidy(() => {
    if (repeats.length < x.rank || !repeats.every((n) => Number.isInteger(n) && n >= 0)) {
      throw new ShapeError(
        `repeat: needs a count for each dimension (got ${formatShape(repeats)} for ${x.describe()})`,
      );
    }
    const shape = [...repeats.slice(x.rank).map(() => 1), ...x.shape];
    const spread = reshape(
      x,
      shape.flatMap((size) => [1, size]),
    );
    const expanded = expand(
      spread,
      shape.flatMap((size, d) => [repeats[d], size]),
    );
    return reshape(
      expanded,
      shape.map((size, d) => size * repeats[d]),
    );
  });
}

/**
 * Each element along an axis repeated in place: all equally often, or element i `repeats[i]` times. Without an axis, of
 * the elements in row-major order.
 *
 * @throws ArgumentError if a count is negative or no integer; ShapeError if there is not one per element
 * @example repeatInterleave(tensor([1, 2]), 2); // => [1, 1, 2, 2]
 */
export function repeatInterleave(x: Tensor, repeats: number | readonly number[], axis?: number): Tensor {
  return tidy(() => {
    const source = axis === undefined ? reshape(x, [x.size]) : x;
    const at = normalizeAxis("repeatInterleave", axis ?? 0, source.rank);
    const counts = typeof repeats === "number" ? [repeats] : repeats;
    if (!counts.every((n) => Number.isInteger(n) && n >= 0)) {
      throw new ArgumentError(
        `repeatInterleave: counts must be non-negative integers (got ${formatShape(counts)})`,
      );
    }
    if (typeof repeats === "number") {
      const shape = (count: number): number[] =>
        source.shape.flatMap((size, d) => (d === at ? [size, count] : [size]));
      const expanded = expand(unsqueeze(source, at + 1), shape(repeats));
      return reshape(
        expanded,
        source.shape.map((size, d) => (d === at ? size * repeats : size)),
      );
    }
    if (counts.length !== source.shape[at]) {
      throw new ShapeError(
        `repeatInterleave: ${counts.length} counts for ${source.shape[at]} elements (${x.describe()})`,
      );
    }
    const pieces = counts.map((count, i) =>
      expand(
        narrow(source, at, i, 1),
        source.shape.map((size, d) => (d === at ? count : size)),
      ),
    );
    return pieces.length > 0 ? concat(pieces, at) : source;
  });
}
