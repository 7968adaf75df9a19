/** The same values as many views: every way in which a tensor can lie in memory. */
import type { Backend, DType, View } from "@saccade/core/backend";
import { contiguous, tensor } from "./harness.ts";

export type NamedView = readonly [name: string, view: View];

/** Views of equal shape and values: contiguous, offset, with gaps, dimensions reversed, a dimension backwards. */
export function layouts(
  backend: Backend,
  dtype: DType,
  shape: readonly number[],
  values: ArrayLike<number>,
): NamedView[] {
  const dense = contiguous(shape);
  const gaps = dense.map((stride, d) => (d === shape.length - 1 ? 2 : stride * 3));
  const reversed = contiguous([...shape].reverse()).reverse();
  const backwards = dense.map((stride, d) => (d === 0 ? -stride : stride));
  const start = shape.length > 0 && shape[0] > 0 ? (shape[0] - 1) * dense[0] : 0;
  return [
    ["contiguous", { ...tensor(backend, dtype, shape, values) }],
    ["offset", placed(backend, dtype, shape, values, dense, 3)],
    ["gaps", placed(backend, dtype, shape, values, gaps, 1)],
    ["reversed", placed(backend, dtype, shape, values, reversed, 0)],
    ["backwards", placed(backend, dtype, shape, values, backwards, start)],
  ];
}

/** Row-major values written to memory at the given strides. */
export function placed(
  backend: Backend,
  dtype: DType,
  shape: readonly number[],
  values: ArrayLike<number>,
  strides: readonly number[],
  offset: number,
): View {
  const at = offsets(shape, strides, offset);
  const size = at.reduce((most, position) => Math.max(most, position), 0) + 6;
  const memory = new Array<number>(size).fill(dtype === "f32" ? Number.NaN : 77);
  at.forEach((position, i) => {
    memory[position] = values[i];
  });
  return { ...tensor(backend, dtype, [size], memory), shape, strides, offset };
}

/** A dimension of stride 0 in front, or along `axis`: values of `shape` without it. */
export function broadcast(view: View, axis: number, size: number): View {
  const shape = [...view.shape];
  const strides = [...view.strides];
  shape.splice(axis, 0, size);
  strides.splice(axis, 0, 0);
  return { ...view, shape, strides };
}

/** Where each element lies, row-major. */
export function offsets(shape: readonly number[], strides: readonly number[], offset: number): number[] {
  let at = [offset];
  shape.forEach((size, d) => {
    at = at.flatMap((base) => Array.from({ length: size }, (_, i) => base + i * strides[d]));
  });
  return at;
}

/** Every index tuple of a shape, row-major. */
export function* indices(shape: readonly number[]): Generator<number[]> {
  const size = shape.reduce((a, b) => a * b, 1);
  for (let flat = 0; flat < size; flat++) {
    const index = new Array<number>(shape.length);
    let rest = flat;
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d] = rest % shape[d];
      rest = Math.floor(rest / shape[d]);
    }
    yield index;
  }
}
