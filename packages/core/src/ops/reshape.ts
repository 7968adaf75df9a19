import { ShapeError } from "../errors.ts";
import { formatShape, normalizeAxis, reshapeStrides, sameShape, sizeOf } from "../layout.ts";
import { defineOp, runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { copy } from "./copy.ts";

const reshapeOp = defineOp<[Tensor], { readonly shape: readonly number[] }>("reshape", {
  alias([x], { shape }) {
    const strides = reshapeStrides(x, shape);
    if (strides === null) throw new ShapeError(`reshape: ${x.describe()} needs a copy`);
    return { shape, strides, offset: x.offset };
  },
  vjp: ({ grad, specs }) => [reshape(grad, specs[0].shape)],
});

/** The first -1 becomes what is left of `size` elements. */
function withoutFree(shape: readonly number[], size: number): readonly number[] {
  const free = shape.indexOf(-1);
  const known = sizeOf(shape.filter((extent) => extent !== -1));
  return shape.map((extent, d) => (d === free ? (known === 0 ? 0 : size / known) : extent));
}

function resolveShape(x: Tensor, shape: readonly number[]): readonly number[] {
  const resolved = shape.includes(-1) ? withoutFree(shape, x.size) : shape;
  let valid = sizeOf(resolved) === x.size;
  for (let d = 0; d < resolved.length; d++) valid &&= Number.isInteger(resolved[d]) && resolved[d] >= 0;
  if (!valid) {
    throw new ShapeError(
      `reshape: ${x.size} elements do not fill ${formatShape(shape)} (got ${x.describe()})`,
    );
  }
  return resolved;
}

/**
 * The same elements in row-major order, seen with another shape; one size may be -1. A view where strides allow it,
 * otherwise a copy.
 *
 * @example const y = reshape(arange(0, 6), [2, -1]); // [2, 3]
 */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  const resolved = resolveShape(x, shape);
  if (sameShape(resolved, x.shape)) return x;
  if (x.isContiguous || reshapeStrides(x, resolved) !== null)
    return runOne(reshapeOp, [x], { shape: resolved });
  return reshapedCopy(x, resolved);
}

function reshapedCopy(x: Tensor, shape: readonly number[]): Tensor {
  return tidy(() => runOne(reshapeOp, [copy(x)], { shape }));
}

/** Dimensions `start` to `end` (included) as one. */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  if (x.rank === 0) return reshape(x, [1]);
  const from = normalizeAxis("flatten", start, x.rank);
  const to = normalizeAxis("flatten", end, x.rank);
  return reshape(x, [
    ...x.shape.slice(0, from),
    sizeOf(x.shape.slice(from, to + 1)),
    ...x.shape.slice(to + 1),
  ]);
}

/** Without its dimensions of size 1, or without that one (if its size is 1). */
export function squeeze(x: Tensor, axis?: number): Tensor {
  const at = axis === undefined ? -1 : normalizeAxis("squeeze", axis, x.rank);
  return reshape(
    x,
    x.shape.filter((size, d) => size !== 1 || (axis !== undefined && d !== at)),
  );
}

/** With a dimension of size 1 put in at `axis` (-1: at the end). */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis("unsqueeze", axis, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}
