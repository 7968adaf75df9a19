import { lowered } from "../autocast.ts";
import type { ActivationName } from "../backend.ts";
import { requireFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape } from "../layout.ts";
import { defineOp, type KernelRef, runOne, type TensorSpec } from "../op.ts";
import { scoped, tidy } from "../scope.ts";
import { recordingTapes } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { activations, requireActivation } from "./activation-functions.ts";
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
  readonly activation: ActivationName | null;
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

/** @throws ShapeError if sizes do not fit */
function outputOf([x, codes, scales, b]: QuantizedInputs, { bits }: QuantizedAttrs): TensorSpec {
  const [n, k] = quantizedShape("quantizedLinear", { codes, scales, bits });
  if (x.shape[x.rank - 1] !== k || (b && (b.rank !== 1 || b.shape[0] !== n))) {
    const bias = b ? `, b ${formatShape(b.shape)}` : "";
    throw new ShapeError(
      `quantizedLinear: sizes do not fit (x ${formatShape(x.shape)}, weight [${n},${k}]${bias})`,
    );
  }
  return { dtype: x.dtype, shape: [...x.shape.slice(0, -1), n] };
}

const quantizedLinearOp = defineOp<QuantizedInputs, QuantizedAttrs>("quantizedLinear", {
  infer: (inputs, attrs) => [outputOf(inputs, attrs)],
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

/** `act(x W^T + b)`, where nobody asks for gradients: otherwise the activation is an op of its own. */
const activatedOp = defineOp<QuantizedInputs, QuantizedAttrs & { readonly activation: ActivationName }>(
  "quantizedLinearActivation",
  {
    infer: (inputs, attrs) => [outputOf(inputs, attrs)],
    kernel: quantizedKernel,
    compose: (inputs, { bits, activation }) => [
      activations[activation](runOne(quantizedLinearOp, inputs, { bits, activation: null })),
    ],
  },
);

/**
 * `x W^T + b` with a quantized W: what `linear` gives of `dequantize(weight)`. Backends that can read the codes as they
 * are; a model's weights then take a quarter or an eighth of the memory, and of the time that reading them takes.
 *
 * Gradients flow to x, the scales and the bias; codes are constants.
 *
 * @param x  `[..., K]`, float
 * @param weight  `[N, K]`, made by `quantize`
 * @param bias  `[N]`, or null
 * @param activation  the name of one, which is applied to the result; backends with a fused kernel do so as they write
 * @returns `[..., N]`, in the dtype of x
 * @throws ShapeError if sizes do not fit; ArgumentError for an activation that is unknown
 * @example
 * const weight = quantize(ones([2, 8]), { bits: 4, blockSize: 8 });
 * quantizedLinear(ones([1, 8]), weight).shape; // => [1, 2]
 */
export function quantizedLinear(
  x: Tensor,
  weight: QuantizedWeight,
  bias: Tensor | null = null,
  activation: ActivationName | null = null,
): Tensor {
  requireFloat("quantizedLinear", x);
  if (x.rank === 0) throw new ShapeError(`quantizedLinear: x needs a dimension (got ${x.describe()})`);
  requireActivation("quantizedLinear", activation);
  const { bits } = weight;
  return scoped(() => {
    const [input] = lowered(x);
    const rows = rowView(input) ? input : copy(input);
    const inputs = [rows, weight.codes, weight.scales, bias] as const;
    if (activation && recordingTapes(inputs) === null)
      return runOne(activatedOp, inputs, { bits, activation });
    const product = (): Tensor => runOne(quantizedLinearOp, inputs, { bits, activation: null });
    return activation ? tidy(() => activations[activation](product())) : product();
  });
}
