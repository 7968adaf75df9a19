import { requireFloat } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { normalizeAxes } from "../layout.ts";
import { defineOp, type Op, runOne, type VjpContext } from "../op.ts";
import { scoped } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { div, mul } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { eq, ne } from "./compare.ts";
import { fullLike } from "./fill.ts";
import { type Axes, amax, amin, type ReduceOptions, sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { abs, powScalar, sign, sqrt, square } from "./unary.ts";
import { where } from "./where.ts";

interface NormAttrs {
  readonly p: number;
  readonly axes: readonly number[];
}

/** Keeps dimensions. */
function compose(x: Tensor, { p, axes }: NormAttrs): Tensor {
  const keep = { keepDims: true };
  if (p === 2) return sqrt(sum(square(x), axes, keep));
  if (p === 1) return sum(abs(x), axes, keep);
  if (p === Number.POSITIVE_INFINITY) return amax(abs(x), axes, keep);
  if (p === Number.NEGATIVE_INFINITY) return amin(abs(x), axes, keep);
  if (p === 0) return cast(sum(ne(x, 0), axes, keep), x.dtype);
  return powScalar(sum(powScalar(abs(x), p), axes, keep), 1 / p);
}

function vjp({
  grad,
  inputs: [x],
  outputs: [norm],
  attrs: { p, axes },
}: VjpContext<readonly [Tensor], NormAttrs>): readonly Tensor[] {
  const none = fullLike(x, 0);
  if (p === 0) return [none];
  if (p === 1) return [mul(grad, sign(x))];
  if (!Number.isFinite(p)) {
    // Elements that attain the extremum share the gradient.
    const attained = cast(eq(abs(x), norm), x.dtype);
    return [mul(mul(sign(x), attained), div(grad, sum(attained, axes, { keepDims: true })))];
  }
  const scaled =
    p === 2 ? mul(x, div(grad, norm)) : mul(mul(sign(x), powScalar(div(abs(x), norm), p - 1)), grad);
  return [where(eq(norm, 0), none, scaled)];
}

const normOp: Op<readonly [Tensor], NormAttrs> = defineOp<readonly [Tensor], NormAttrs>("norm", {
  infer: ([x], { axes }) => [
    { dtype: x.dtype, shape: x.shape.map((size, d) => (axes.includes(d) ? 1 : size)) },
  ],
  compose: ([x], attrs) => [compose(x, attrs)],
  saves: () => ({ inputs: [0], outputs: [0] }),
  vjp,
});

/**
 * The p-norm over axes, `(sum |x|^p)^(1/p)`; the largest |x| for p = Infinity, the smallest for -Infinity, the number of
 * non-zeros for 0. The gradient at the zero vector is 0.
 *
 * @param p  default 2
 * @throws ArgumentError if p is NaN
 * @example norm(tensor([3, -4])); // => 5
 */
export function norm(x: Tensor, p = 2, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return scoped(() => {
    requireFloat("norm", x);
    if (Number.isNaN(p)) throw new ArgumentError("norm: p is NaN");
    const list = normalizeAxes("norm", axes, x.rank);
    const result = runOne(normOp, [x], { p, axes: list });
    return options.keepDims
      ? result
      : reshape(
          result,
          x.shape.filter((_, d) => !list.includes(d)),
        );
  });
}
