import { promote } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { broadcastLayout, broadcastShapes, formatShape } from "../layout.ts";
import { defineOp, type KernelRef, type Op, runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { transpose } from "./permute.ts";
import { reshape, unsqueeze } from "./reshape.ts";

type MatmulInputs = readonly [Tensor, Tensor];

const matmulKernel: KernelRef<MatmulInputs, Record<never, never>> = {
  supports: () => true,
  launch(backend, [a, b], [out]) {
    const batch = out.shape.slice(0, -2);
    const view = (x: Tensor) => ({
      buffer: x.buffer,
      dtype: x.dtype,
      ...broadcastLayout("matmul", x, [...batch, ...x.shape.slice(-2)]),
    });
    backend.kernels.matmul([view(a), view(b)], [out], {});
  },
};

const matmulOp: Op<MatmulInputs, Record<never, never>> = defineOp<MatmulInputs, Record<never, never>>(
  "matmul",
  {
    infer([a, b]) {
      const [m, k] = a.shape.slice(-2);
      const [k2, n] = b.shape.slice(-2);
      if (k !== k2)
        throw new ShapeError(
          `matmul: inner sizes differ (${formatShape(a.shape)} x ${formatShape(b.shape)})`,
        );
      return [
        {
          dtype: a.dtype,
          shape: [...broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n],
        },
      ];
    },
    kernel: matmulKernel,
    saves: () => ({ inputs: [0, 1] }),
    vjp: ({ grad, inputs: [a, b], needs }) => [
      needs[0] ? runOne(matmulOp, [grad, transpose(b)], {}) : null,
      needs[1] ? runOne(matmulOp, [transpose(a), grad], {}) : null,
    ],
  },
);

/**
 * Matrix product `[..., M, K] x [..., K, N] -> [..., M, N]`; leading dimensions broadcast; a vector counts as one row
 * (left) or column (right), which the result then lacks.
 *
 * @throws ShapeError if inner sizes differ, leading ones do not broadcast, or an operand is a scalar
 * @example const y = matmul(ones([2, 3]), ones([3, 4])); // [2, 4]
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (a.rank === 0 || b.rank === 0)
    throw new ShapeError(`matmul: operands need a dimension (got ${a.describe()}, ${b.describe()})`);
  const dtype = promote(promote(a.dtype, b.dtype), "i32");
  if (a.rank > 1 && b.rank > 1 && a.dtype === dtype && b.dtype === dtype) return runOne(matmulOp, [a, b], {});
  return tidy(() => {
    const left = cast(a.rank === 1 ? unsqueeze(a, 0) : a, dtype);
    const right = cast(b.rank === 1 ? unsqueeze(b, 1) : b, dtype);
    const product = runOne(matmulOp, [left, right], {});
    const shape = product.shape.filter(
      (_, d) => !((a.rank === 1 && d === product.rank - 2) || (b.rank === 1 && d === product.rank - 1)),
    );
    return reshape(product, shape);
  });
}
