import { requireDtype } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, normalizeAxis } from "../layout.ts";
import { defineOp, type KernelRef, required, runOne } from "../op.ts";
import { scoped } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { ge, logicalAnd, lt } from "./compare.ts";
import { expand } from "./expand.ts";
import { full, fullLike } from "./fill.ts";
import { reshape } from "./reshape.ts";
import { where } from "./where.ts";

interface GatherAttrs {
  readonly axis: number;
}

function checkIndex(name: string, x: readonly number[], index: Tensor, axis: number): void {
  requireDtype(name, index, "i32", "index");
  const fits = index.rank === x.length && index.shape.every((size, d) => d === axis || size <= x[d]);
  if (!fits)
    throw new ShapeError(
      `${name}: index ${formatShape(index.shape)} does not fit ${formatShape(x)} beside axis ${axis}`,
    );
}

const gatherOp = defineOp<readonly [Tensor, Tensor], GatherAttrs>("gather", {
  infer([x, index], { axis }) {
    checkIndex("gather", x.shape, index, axis);
    return [{ dtype: x.dtype, shape: index.shape }];
  },
  kernel: required("gather"),
  saves: () => ({ inputs: [1] }),
  vjp: ({ grad, inputs: [, index], specs, attrs }) => [
    scatterAddInto(specs[0].shape, index, grad, attrs.axis),
    null,
  ],
});

/** Zeros, then the sources added where the index says. */
const scatterKernel: KernelRef<
  readonly [Tensor, Tensor],
  GatherAttrs & { readonly shape: readonly number[] }
> = {
  supports: () => true,
  launch(backend, [index, src], [out], attrs) {
    backend.kernels.fill([], [out], { value: 0 });
    backend.kernels.scatterAdd([index, src], [out], attrs);
  },
};

const scatterAddOp = defineOp<readonly [Tensor, Tensor], GatherAttrs & { readonly shape: readonly number[] }>(
  "scatterAdd",
  {
    infer([index, src], { axis, shape }) {
      checkIndex("scatterAdd", shape, index, axis);
      const fits = index.shape.every((size, d) => size === src.shape[d]) && index.rank === src.rank;
      if (!fits)
        throw new ShapeError(
          `scatterAdd: index ${formatShape(index.shape)} and source ${formatShape(src.shape)} differ`,
        );
      return [{ dtype: src.dtype, shape }];
    },
    kernel: scatterKernel,
    saves: () => ({ inputs: [0] }),
    vjp({ grad, inputs: [index], attrs: { axis, shape } }) {
      const read = runOne(gatherOp, [grad, index], { axis });
      // What was dropped has no influence; to read there would give NaN.
      const inside = logicalAnd(ge(index, 0), lt(index, shape[axis]));
      return [null, where(inside, read, fullLike(read, 0))];
    },
  },
);

/**
 * `out[.., i, ..] = x[.., index[.., i, ..], ..]` along an axis; the index (i32) has x's rank and the result's shape.
 * An index out of range gives NaN (0 for integers).
 *
 * @example const y = gather(tensor([[1, 2], [3, 4]]), tensor([[0], [1]], { dtype: "i32" }), 1); // [[1], [4]]
 */
export function gather(x: Tensor, index: Tensor, axis: number): Tensor {
  return runOne(gatherOp, [x, index], { axis: normalizeAxis("gather", axis, x.rank) });
}

/**
 * Zeros of `shape`, with `src` added at `out[.., index[.., i, ..], ..]`: repeated indices accumulate, in order; those
 * out of range are dropped.
 */
export function scatterAddInto(shape: readonly number[], index: Tensor, src: Tensor, axis: number): Tensor {
  return runOne(scatterAddOp, [index, src], { axis: normalizeAxis("scatterAdd", axis, shape.length), shape });
}

/**
 * Slices of x along an axis, by a 1-D index (i32): the rows of an embedding, for axis 0.
 *
 * @example const rows = indexSelect(ones([10, 4]), tensor([1, 1, 3], { dtype: "i32" }), 0); // [3, 4]
 */
export function indexSelect(x: Tensor, index: Tensor, axis: number): Tensor {
  return scoped(() => {
    if (index.rank !== 1)
      throw new ShapeError(`indexSelect: the index must have one dimension (got ${index.describe()})`);
    const at = normalizeAxis("indexSelect", axis, x.rank);
    const shape = x.shape.map((size, d) => (d === at ? index.size : size));
    const aligned = reshape(
      index,
      x.shape.map((_, d) => (d === at ? index.size : 1)),
    );
    return gather(x, expand(aligned, shape), at);
  });
}

/** One-hot rows of an index: `[...] -> [..., count]`, f32 (0 everywhere for an index out of range). */
export function oneHot(index: Tensor, count: number): Tensor {
  return scoped(() => {
    requireDtype("oneHot", index, "i32", "index");
    const shape = [...index.shape, count];
    const one = expand(full([], 1, { backend: index.backend }), [...index.shape, 1]);
    return scatterAddInto(shape, reshape(index, [...index.shape, 1]), one, -1);
  });
}
