import { ArgumentError } from "../errors.ts";
import { normalizeAxis } from "../layout.ts";
import { defineOp, required, run } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { scatterAddInto } from "./gather.ts";

interface TopKAttrs {
  readonly axis: number;
  readonly k: number;
  readonly largest: boolean;
}

const topKOp = defineOp<readonly [Tensor], TopKAttrs>("topK", {
  infer([x], { axis, k }) {
    const shape = x.shape.map((size, d) => (d === axis ? k : size));
    return [
      { dtype: x.dtype, shape },
      { dtype: "i32", shape },
    ];
  },
  kernel: required("topK"),
  saves: () => ({ outputs: [1] }),
  vjp: ({ grad, outputs: [, indices], specs, attrs }) => [
    scatterAddInto(specs[0].shape, indices, grad, attrs.axis),
  ],
});

/** Values, and where they were (i32). */
export interface ValuesAndIndices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/**
 * The k largest (or smallest) elements along an axis, in order; of equals the first comes first; NaN is the largest.
 *
 * @throws ArgumentError unless 0 <= k <= the size of that axis
 * @example const { values, indices } = topK(tensor([3, 1, 2]), 2); // [3, 2], [0, 2]
 */
export function topK(
  x: Tensor,
  k: number,
  axis = -1,
  options: { readonly largest?: boolean } = {},
): ValuesAndIndices {
  const at = normalizeAxis("topK", axis, x.rank);
  if (!Number.isInteger(k) || k < 0 || k > x.shape[at]) {
    throw new ArgumentError(
      `topK: k must be an integer in [0, ${x.shape[at]}] (got ${k} for ${x.describe()})`,
    );
  }
  const [values, indices] = run(topKOp, [x], { axis: at, k, largest: options.largest ?? true });
  return { values, indices };
}

/** All elements along an axis in order, stable; NaN is the largest. */
export function sort(
  x: Tensor,
  axis = -1,
  options: { readonly descending?: boolean } = {},
): ValuesAndIndices {
  const at = normalizeAxis("sort", axis, x.rank);
  return topK(x, x.shape[at], at, { largest: options.descending ?? false });
}

/** Indices (i32) that put the elements along an axis in order, stable; NaN is the largest. */
export function argsort(x: Tensor, axis = -1, options: { readonly descending?: boolean } = {}): Tensor {
  return tidy(() => sort(x, axis, options).indices);
}
