import { currentAutocast } from "../autocast-state.ts";
import type { DType, ReduceName } from "../backend.ts";
import { isFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, normalizeAxes } from "../layout.ts";
import { defineOp, type Op, required, runOne, type VjpContext } from "../op.ts";
import { scoped, tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { div, mul } from "./arithmetic.ts";
import { asCountable, asFloat, cast } from "./cast.ts";
import { eq, ne } from "./compare.ts";
import { cumprodExclusive } from "./cumulative.ts";
import { expand } from "./expand.ts";
import { reshape } from "./reshape.ts";

/** One axis, several, or (absent) all. */
export type Axes = number | readonly number[] | undefined;

export interface ReduceOptions {
  /** Keep the reduced dimensions, with size 1. Default false. */
  readonly keepDims?: boolean;
}

interface ReduceAttrs {
  readonly op: ReduceName;
  readonly axes: readonly number[];
  /** Of the result: f32 for a sum of f16 that is not to be rounded. Default that of x. */
  readonly dtype?: DType;
}

type ReduceOp = Op<readonly [Tensor], ReduceAttrs>;

/** The op keeps dimensions; the functions drop them. */
function defineReduce(
  name: ReduceName,
  rule: {
    readonly saves?: { readonly inputs?: readonly number[]; readonly outputs?: readonly number[] };
    readonly vjp?: (context: VjpContext<readonly [Tensor], ReduceAttrs>) => readonly Tensor[];
    readonly dtype?: DType;
  },
): ReduceOp {
  const { saves, vjp, dtype } = rule;
  return defineOp<readonly [Tensor], ReduceAttrs>(name, {
    infer: ([x], { axes, dtype: wanted }) => [
      { dtype: dtype ?? wanted ?? x.dtype, shape: x.shape.map((size, d) => (axes.includes(d) ? 1 : size)) },
    ],
    kernel: required("reduce"),
    differentiable: vjp !== undefined,
    ...(vjp ? { vjp, saves: () => saves ?? {} } : {}),
  });
}

function runReduce(
  op: ReduceOp,
  name: ReduceName,
  x: Tensor,
  axes: Axes,
  options: ReduceOptions,
  dtype?: DType,
): Tensor {
  const list = normalizeAxes(name, axes, x.rank);
  const attrs = { op: name, axes: list, ...(dtype ? { dtype } : {}) };
  if (options.keepDims) return runOne(op, [x], attrs);
  const shape = x.shape.filter((_, d) => !list.includes(d));
  return scoped(() => reshape(runOne(op, [x], attrs), shape));
}

/** Spreads the gradient of an extremum evenly over the elements that attain it. */
function extremumVjp({
  grad,
  inputs: [x],
  outputs: [y],
  attrs,
}: VjpContext<readonly [Tensor], ReduceAttrs>): readonly Tensor[] {
  const attained = cast(eq(x, y), x.dtype);
  const count = runOne(sumOp, [attained], { op: "sum", axes: attrs.axes });
  return [mul(attained, div(grad, count))];
}

const sumOp = defineReduce("sum", {
  vjp: ({ grad, specs: [{ dtype, shape }] }) => [expand(cast(grad, dtype), shape)],
});
const maxOp = defineReduce("max", { saves: { inputs: [0], outputs: [0] }, vjp: extremumVjp });
const minOp = defineReduce("min", { saves: { inputs: [0], outputs: [0] }, vjp: extremumVjp });
const anyOp = defineReduce("any", { dtype: "u8" });
const allOp = defineReduce("all", { dtype: "u8" });
const prodOp = defineReduce("prod", {
  saves: { inputs: [0] },
  // The product of all the others: right also where some are 0.
  vjp: ({ grad, inputs: [x], attrs }) => [mul(grad, cumprodExclusive(x, attrs.axes))],
});

/**
 * Sum over axes (all unless told otherwise). Integers stay integers (32 bits, wrapping); masks are counted.
 *
 * @example const rows = sum(ones([2, 3]), 1); // [2]
 */
export function sum(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const wide = x.dtype === "f16" && currentAutocast() !== null;
  return wide ? wideSum(x, axes, options) : asCountable(x, (y) => runReduce(sumOp, "sum", y, axes, options));
}

/** f32 of f16, which is not rounded on the way. */
function wideSum(x: Tensor, axes: Axes, options: ReduceOptions): Tensor {
  return runReduce(sumOp, "sum", x, axes, options, "f32");
}

/** Product over axes; 1 for no elements. */
export function prod(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return asCountable(x, (y) => runReduce(prodOp, "prod", y, axes, options));
}

/** Arithmetic mean over axes, float; NaN for no elements. */
export function mean(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const list = normalizeAxes("mean", axes, x.rank);
  const count = list.reduce((product, d) => product * x.shape[d], 1);
  if (x.dtype !== "f16") return asFloat(x, (y) => scoped(() => div(sum(y, axes, options), count)));
  // The sum may be beyond f16 where the mean is not.
  return tidy(() => {
    const exact = div(wideSum(x, axes, options), count);
    return currentAutocast() === null ? cast(exact, "f16") : exact;
  });
}

function requireElements(name: string, x: Tensor, axes: Axes): void {
  const empty = normalizeAxes(name, axes, x.rank).some((d) => x.shape[d] === 0);
  if (empty && x.shape.every((size, d) => size > 0 || normalizeAxes(name, axes, x.rank).includes(d))) {
    throw new ShapeError(`${name}: no elements to choose from (shape ${formatShape(x.shape)})`);
  }
}

/** Largest element over axes; NaN wins. Equal elements share the gradient evenly. */
export function amax(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  requireElements("amax", x, axes);
  return runReduce(maxOp, "max", x, axes, options);
}

/** Smallest element over axes; NaN wins. Equal elements share the gradient evenly. */
export function amin(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  requireElements("amin", x, axes);
  return runReduce(minOp, "min", x, axes, options);
}

/** Mask (u8): whether any element over the axes is not 0. */
export function any(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return tidy(() => runReduce(anyOp, "any", isFloat(x.dtype) ? ne(x, 0) : x, axes, options));
}

/** Mask (u8): whether every element over the axes is not 0. */
export function all(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return tidy(() => runReduce(allOp, "all", isFloat(x.dtype) ? ne(x, 0) : x, axes, options));
}
