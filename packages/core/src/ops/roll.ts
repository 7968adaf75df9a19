import { ShapeError } from "../errors.ts";
import { normalizeAxis } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { concat } from "./concat.ts";
import { reshape } from "./reshape.ts";
import { narrow } from "./slice.ts";

function rollAxis(x: Tensor, shift: number, axis: number): Tensor {
  const size = x.shape[axis];
  const by = size === 0 ? 0 : ((shift % size) + size) % size;
  if (by === 0) return x;
  return concat([narrow(x, axis, size - by, by), narrow(x, axis, 0, size - by)], axis);
}

/**
 * Elements shifted along axes; what leaves at the end comes in at the beginning. Without axes, in row-major order of
 * all elements.
 *
 * @param shifts  how far, one per axis; negative towards the beginning
 * @throws ShapeError unless there is one shift per axis
 * @example roll(tensor([1, 2, 3]), 1); // => [3, 1, 2]
 */
export function roll(
  x: Tensor,
  shifts: number | readonly number[],
  axes?: number | readonly number[],
): Tensor {
  return tidy(() => {
    const by = typeof shifts === "number" ? [shifts] : shifts;
    if (axes === undefined) {
      if (by.length !== 1) throw new ShapeError(`roll: ${by.length} shifts but no axes`);
      return reshape(rollAxis(reshape(x, [x.size]), by[0], 0), x.shape);
    }
    const along = typeof axes === "number" ? [axes] : axes;
    if (by.length !== along.length)
      throw new ShapeError(`roll: ${by.length} shifts for ${along.length} axes`);
    return along.reduce((rolled, axis, i) => rollAxis(rolled, by[i], normalizeAxis("roll", axis, x.rank)), x);
  });
}
