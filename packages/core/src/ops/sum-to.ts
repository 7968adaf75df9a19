import { ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";

/** The adjoint of broadcasting: sums `x` down to `shape`, which broadcasts to x's. */
export function sumTo(x: Tensor, shape: readonly number[], name = "sumTo"): Tensor {
  return tidy(() => {
    if (sameShape(x.shape, shape)) return x;
    const lead = x.rank - shape.length;
    const fits = lead >= 0 && shape.every((size, d) => size === x.shape[lead + d] || size === 1);
    if (!fits)
      throw new ShapeError(`${name}: ${formatShape(x.shape)} does not sum down to ${formatShape(shape)}`);
    const axes = x.shape
      .map((_, d) => d)
      .filter((d) => d < lead || (shape[d - lead] === 1 && x.shape[d] !== 1));
    return reshape(sum(x, axes, { keepDims: true }), shape);
  });
}
