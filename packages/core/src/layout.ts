import { ShapeError } from "./errors.ts";

/** Shape, strides and offset, in elements: where the elements of a tensor lie in its storage. */
export interface Layout {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Number of elements; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i];
  return size;
}

/** Row-major strides. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = shape.slice(); // as many, and without holes: V8 has another kind of array for these
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

/** Whether the elements lie row-major without gaps (the offset may be anything). */
export function isContiguous(layout: Layout): boolean {
  const { shape, strides } = layout;
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i];
    // No `includes`: optimised code of V8 that had it inlined was thrown away, and made again, hundreds of times.
    if (size !== 1 && strides[i] !== stride) return sizeOf(shape) === 0;
    stride *= size;
  }
  return true;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** `[2,3,4]`, as error messages print it. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(",")}]`;
}

/** The shape that operands broadcast to (NumPy's rule: aligned at the end, equal or 1). */
export function broadcastShapes(name: string, ...shapes: readonly (readonly number[])[]): number[] {
  let longest: readonly number[] = [];
  for (const shape of shapes) if (shape.length > longest.length) longest = shape;
  const result = longest.slice();
  for (const shape of shapes) {
    const lead = result.length - shape.length;
    for (let i = 0; i < shape.length; i++) {
      const at = lead + i;
      if (result[at] === shape[i] || shape[i] === 1) continue;
      if (result[at] !== 1)
        throw new ShapeError(`${name}: shapes do not broadcast (${shapes.map(formatShape).join(", ")})`);
      result[at] = shape[i];
    }
  }
  return result;
}

/** `layout` seen with `shape`: stride 0 along broadcast dimensions. The shape must be one that it broadcasts to. */
export function broadcastLayout(name: string, layout: Layout, shape: readonly number[]): Layout {
  if (sameShape(layout.shape, shape)) return layout;
  const lead = shape.length - layout.shape.length;
  if (lead < 0)
    throw new ShapeError(`${name}: ${formatShape(layout.shape)} does not broadcast to ${formatShape(shape)}`);
  const strides = shape.slice();
  for (let i = 0; i < lead; i++) strides[i] = 0;
  for (let i = 0; i < layout.shape.length; i++) {
    const size = layout.shape[i];
    if (size === shape[lead + i]) strides[lead + i] = layout.strides[i];
    else if (size === 1) strides[lead + i] = 0;
    else
      throw new ShapeError(
        `${name}: ${formatShape(layout.shape)} does not broadcast to ${formatShape(shape)}`,
      );
  }
  return { shape: shape.slice(), strides, offset: layout.offset };
}

/** A dimension index in `[-rank, rank)` as one in `[0, rank)`. */
export function normalizeAxis(name: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(`${name}: axis ${axis} is not one of a tensor with ${rank} dimensions`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** One axis, several, or all (`undefined`), ascending, without repetition. Of a scalar, 0 and -1 name no axis, as in PyTorch. */
export function normalizeAxes(
  name: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const named = typeof axes === "number" ? [axes] : axes;
  if (rank === 0 && named.every((axis) => axis === 0 || axis === -1)) return [];
  const list = named.map((axis) => normalizeAxis(name, axis, rank));
  if (new Set(list).size !== list.length)
    throw new ShapeError(`${name}: an axis is named twice (${formatShape(list)})`);
  return list.sort((a, b) => a - b);
}

/**
 * Strides that show `layout` with another shape of the same size without moving anything, or null where only a copy
 * can do it.
 */
export function reshapeStrides(layout: Layout, shape: readonly number[]): number[] | null {
  if (isContiguous(layout)) return contiguousStrides(shape);
  if (sizeOf(shape) === 0) return contiguousStrides(shape);
  const oldShape: number[] = [];
  const oldStrides: number[] = [];
  layout.shape.forEach((size, i) => {
    if (size === 1) return;
    oldShape.push(size);
    oldStrides.push(layout.strides[i]);
  });
  const strides = new Array<number>(shape.length).fill(1);
  let from = 0;
  let to = 0;
  while (from < oldShape.length && to < shape.length) {
    if (shape[to] === 1) {
      to++;
      continue;
    }
    // Grow a group of old and of new dimensions until both hold the same number of elements.
    let fromEnd = from + 1;
    let toEnd = to + 1;
    let oldSize = oldShape[from];
    let newSize = shape[to];
    while (oldSize !== newSize) {
      if (oldSize < newSize) oldSize *= oldShape[fromEnd++];
      else newSize *= shape[toEnd++];
    }
    for (let i = from; i < fromEnd - 1; i++) {
      if (oldStrides[i] !== oldShape[i + 1] * oldStrides[i + 1]) return null;
    }
    let stride = oldStrides[fromEnd - 1];
    for (let i = toEnd - 1; i >= to; i--) {
      strides[i] = stride;
      stride *= shape[i];
    }
    from = fromEnd;
    to = toEnd;
  }
  return strides;
}
