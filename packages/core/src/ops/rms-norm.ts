import { requireFloat, statisticDtype } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, sizeOf } from "../layout.ts";
import { defineOp, fused, run } from "../op.ts";
import { scoped } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { contiguous } from "./copy.ts";
import { fullLike } from "./fill.ts";
import { rstdSlope } from "./layer-norm.ts";
import { mean, sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { rsqrt, square } from "./unary.ts";

/** x [R, D], weight [D] -> y, 1/rms [R]. */
const rmsNormOp = defineOp<readonly [Tensor, Tensor | null], { readonly eps: number }>("rmsNorm", {
  infer: ([x]) => [
    { dtype: x.dtype, shape: x.shape },
    { dtype: statisticDtype(x.dtype), shape: [x.shape[0]] },
  ],
  kernel: fused("rmsNorm"),
  compose([x, weight], { eps }) {
    const scale = rsqrt(add(mean(square(x), 1, { keepDims: true }), eps));
    const normal = mul(x, scale);
    return [weight ? mul(normal, weight) : normal, reshape(scale, [-1])];
  },
  saves: () => ({ inputs: [0, 1], outputs: [1] }),
  vjp({ grads: [dy, dRstd], inputs: [x, weight], outputs: [, scale] }) {
    const dOut = contiguous(dy ?? fullLike(x, 0));
    const [dx, dWeight] = run(rmsNormBackwardOp, [x, weight, scale, dOut], {});
    // 1/rms has a gradient where the gradient itself is differentiated: its rule reads it.
    return [dRstd ? cast(add(dx, rstdSlope(dRstd, x, scale)), x.dtype) : dx, dWeight];
  },
});

/** -> dx, dWeight. */
const rmsNormBackwardOp = defineOp<readonly [Tensor, Tensor | null, Tensor, Tensor], Record<never, never>>(
  "rmsNormBackward",
  {
    infer: ([x, weight]) => [
      { dtype: x.dtype, shape: x.shape },
      { dtype: weight?.dtype ?? x.dtype, shape: [x.shape[1]] },
    ],
    kernel: fused("rmsNormBackward"),
    compose([x, weight, scale, dy]) {
      const rstd = reshape(scale, [-1, 1]);
      const normal = mul(x, rstd);
      const dNormal = weight ? mul(dy, weight) : dy;
      const projected = mul(normal, mean(mul(dNormal, normal), 1, { keepDims: true }));
      return [mul(sub(dNormal, projected), rstd), sum(mul(dy, normal), 0)];
    },
  },
);

/**
 * `x / sqrt(mean(x^2) + eps) weight`, over the last dimension.
 *
 * @param x  `[..., D]`, float
 * @param weight  `[D]`, or null
 * @see Zhang & Sennrich 2019, arXiv:1910.07467, eq. 4
 * @example const y = rmsNorm(rand(new Key(0), [2, 8]), ones([8]));
 */
export function rmsNorm(
  x: Tensor,
  weight: Tensor | null = null,
  options: { readonly eps?: number } = {},
): Tensor {
  return scoped(() => {
    requireFloat("rmsNorm", x);
    if (x.rank === 0) throw new ShapeError("rmsNorm: x needs a dimension (got a scalar)");
    const width = x.shape[x.rank - 1];
    if (weight && (weight.rank !== 1 || weight.shape[0] !== width)) {
      throw new ShapeError(`rmsNorm: ${width} features but weight ${formatShape(weight.shape)}`);
    }
    const rows = contiguous(reshape(x, [sizeOf(x.shape.slice(0, -1)), width]));
    const [y] = run(rmsNormOp, [rows, weight], { eps: options.eps ?? 1e-6 });
    return reshape(y, x.shape);
  });
}
