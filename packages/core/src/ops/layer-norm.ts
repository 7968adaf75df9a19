import { requireFloat, statisticDtype } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, sameShape, sizeOf } from "../layout.ts";
import { defineOp, type KernelRef, run } from "../op.ts";
import { scoped } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { contiguous } from "./copy.ts";
import { fullLike } from "./fill.ts";
import { mean, sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { rowShape, rowsOf } from "./rows.ts";
import { rsqrt, square } from "./unary.ts";

type NormInputs = readonly [Tensor, Tensor | null, Tensor | null];
type BackwardInputs = readonly [Tensor, Tensor | null, Tensor, Tensor, Tensor];

const forwardKernel: KernelRef<NormInputs, { readonly eps: number }> = {
  supports(backend, [x, weight, bias], attrs) {
    const kernel = backend.fused.layerNorm;
    return kernel !== undefined && (kernel.supports?.([rowsOf(x), weight, bias], attrs) ?? true);
  },
  launch(backend, [x, weight, bias], [y, center, scale], attrs) {
    backend.fused.layerNorm?.run([rowsOf(x), weight, bias], [rowsOf(y), center, scale], attrs);
  },
};

/** x [..., D] contiguous, R rows; weight and bias [D] -> y, mean [R], 1/std [R]. */
const layerNormOp = defineOp<NormInputs, { readonly eps: number }>("layerNorm", {
  infer([x, weight, bias]) {
    const [rows, width] = rowShape(x);
    for (const parameter of [weight, bias]) {
      if (parameter && parameter.shape[0] !== width) {
        throw new ShapeError(
          `layerNorm: ${width} features but weight or bias ${formatShape(parameter.shape)}`,
        );
      }
    }
    const statistic = { dtype: statisticDtype(x.dtype), shape: [rows] };
    return [{ dtype: x.dtype, shape: x.shape }, statistic, statistic];
  },
  kernel: forwardKernel,
  compose([x, weight, bias], { eps }) {
    const center = mean(x, -1, { keepDims: true });
    const centered = sub(x, center);
    const scale = rsqrt(add(mean(square(centered), -1, { keepDims: true }), eps));
    const normal = mul(centered, scale);
    const weighted = weight ? mul(normal, weight) : normal;
    return [bias ? add(weighted, bias) : weighted, reshape(center, [-1]), reshape(scale, [-1])];
  },
  saves: () => ({ inputs: [0, 1], outputs: [1, 2] }),
  vjp({ grads: [dy, dMean, dRstd], inputs: [x, weight], outputs: [, center, scale] }) {
    const dOut = contiguous(dy ?? fullLike(x, 0));
    const [dx, ...parameters] = run(layerNormBackwardOp, [x, weight, center, scale, dOut], {});
    // The statistics have gradients where the gradient itself is differentiated: its rule reads them.
    const throughMean = dMean ? add(dx, column(mul(dMean, 1 / x.shape[x.rank - 1]), x)) : dx;
    const throughBoth = dRstd
      ? add(throughMean, rstdSlope(dRstd, sub(x, column(center, x)), scale))
      : throughMean;
    return [cast(throughBoth, x.dtype), ...parameters];
  },
});

/** One number for each row of `like`, to be broadcast over it: [R] -> [..., 1]. */
function column(x: Tensor, like: Tensor): Tensor {
  return reshape(x, [...like.shape.slice(0, -1), 1]);
}

/** The gradient of x through `1 / sqrt(mean(x^2) + eps)`: `-rstd^3 x / D`. @internal */
export function rstdSlope(dRstd: Tensor, x: Tensor, rstd: Tensor): Tensor {
  return mul(x, column(mul(dRstd, mul(mul(square(rstd), rstd), -1 / x.shape[x.rank - 1])), x));
}

const backwardKernel: KernelRef<BackwardInputs, Record<never, never>> = {
  supports(backend, [x, weight, center, scale, dy], attrs) {
    const kernel = backend.fused.layerNormBackward;
    if (kernel === undefined) return false;
    return kernel.supports?.([rowsOf(x), weight, center, scale, rowsOf(dy)], attrs) ?? true;
  },
  launch(backend, [x, weight, center, scale, dy], [dx, dWeight, dBias], attrs) {
    const inputs = [rowsOf(x), weight, center, scale, rowsOf(dy)] as const;
    backend.fused.layerNormBackward?.run(inputs, [rowsOf(dx), dWeight, dBias], attrs);
  },
};

/** -> dx, dWeight, dBias. */
const layerNormBackwardOp = defineOp<BackwardInputs, Record<never, never>>("layerNormBackward", {
  infer([x, weight]) {
    const parameter = { dtype: weight?.dtype ?? x.dtype, shape: [x.shape[x.rank - 1]] };
    return [{ dtype: x.dtype, shape: x.shape }, parameter, parameter];
  },
  kernel: backwardKernel,
  compose([x, weight, center, scale, dy]) {
    const rstd = column(scale, x);
    const normal = mul(sub(x, column(center, x)), rstd);
    const dNormal = weight ? mul(dy, weight) : dy;
    const projected = mul(normal, mean(mul(dNormal, normal), -1, { keepDims: true }));
    const dx = mul(sub(sub(dNormal, mean(dNormal, -1, { keepDims: true })), projected), rstd);
    const overRows = (y: Tensor): Tensor => sum(reshape(y, rowShape(y)), 0);
    return [dx, overRows(mul(dy, normal)), overRows(dy)];
  },
});

/**
 * `(x - mean) / sqrt(var + eps) weight + bias`, mean and (biased) variance over the last dimensions.
 *
 * @param x  `[..., *normalizedShape]`, float
 * @param weight  `normalizedShape`, or null
 * @param bias  `normalizedShape`, or null
 * @param options.normalizedShape  default: the weight's shape, or the last dimension
 * @returns the shape of x
 * @see Ba et al. 2016, arXiv:1607.06450
 * @example const y = layerNorm(rand(new Key(0), [2, 8]), ones([8]), zeros([8]));
 */
export function layerNorm(
  x: Tensor,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  options: { readonly eps?: number; readonly normalizedShape?: readonly number[] } = {},
): Tensor {
  return scoped(() => {
    requireFloat("layerNorm", x);
    const shape = options.normalizedShape ?? weight?.shape ?? bias?.shape ?? x.shape.slice(-1);
    const fits = shape.length > 0 && endsIn(x.shape, shape);
    if (!fits || (weight && !sameShape(weight.shape, shape)) || (bias && !sameShape(bias.shape, shape))) {
      throw new ShapeError(
        `layerNorm: ${x.describe()} does not end in ${formatShape(shape)}, or weight and bias differ from it`,
      );
    }
    const attrs = { eps: options.eps ?? 1e-5 };
    if (shape.length === 1) return normalized(x, weight, bias, attrs);
    const width = sizeOf(shape);
    const rows = reshape(x, [...x.shape.slice(0, x.rank - shape.length), width]);
    const flat = (parameter: Tensor | null) => parameter && reshape(parameter, [width]);
    return reshape(normalized(rows, flat(weight), flat(bias), attrs), x.shape);
  });
}

/** Over the last dimension. */
function normalized(
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  attrs: { readonly eps: number },
): Tensor {
  const inputs = [contiguous(x), weight && contiguous(weight), bias && contiguous(bias)] as const;
  return run(layerNormOp, inputs, attrs)[0];
}

function endsIn(shape: readonly number[], end: readonly number[]): boolean {
  const lead = shape.length - end.length;
  for (let d = 0; d < end.length; d++) if (shape[lead + d] !== end[d]) return false;
  return true;
}
