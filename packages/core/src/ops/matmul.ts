import { lowered } from "../autocast.ts";
import { currentAutocast } from "../autocast-state.ts";
import type { View } from "../backend.ts";
import { promote } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { broadcastShapes, formatShape } from "../layout.ts";
import { defineOp, type KernelRef, type Op, runOne, type Saves } from "../op.ts";
import { tidy } from "../scope.ts";
import { broadcastView, type Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { transpose } from "./permute.ts";
import { reshape, unsqueeze } from "./reshape.ts";

type MatmulInputs = readonly [Tensor, Tensor];

const matmulKernel: KernelRef<MatmulInputs, Record<never, never>> = {
  supports: () => true,
  launch(backend, [a, b], [out]) {
    const view = (x: Tensor): View =>
      out.rank === 2 ? x : broadcastView("matmul", x, [...out.shape.slice(0, -2), ...x.shape.slice(-2)]);
    backend.kernels.matmul([view(a), view(b)], [out], {});
  },
};

const both: Saves = { inputs: [0, 1] };

const matmulOp: Op<MatmulInputs, Record<never, never>> = defineOp<MatmulInputs, Record<never, never>>(
  "matmul",
  {
    infer([a, b]) {
      const [m, n] = [a.shape[a.rank - 2], b.shape[b.rank - 1]];
      if (a.shape[a.rank - 1] !== b.shape[b.rank - 2])
        throw new ShapeError(
          `matmul: inner sizes differ (${formatShape(a.shape)} x ${formatShape(b.shape)})`,
        );
      if (a.rank === 2 && b.rank === 2) return [{ dtype: a.dtype, shape: [m, n] }];
      const batch = broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
      return [{ dtype: a.dtype, shape: [...batch, m, n] }];
    },
    kernel: matmulKernel,
    saves: () => both,
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
  return currentAutocast() === null ? product(a, b) : tidy(() => product(...lowered(a, b)));
}

function product(a: Tensor, b: Tensor): Tensor {
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
