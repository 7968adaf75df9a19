import type { View } from "@saccade/core/backend";

/** The loop nest of several views of one shape, with dimensions of size 1 left out and neighbours merged. */
export interface Nest {
  readonly sizes: readonly number[];
  /** Per view, per dimension. */
  readonly strides: readonly (readonly number[])[];
}

type Strided = Pick<View, "shape" | "strides">;

/** Merges what all views run through alike. */
export function nestOf(views: readonly Strided[]): Nest {
  const { shape } = views[0];
  const sizes: number[] = [];
  const strides: number[][] = views.map(() => []);
  for (let d = 0; d < shape.length; d++) {
    const size = shape[d];
    if (size === 1) continue;
    const last = sizes.length - 1;
    if (last >= 0 && views.every((view, v) => strides[v][last] === view.strides[d] * size)) {
      sizes[last] *= size;
      for (let v = 0; v < views.length; v++) strides[v][last] = views[v].strides[d];
    } else {
      sizes.push(size);
      for (let v = 0; v < views.length; v++) strides[v].push(views[v].strides[d]);
    }
  }
  return { sizes, strides };
}

/** The same elements, or some of them, with other dimensions. */
export function reviewed(
  { buffer, dtype, offset }: View,
  shape: readonly number[],
  strides: readonly number[],
  from = offset,
): View {
  return { buffer, dtype, shape, strides, offset: from };
}

/** `x` with the size of `like` in every dimension, at the start of `axis` always: where lines along it begin. */
export function lineStarts(x: View, like: View, axis: number): View {
  return reviewed(
    x,
    like.shape,
    x.strides.map((stride, d) => (d === axis ? 0 : stride)),
  );
}

/** The view without the dimensions of `axes`, and the view of those alone. */
export function splitAxes(view: View, axes: readonly number[]): { kept: View; taken: View } {
  const pick = (taken: boolean): View => {
    const dims = view.shape.map((_, d) => d).filter((d) => axes.includes(d) === taken);
    const shape = dims.map((d) => view.shape[d]);
    return reviewed(
      view,
      shape,
      dims.map((d) => view.strides[d]),
    );
  };
  return { kept: pick(false), taken: pick(true) };
}

export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (let d = 0; d < shape.length; d++) size *= shape[d];
  return size;
}

export function isContiguous({ shape, strides }: Strided): boolean {
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d];
    if (size !== 1 && strides[d] !== stride) return sizeOf(shape) === 0;
    stride *= size;
  }
  return true;
}

/** A contiguous view of a buffer. */
export function contiguous(buffer: number, dtype: View["dtype"], shape: readonly number[]): View {
  const strides = new Array<number>(shape.length);
  for (let d = shape.length - 1, stride = 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape[d];
  }
  return { buffer, dtype, shape, strides, offset: 0 };
}
