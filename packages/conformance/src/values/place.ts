import type { LayoutSpec } from "../cases/case.ts";

/** Where the elements of a tensor lie in its memory. */
export interface Placement {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  /** Elements of memory that the tensor spans, its gaps and what is before it included. */
  readonly length: number;
}

/** Lays a tensor of `shape` out in memory, from element `start` on. */
export function place(shape: readonly number[], layout: LayoutSpec = {}, start = 0): Placement {
  const order = layout.order ?? shape.map((_, d) => d);
  const steps = layout.steps ?? shape.map(() => 1);
  const strides = new Array<number>(shape.length).fill(0);
  let offset = start + (layout.offset ?? 0);
  const before = offset;
  let extent = 1;
  for (const d of [...order].reverse()) {
    strides[d] = extent * steps[d];
    if (steps[d] < 0) offset -= Math.max(0, shape[d] - 1) * strides[d];
    if (steps[d] !== 0) extent *= shape[d] * Math.abs(steps[d]);
  }
  return { shape, strides, offset, length: before + extent };
}

/** Where each element lies, in row-major order of the tensor. */
export function positionsOf({
  shape,
  strides,
  offset,
}: Pick<Placement, "shape" | "strides" | "offset">): Int32Array {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const positions = new Int32Array(size);
  const at = new Array<number>(shape.length).fill(0);
  let position = offset;
  for (let i = 0; i < size; i++) {
    positions[i] = position;
    for (let d = shape.length - 1; d >= 0; d--) {
      position += strides[d];
      if (++at[d] < shape[d]) break;
      position -= strides[d] * shape[d];
      at[d] = 0;
    }
  }
  return positions;
}
