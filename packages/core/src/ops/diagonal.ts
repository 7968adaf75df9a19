import { ArgumentError, ShapeError } from "../errors.ts";
import { type Layout, normalizeAxis } from "../layout.ts";
import { defineOp, type Op, runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { placedKernel } from "./placed.ts";

/** Row `i` and column `i + offset` of two dimensions, which become the last. */
interface DiagonalAttrs {
  readonly offset: number;
  readonly axis0: number;
  readonly axis1: number;
}

function diagonalLayout(
  { shape, strides, offset: start }: Layout,
  { offset, axis0, axis1 }: DiagonalAttrs,
): Layout {
  const [rows, columns] = [shape[axis0], shape[axis1]];
  const length = Math.max(
    0,
    offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns),
  );
  const skipped = offset >= 0 ? offset * strides[axis1] : -offset * strides[axis0];
  const others = shape.map((_, d) => d).filter((d) => d !== axis0 && d !== axis1);
  return {
    shape: [...others.map((d) => shape[d]), length],
    strides: [...others.map((d) => strides[d]), strides[axis0] + strides[axis1]],
    offset: length > 0 ? start + skipped : start,
  };
}

const diagonalOp: Op<readonly [Tensor], DiagonalAttrs> = defineOp<readonly [Tensor], DiagonalAttrs>(
  "diagonal",
  {
    alias: ([x], attrs) => diagonalLayout(x, attrs),
    vjp: ({ grad, attrs, specs }) => [runOne(undiagonalOp, [grad], { ...attrs, shape: specs[0].shape })],
  },
);

interface UndiagonalAttrs extends DiagonalAttrs {
  readonly shape: readonly number[];
}

/** The adjoint of `diagonal`: zeros beside it. */
const undiagonalOp: Op<readonly [Tensor], UndiagonalAttrs> = defineOp<readonly [Tensor], UndiagonalAttrs>(
  "undiagonal",
  {
    infer: ([x], { shape }) => [{ dtype: x.dtype, shape }],
    kernel: placedKernel<UndiagonalAttrs>(diagonalLayout),
    vjp: ({ grad, attrs }) => [runOne(diagonalOp, [grad], attrs)],
  },
);

function checkOffset(name: string, offset: number): void {
  if (!Number.isInteger(offset))
    throw new ArgumentError(`${name}: the offset must be an integer (got ${offset})`);
}

/**
 * The diagonal of two dimensions, a view: they go, and a new last dimension walks `[i, i + offset]`.
 *
 * @param offset  above (positive) or below the main diagonal
 * @returns `[..., length]`
 * @throws ShapeError if the two axes are one
 * @example diagonal(tensor([[1, 2, 3], [4, 5, 6]])); // => [1, 5]
 */
export function diagonal(x: Tensor, offset = 0, axis0 = 0, axis1 = 1): Tensor {
  checkOffset("diagonal", offset);
  const attrs = {
    offset,
    axis0: normalizeAxis("diagonal", axis0, x.rank),
    axis1: normalizeAxis("diagonal", axis1, x.rank),
  };
  if (attrs.axis0 === attrs.axis1)
    throw new ShapeError(`diagonal: needs two axes (got ${axis0} twice, ${x.describe()})`);
  return runOne(diagonalOp, [x], attrs);
}

/**
 * Matrices with the last dimension on a diagonal and zeros elsewhere: `[..., n] -> [..., m, m]`, `m = n + |offset|`.
 *
 * @example diagEmbed(tensor([1, 2])); // => [[1, 0], [0, 2]]
 */
export function diagEmbed(x: Tensor, offset = 0): Tensor {
  checkOffset("diagEmbed", offset);
  if (x.rank === 0) throw new ShapeError("diagEmbed: x needs a dimension (got a scalar)");
  const size = x.shape[x.rank - 1] + Math.abs(offset);
  const shape = [...x.shape.slice(0, -1), size, size];
  return runOne(undiagonalOp, [x], { offset, axis0: x.rank - 1, axis1: x.rank, shape });
}

/**
 * The diagonal of a matrix; of a vector, the matrix that has it as its diagonal.
 *
 * @throws ShapeError unless x has one or two dimensions
 * @example diag(tensor([[1, 2], [3, 4]])); // => [1, 4]
 */
export function diag(x: Tensor, offset = 0): Tensor {
  if (x.rank === 1) return diagEmbed(x, offset);
  if (x.rank !== 2) throw new ShapeError(`diag: x must have one or two dimensions (got ${x.describe()})`);
  return diagonal(x, offset);
}
