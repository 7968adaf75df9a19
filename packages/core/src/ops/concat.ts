import { widened } from "../autocast.ts";
import type { Backend } from "../backend.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { formatShape, normalizeAxis } from "../layout.ts";
import { defineOp, type KernelRef, runOne } from "../op.ts";
import { scoped } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { unsqueeze } from "./reshape.ts";
import { narrow } from "./slice.ts";

/** Each input is copied into its slice of the output. */
const concatKernel: KernelRef<readonly Tensor[], { readonly axis: number }> = {
  supports: () => true,
  launch(backend: Backend, inputs, [out], { axis }) {
    let at = 0;
    for (const input of inputs) {
      const offset = at * out.strides[axis];
      backend.kernels.copy(
        [input],
        [{ buffer: out.buffer, dtype: out.dtype, shape: input.shape, strides: out.strides, offset }],
        {},
      );
      at += input.shape[axis];
    }
  },
};

const concatOp = defineOp<readonly Tensor[], { readonly axis: number }>("concat", {
  infer(inputs, { axis }) {
    const [first] = inputs;
    for (const { shape, dtype } of inputs) {
      const fits =
        shape.length === first.rank && shape.every((size, d) => d === axis || size === first.shape[d]);
      if (!fits)
        throw new ShapeError(
          `concat: shapes differ beside axis ${axis} (${inputs.map((x) => formatShape(x.shape)).join(", ")})`,
        );
      if (dtype !== first.dtype)
        throw new DTypeError(`concat: dtypes differ (${inputs.map((x) => x.dtype).join(", ")})`);
    }
    const total = inputs.reduce((sum, input) => sum + input.shape[axis], 0);
    return [{ dtype: first.dtype, shape: first.shape.map((size, d) => (d === axis ? total : size)) }];
  },
  kernel: concatKernel,
  vjp({ grad, specs, attrs: { axis } }) {
    let at = 0;
    return specs.map(({ shape }) => {
      const part = narrow(grad, axis, at, shape[axis]);
      at += shape[axis];
      return part;
    });
  },
});

/**
 * Tensors one behind the other along an axis.
 *
 * @throws ShapeError if there are none, or sizes differ beside that axis
 * @example const y = concat([zeros([2, 3]), ones([2, 1])], 1); // [2, 4]
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  if (tensors.length === 0) throw new ShapeError("concat: needs at least one tensor (got none)");
  const attrs = { axis: normalizeAxis("concat", axis, tensors[0].rank) };
  // Under autocast, what computed in f16 and what did not may meet here.
  if (!tensors.some(({ dtype }) => dtype === "f32")) return runOne(concatOp, tensors, attrs);
  return scoped(() => runOne(concatOp, widened(...tensors), attrs));
}

/** Tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  return scoped(() =>
    concat(
      tensors.map((x) => unsqueeze(x, axis)),
      axis,
    ),
  );
}

/** Views of consecutive pieces along an axis: all of `sizes` (the last may be smaller), or of the sizes in a list. */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  const at = normalizeAxis("split", axis, x.rank);
  const total = x.shape[at];
  if (typeof sizes === "number") {
    if (!Number.isInteger(sizes) || sizes < 1)
      throw new ShapeError(`split: the size of a piece must be a positive integer (got ${sizes})`);
    const starts = Array.from({ length: Math.max(1, Math.ceil(total / sizes)) }, (_, i) => i * sizes);
    return starts.map((start) => narrow(x, at, start, Math.min(sizes, total - start)));
  }
  if (sizes.reduce((sum, size) => sum + size, 0) !== total) {
    throw new ShapeError(
      `split: sizes ${formatShape(sizes)} do not add up to ${total} (dimension ${at} of ${x.describe()})`,
    );
  }
  let start = 0;
  return sizes.map((size) => {
    const part = narrow(x, at, start, size);
    start += size;
    return part;
  });
}
