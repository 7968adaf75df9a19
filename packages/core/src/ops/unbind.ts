import { ArgumentError } from "../errors.ts";
import { normalizeAxis } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { split } from "./concat.ts";
import { slice } from "./slice.ts";

/**
 * Views of the slices along an axis, without that dimension.
 *
 * @example unbind(tensor([[1, 2], [3, 4]]), 1)[1]; // => [2, 4]
 */
export function unbind(x: Tensor, axis = 0): Tensor[] {
  return tidy(() => {
    const at = normalizeAxis("unbind", axis, x.rank);
    const whole = x.shape.slice(0, at).map(() => null);
    return Array.from({ length: x.shape[at] }, (_, i) => slice(x, ...whole, i));
  });
}

/**
 * Views of at most `count` equal pieces along an axis: of `ceil(size / count)` elements, the last may have fewer.
 *
 * @throws ArgumentError unless count is a positive integer
 * @example chunk(arange(0, 5), 2).map((piece) => piece.size); // => [3, 2]
 */
export function chunk(x: Tensor, count: number, axis = 0): Tensor[] {
  if (!Number.isInteger(count) || count < 1)
    throw new ArgumentError(`chunk: count must be a positive integer (got ${count})`);
  const size = x.shape[normalizeAxis("chunk", axis, x.rank)];
  return split(x, Math.max(1, Math.ceil(size / count)), axis);
}
