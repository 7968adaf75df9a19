import { ShapeError } from "../errors.ts";
import { formatShape, normalizeAxis } from "../layout.ts";
import { defineOp, runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";

const permuteOp = defineOp<[Tensor], { readonly axes: readonly number[] }>("permute", {
  alias: ([x], { axes }) => ({
    shape: axes.map((axis) => x.shape[axis]),
    strides: axes.map((axis) => x.strides[axis]),
    offset: x.offset,
  }),
  vjp: ({ grad, attrs }) => [
    permute(
      grad,
      attrs.axes.map((_, d) => attrs.axes.indexOf(d)),
    ),
  ],
});

/**
 * The dimensions in another order, a view: dimension d of the result is dimension `axes[d]` of x.
 *
 * @throws ShapeError unless `axes` names each dimension once
 * @example const y = permute(zeros([2, 3, 4]), [2, 0, 1]); // [4, 2, 3]
 */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const order = axes.map((axis) => normalizeAxis("permute", axis, x.rank));
  if (order.length !== x.rank || order.some((axis, d) => order.indexOf(axis) !== d)) {
    throw new ShapeError(
      `permute: ${formatShape(axes)} does not name each dimension of ${x.describe()} once`,
    );
  }
  return runOne(permuteOp, [x], { axes: order });
}

/** Two dimensions exchanged; the last two unless told otherwise. */
export function transpose(x: Tensor, axis0 = -2, axis1 = -1): Tensor {
  const [a, b] = [normalizeAxis("transpose", axis0, x.rank), normalizeAxis("transpose", axis1, x.rank)];
  return permute(
    x,
    x.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
  );
}

/** Dimension `from` moved to place `to`. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const order = x.shape.map((_, d) => d);
  const [axis] = order.splice(normalizeAxis("moveAxis", from, x.rank), 1);
  order.splice(normalizeAxis("moveAxis", to, x.rank), 0, axis);
  return permute(x, order);
}

/**
 * Dimensions moved to other places, the others in their order; PyTorch's name for `moveAxis`, with lists too.
 *
 * @throws ShapeError unless there are as many places as dimensions, each named once
 * @example movedim(zeros([2, 3, 4]), [0, 1], [-1, 0]).shape; // => [3, 4, 2]
 */
export function movedim(x: Tensor, from: number | readonly number[], to: number | readonly number[]): Tensor {
  const list = (axes: number | readonly number[]): number[] =>
    (typeof axes === "number" ? [axes] : axes).map((axis) => normalizeAxis("movedim", axis, x.rank));
  const [sources, places] = [list(from), list(to)];
  if (
    sources.length !== places.length ||
    new Set(sources).size !== sources.length ||
    new Set(places).size !== places.length
  ) {
    throw new ShapeError(`movedim: ${formatShape(sources)} cannot go to ${formatShape(places)}`);
  }
  const others = x.shape.map((_, d) => d).filter((d) => !sources.includes(d));
  let next = 0;
  return permute(
    x,
    x.shape.map((_, d) => (places.includes(d) ? sources[places.indexOf(d)] : others[next++])),
  );
}
