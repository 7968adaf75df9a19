import type { Backend, DType } from "../backend.ts";
import { getBackend } from "../default-backend.ts";
import { ShapeError } from "../errors.ts";
import { formatShape } from "../layout.ts";
import { defineOp, required, runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";

/** Where and as what a new tensor is made. */
export interface CreationOptions {
  /** Default "f32". */
  readonly dtype?: DType;
  /** Default: the one of `setBackend`. */
  readonly backend?: Backend;
}

/** @throws ShapeError unless every size is a non-negative integer */
export function checkShape(name: string, shape: readonly number[]): void {
  if (!shape.every((size) => Number.isInteger(size) && size >= 0)) {
    throw new ShapeError(`${name}: sizes must be non-negative integers (got ${formatShape(shape)})`);
  }
}

interface FillAttrs {
  readonly value: number;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

const fillOp = defineOp<[], FillAttrs>("fill", {
  infer: (_, { shape, dtype }) => [{ dtype, shape }],
  kernel: required("fill"),
  differentiable: false,
});

/**
 * A tensor of equal numbers.
 *
 * @example const x = full([2, 3], 0.5);
 */
export function full(shape: readonly number[], value: number, options: CreationOptions = {}): Tensor {
  checkShape("full", shape);
  return runOne(fillOp, [], { value, shape, dtype: options.dtype ?? "f32" }, options.backend ?? getBackend());
}

/** @example const x = zeros([2, 3]); */
export function zeros(shape: readonly number[], options: CreationOptions = {}): Tensor {
  return full(shape, 0, options);
}

/** @example const x = ones([2, 3], { dtype: "i32" }); */
export function ones(shape: readonly number[], options: CreationOptions = {}): Tensor {
  return full(shape, 1, options);
}

/** Equal numbers in shape, dtype and place of another tensor. */
export function fullLike(x: Tensor, value: number): Tensor {
  return full(x.shape, value, { dtype: x.dtype, backend: x.backend });
}
