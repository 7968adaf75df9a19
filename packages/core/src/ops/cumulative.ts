import type { ScanName } from "../backend.ts";
import { normalizeAxis, sizeOf } from "../layout.ts";
import { defineOp, type KernelRef, type Op, required, runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { arange } from "./arange.ts";
import { mul } from "./arithmetic.ts";
import { asCountable, cast } from "./cast.ts";
import { eq, ge } from "./compare.ts";
import { concat } from "./concat.ts";
import { expand } from "./expand.ts";
import { fullLike } from "./fill.ts";
import { flip } from "./flip.ts";
import { permute } from "./permute.ts";
import { sum } from "./reduce.ts";
import { reshape, unsqueeze } from "./reshape.ts";
import { narrow } from "./slice.ts";
import { where } from "./where.ts";

interface ScanAttrs {
  readonly op: ScanName;
  readonly axis: number;
  readonly reverse: boolean;
}

type ScanOp = Op<readonly [Tensor], ScanAttrs>;
const scanKernel: KernelRef<readonly [Tensor], ScanAttrs> = required("scan");

const cumsumOp: ScanOp = defineOp<readonly [Tensor], ScanAttrs>("cumsum", {
  infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
  kernel: scanKernel,
  vjp: ({ grad, attrs }) => [runOne(cumsumOp, [grad], { ...attrs, reverse: !attrs.reverse })],
});

const cumprodOp: ScanOp = defineOp<readonly [Tensor], ScanAttrs>("cumprod", {
  infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
  kernel: scanKernel,
  saves: () => ({ inputs: [0] }),
  vjp({ grad, inputs: [x], attrs: { axis, reverse } }) {
    if (!reverse) return [cumprodVjp(grad, x, axis)];
    return [flip(cumprodVjp(flip(grad, axis), flip(x, axis), axis), axis)];
  },
});

/** Sum of x up to each element along an axis. */
export function cumsum(x: Tensor, axis: number): Tensor {
  const attrs = { op: "sum", axis: normalizeAxis("cumsum", axis, x.rank), reverse: false } as const;
  return asCountable(x, (y) => runOne(cumsumOp, [y], attrs));
}

/** Product of x up to each element along an axis. */
export function cumprod(x: Tensor, axis: number): Tensor {
  const attrs = { op: "prod", axis: normalizeAxis("cumprod", axis, x.rank), reverse: false } as const;
  return asCountable(x, (y) => runOne(cumprodOp, [y], attrs));
}

/** Products of the elements before (or, reversed, after) each along an axis: the scan, shifted by one. */
function exclusiveProduct(x: Tensor, axis: number, reverse: boolean): Tensor {
  const length = x.shape[axis];
  const product = runOne(cumprodOp, [x], { op: "prod", axis, reverse });
  const one = fullLike(narrow(x, axis, 0, Math.min(1, length)), 1);
  if (length === 0) return product;
  const rest = narrow(product, axis, reverse ? 1 : 0, length - 1);
  return concat(reverse ? [rest, one] : [one, rest], axis);
}

/** For each element, the product of all others over `axes`. @internal */
export function cumprodExclusive(x: Tensor, axes: readonly number[]): Tensor {
  const kept = x.shape.map((_, d) => d).filter((d) => !axes.includes(d));
  const order = [...kept, ...axes];
  const keptShape = kept.map((d) => x.shape[d]);
  const rows = reshape(permute(x, order), [...keptShape, sizeOf(axes.map((d) => x.shape[d]))]);
  const others = mul(exclusiveProduct(rows, kept.length, false), exclusiveProduct(rows, kept.length, true));
  return permute(
    reshape(
      others,
      order.map((d) => x.shape[d]),
    ),
    order.map((_, d) => order.indexOf(d)),
  );
}

/**
 * `dx_j = sum_{i >= j} g_i prod_{k <= i, k != j} x_k`, as one [n, n] matrix per row: right where x has zeros.
 */
function cumprodVjp(grad: Tensor, x: Tensor, axis: number): Tensor {
  const length = x.shape[axis];
  const order = [...x.shape.map((_, d) => d).filter((d) => d !== axis), axis];
  const back = order.map((_, d) => order.indexOf(d));
  const rows = reshape(permute(x, order), [-1, 1, length]);
  if (x.size === 0) return x;
  const gradRows = reshape(permute(grad, order), [-1, 1, length]);
  return permute(
    reshape(
      productsWithout(rows, gradRows),
      order.map((d) => x.shape[d]),
    ),
    back,
  );
}

/** rows, grads [R, 1, n] -> [R, n]: element j is `sum_{i >= j} g_i prod_{k <= i, k != j} x_k`. */
function productsWithout(rows: Tensor, grads: Tensor): Tensor {
  const [count, , length] = rows.shape;
  const index = arange(0, length, 1, { backend: rows.backend });
  const diagonal = eq(unsqueeze(index, 1), index);
  const replaced = where(diagonal, fullLike(rows, 1), expand(rows, [count, length, length]));
  const products = cumprod(replaced, 2);
  const visible = cast(ge(index, unsqueeze(index, 1)), rows.dtype);
  return sum(mul(mul(products, visible), grads), 2);
}
