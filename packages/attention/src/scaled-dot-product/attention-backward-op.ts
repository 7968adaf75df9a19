import { type AttentionAttrs, defineOp, type KernelRef, type Op, type Tensor } from "@saccade/core";
import type { AttentionInputs } from "./attention-op.ts";
import { composeAttentionBackward } from "./compose.ts";
import { scoreView } from "./score-view.ts";

/** q, k, v, mask, bias, log-sum-exp, delta, dOut. */
export type BackwardInputs = readonly [...AttentionInputs, Tensor, Tensor, Tensor];

/** Says also whether the gradient of the bias is wanted: an output of `[B, H, T, S]`. */
export interface BackwardAttrs extends AttentionAttrs {
  readonly biasGradient: boolean;
}

const backwardKernel: KernelRef<BackwardInputs, BackwardAttrs> = {
  supports(backend, [q, k, v, mask, bias, lse, delta, dOut], attrs) {
    const kernel = backend.fused.attentionBackward;
    if (kernel === undefined) return false;
    const scores = [scoreView("mask", mask, q, k), scoreView("bias", bias, q, k)] as const;
    return kernel.supports?.([q, k, v, ...scores, lse, delta, dOut], attrs) ?? true;
  },
  launch(backend, [q, k, v, mask, bias, lse, delta, dOut], [dq, dk, dv, dBias], attrs) {
    const scores = [scoreView("mask", mask, q, k), scoreView("bias", bias, q, k)] as const;
    backend.fused.attentionBackward?.run(
      [q, k, v, ...scores, lse, delta, dOut],
      attrs.biasGradient ? [dq, dk, dv, dBias] : [dq, dk, dv],
      attrs,
    );
  },
};

/** -> dq, dk, dv, and dBias [B, H, T, S] if it is wanted. Its own gradient is that of its composed form. */
export const attentionBackwardOp: Op<BackwardInputs, BackwardAttrs> = defineOp<BackwardInputs, BackwardAttrs>(
  "attentionBackward",
  {
    infer([q, k, v], { biasGradient }) {
      const gradients = [q, k, v].map(({ dtype, shape }) => ({ dtype, shape }));
      const scores = { dtype: q.dtype, shape: [q.shape[0], q.shape[1], q.shape[2], k.shape[2]] };
      return biasGradient ? [...gradients, scores] : gradients;
    },
    kernel: backwardKernel,
    compose: composeAttentionBackward,
  },
);
