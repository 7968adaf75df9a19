import {
  ArgumentError,
  autocastDtype,
  type Backend,
  cast,
  type DType,
  DTypeError,
  isFloat,
  requirePositiveInteger,
  ShapeError,
  sameShape,
  type Tensor,
} from "@saccade/core";

/** What the rows of a cache are like. */
export interface RowOptions {
  /** Key/value heads, `K`. */
  readonly heads: number;
  /** Of a head of the keys, `E`. */
  readonly width: number;
  /** Of a head of the values, `Ev`. Default `width`. */
  readonly valueWidth?: number;
  /** Default "f32". */
  readonly dtype?: DType;
  /** Default: the one of `setBackend`. */
  readonly backend?: Backend;
}

/** @throws ArgumentError unless batch is 0 or more, and all sizes are positive integers */
export function requireSizes(owner: string, batch: number, sizes: Readonly<Record<string, number>>): void {
  if (!Number.isInteger(batch) || batch < 0) {
    throw new ArgumentError(`${owner}: batch must be a non-negative integer (got ${batch})`);
  }
  for (const [name, value] of Object.entries(sizes)) requirePositiveInteger(owner, name, value);
}

/** A cache's memory as far as rows must fit it: `B`, `K`, the width of a head. */
export interface RowTarget {
  readonly batch: number;
  readonly heads: number;
  readonly width: number;
  readonly like: Tensor;
}

function requireRow(
  owner: string,
  x: Tensor,
  name: "k" | "v",
  { batch, heads, width, like }: RowTarget,
  k: Tensor,
): void {
  if (x.rank !== 4 || !sameShape(x.shape, [batch, heads, k.shape[2], width])) {
    const length = name === "k" ? "length" : k.shape[2];
    throw new ShapeError(
      `${owner}: ${name} must be [${batch},${heads},${length},${width}] (got ${x.describe()})`,
    );
  }
  if (x.dtype !== like.dtype) {
    throw new DTypeError(`${owner}: ${name} must be ${like.dtype}, as the cache (got ${x.dtype})`);
  }
  if (x.backend !== like.backend) {
    throw new ArgumentError(
      `${owner}: the cache lives on the ${like.backend.name} backend, ${name} on another (${x.backend.name})`,
    );
  }
}

/** @throws ShapeError, DTypeError, ArgumentError unless k and v are rows of these caches, equally many */
export function requireRows(owner: string, k: Tensor, v: Tensor, keys: RowTarget, values: RowTarget): void {
  requireRow(owner, k, "k", keys, k);
  requireRow(owner, v, "v", values, k);
}

/**
 * Rows as a cache holds them: under autocast, floats of another dtype in that of the cache; otherwise they themselves. In
 * the current scope.
 */
export function rowsFor(like: Tensor, x: Tensor): Tensor {
  const differs = x.dtype !== like.dtype && isFloat(x.dtype) && isFloat(like.dtype);
  return autocastDtype() !== null && differs ? cast(x, like.dtype) : x;
}

/** The dtype of a cache for a module whose weights have this one: that of autocast, where a module is used under it. */
export function cacheDtype(weights: DType): DType {
  return weights === "f32" ? (autocastDtype() ?? weights) : weights;
}

/** @throws ArgumentError unless `length` is an integer in [0, most] */
export function requireLength(owner: string, length: number, most: number): void {
  if (Number.isInteger(length) && length >= 0 && length <= most) return;
  throw new ArgumentError(`${owner}: truncate takes an integer in [0, length ${most}] (got ${length})`);
}
