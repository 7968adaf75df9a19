import { lowered } from "../autocast.ts";
import { requireFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape } from "../layout.ts";
import { defineOp, type KernelRef, runOne } from "../op.ts";
import { scoped } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { copy } from "./copy.ts";
import { matmul } from "./matmul.ts";
import { transpose } from "./permute.ts";
import { type CodeBits, dequantize, type QuantizedWeight, quantizedShape, wholeNumbers } from "./quantize.ts";
import { sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { rowShape, rowsOf, rowView } from "./rows.ts";

/** x [..., K], codes i32 [N, K bits / 32], scales [N, blocks], b [N]. */
type QuantizedInputs = readonly [Tensor, Tensor, Tensor, Tensor | null];

interface QuantizedAttrs {
  readonly bits: CodeBits;
}

const quantizedKernel: KernelRef<QuantizedInputs, QuantizedAttrs> = {
  supports(backend, [x, codes, scales, b], attrs) {
    const kernel = backend.fused.quantizedLinear;
    const rows = kernel && rowView(x);
    return rows != null && (kernel?.supports?.([rows, codes, scales, b], attrs) ?? true);
  },
  launch(backend, [x, codes, scales, b], [y], attrs) {
    backend.fused.quantizedLinear?.run([rowsOf(x), codes, scales, b], [rowsOf(y)], attrs);
  },
};

const quantizedLinearOp = defineOp<QuantizedInputs, QuantizedAttrs>("quantizedLinear", {
  infer([x, codes, scales, b], { bits }) {
    const [n, k] = quantizedShape("quantizedLinear", { codes, scales, bits });
    if (x.shape[x.rank - 1] !== k || (b && (b.rank !== 1 || b.shape[0] !== n))) {
      const bias = b ? `, b ${formatShape(b.shape)}` : "";
      throw new ShapeError(
        `quantizedLinear: sizes do not fit (x ${formatShape(x.shape)}, weight [${n},${k}]${bias})`,
      );
    }
    return [{ dtype: x.dtype, shape: [...x.shape.slice(0, -1), n] }];
  },
  kernel: quantizedKernel,
  compose: ([x, codes, scales, b], { bits }) => {
    const product = matmul(x, transpose(cast(dequantize({ codes, scales, bits }), x.dtype)));
    return [b ? add(product, cast(b, x.dtype)) : product];
  },
  saves: () => ({ inputs: [0, 1, 2] }),
  vjp({ grad, inputs: [x, codes, scales], attrs: { bits }, needs, specs }) {
    const rows = reshape(grad, rowShape(grad));
    const [n, blocks] = scales.shape;
    // Of the scales: every element of a block counts by its code.
    const ofScales = (): Tensor => {
      const full = matmul(transpose(rows), reshape(x, rowShape(x)));
      const counted = mul(full, wholeNumbers(codes, bits, full.dtype));
      return cast(sum(reshape(counted, [n, blocks, full.shape[1] / blocks]), 2), scales.dtype);
    };
    return [
      needs[0] ? matmul(grad, cast(dequantize({ codes, scales, bits }), grad.dtype)) : null,
      null,
      needs[2] ? ofScales() : null,
      needs[3] ? cast(sum(rows, 0), specs[3].dtype) : null,
    ];
  },
});

/**
 * `x W^T + b` with a quantized W: what `linear` gives of `dequantize(weight)`. Backends that can read the codes as they
 * are; a model's weights then take a quarter or an eighth of the memory, and of the time that reading them takes.
 *
 * Gradients flow to x, the scales and the bias; codes are constants.
 *
 * @param x  `[..., K]`, float
 * @param weight  `[N, K]`, made by `quantize`
 * @param bias  `[N]`, or null
 * @returns `[..., N]`, in the dtype of x
 * @throws ShapeError if sizes do not fit
 * @example
 * const weight = quantize(ones([2, 8]), { bits: 4, blockSize: 8 });
 * quantizedLinear(ones([1, 8]), weight).shape; // => [1, 2]
 */
export function quantizedLinear(x: Tensor, weight: QuantizedWeight, bias: Tensor | null = null): Tensor {
  requireFloat("quantizedLinear", x);
  if (x.rank === 0) throw new ShapeError(`quantizedLinear: x needs a dimension (got ${x.describe()})`);
  const attrs = { bits: weight.bits };
  return scoped(() => {
    const [input] = lowered(x);
    const rows = rowView(input) ? input : copy(input);
    return runOne(quantizedLinearOp, [rows, weight.codes, weight.scales, bias], attrs);
  });
}
