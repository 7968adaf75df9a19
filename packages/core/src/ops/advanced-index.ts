import { DTypeError, ShapeError } from "../errors.ts";
import { broadcastShapes, sizeOf } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul } from "./arithmetic.ts";
import { ge, logicalAnd, lt } from "./compare.ts";
import { expand } from "./expand.ts";
import { fullLike } from "./fill.ts";
import { indexSelect } from "./gather.ts";
import { permute } from "./permute.ts";
import { reshape } from "./reshape.ts";
import { where } from "./where.ts";

/** An index from the front, -1 where it is out of range (a gather then gives NaN, or 0 for integers). */
function fromFront(index: Tensor, size: number): Tensor {
  const wrapped = where(lt(index, 0), add(index, size), index);
  return where(logicalAnd(ge(wrapped, 0), lt(wrapped, size)), wrapped, fullLike(index, -1));
}

/** One index into the dimensions `sizes` in row-major order, from one index for each; -1 where any is out of range. */
function flatIndex(indices: readonly Tensor[], sizes: readonly number[]): Tensor {
  return indices
    .map((index, i) => fromFront(index, sizes[i]))
    .reduce((flat, index, i) => {
      const joined = add(mul(flat, sizes[i]), index);
      return where(logicalAnd(ge(flat, 0), ge(index, 0)), joined, fullLike(joined, -1));
    });
}

/**
 * `x[i, j, ...]` with tensors of indices, as NumPy and PyTorch have it: they broadcast together, and their dimensions
 * take the place of those that they index (come first, where `null`s lie between them).
 *
 * @param indices  i32, one per dimension from the first; `null` takes a dimension whole, and so does what is not named;
 *   negative ones count from the end
 * @throws ShapeError if there are more than dimensions, or they do not broadcast; DTypeError unless they are i32
 * @example
 * const x = tensor([[1, 2], [3, 4], [5, 6]]);
 * const i = tensor([0, -1], { dtype: "i32" });
 * const j = tensor([1, 0], { dtype: "i32" });
 * index(x, [i, j]); // => [2, 5]
 */
export function index(x: Tensor, indices: readonly (Tensor | null)[]): Tensor {
  return tidy(() => {
    if (indices.length > x.rank) throw new ShapeError(`index: ${indices.length} indices for ${x.describe()}`);
    const axes = indices.flatMap((given, d) => (given === null ? [] : [d]));
    if (axes.length === 0) return x;
    const given = axes.map((d) => indices[d] as Tensor);
    for (const each of given) {
      if (each.dtype !== "i32")
        throw new DTypeError(
          `index: indices must be i32 (got ${each.describe()}); nonzero() makes them of a mask`,
        );
    }
    const shape = broadcastShapes("index", ...given.map((each) => each.shape));
    const sizes = axes.map((d) => x.shape[d]);
    const flat = reshape(
      flatIndex(
        given.map((each) => expand(each, shape)),
        sizes,
      ),
      [sizeOf(shape)],
    );
    // The indexed dimensions side by side, as one.
    const together = axes.every((d, i) => d === axes[0] + i);
    const at = together ? axes[0] : 0;
    const others = x.shape.map((_, d) => d).filter((d) => !axes.includes(d));
    const order = [...others.slice(0, at), ...axes, ...others.slice(at)];
    const [head, tail] = [others.slice(0, at), others.slice(at)].map((dims) => dims.map((d) => x.shape[d]));
    const joined = reshape(permute(x, order), [...head, sizeOf(sizes), ...tail]);
    return reshape(indexSelect(joined, flat, at), [...head, ...shape, ...tail]);
  });
}

/**
 * Elements of x in row-major order, by index (i32; negative counts from the end).
 *
 * @returns the shape of the index
 * @example take(tensor([[1, 2], [3, 4]]), tensor([3, 0], { dtype: "i32" })); // => [4, 1]
 */
export function take(x: Tensor, flat: Tensor): Tensor {
  return tidy(() => index(reshape(x, [x.size]), [flat]));
}
