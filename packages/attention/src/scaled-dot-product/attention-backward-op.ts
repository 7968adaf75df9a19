import {
  type AttentionAttrs,
  defineOp,
  type KernelRef,
  type Op,
  type Tensor,
  type TensorSpec,
} from "@saccade/core";
import { composeAttentionBackward } from "./compose.ts";
import type { ScoreTuple } from "./score-inputs.ts";
import { scoreViews } from "./score-view.ts";

/** Those of the scores, log-sum-exp, delta, dOut. */
export type BackwardInputs = readonly [...ScoreTuple, Tensor, Tensor, Tensor];

/**
 * Says also which gradients are wanted: of the bias (an output of `[B, H, T, S]`), of ALiBi's slopes (`[H]`). The latter
 * is composed: no kernel gives it.
 */
export interface BackwardAttrs extends AttentionAttrs {
  readonly biasGradient: boolean;
  readonly slopesGradient: boolean;
}

const backwardKernel: KernelRef<BackwardInputs, BackwardAttrs> = {
  supports(backend, inputs, attrs) {
    const kernel = backend.fused.attentionBackward;
    if (kernel === undefined || attrs.slopesGradient) return false;
    const [, , , , , , , lse, delta, dOut] = inputs;
    return kernel.supports?.([...scoreViews(inputs), lse, delta, dOut], attrs) ?? true;
  },
  launch(backend, inputs, [dq, dk, dv, dBias], attrs) {
    const [, , , , , , , lse, delta, dOut] = inputs;
    backend.fused.attentionBackward?.run(
      [...scoreViews(inputs), lse, delta, dOut],
      attrs.biasGradient ? [dq, dk, dv, dBias] : [dq, dk, dv],
      attrs,
    );
  },
};

/** -> dq, dk, dv, then of dBias `[B, H, T, S]` and dSlopes `[H]` what is wanted. Its own gradient is that of its composed form. */
export const attentionBackwardOp: Op<BackwardInputs, BackwardAttrs> = defineOp<BackwardInputs, BackwardAttrs>(
  "attentionBackward",
  {
    infer([q, k, v], { biasGradient, slopesGradient }) {
      const [B, H, T] = q.shape;
      const gradients: TensorSpec[] = [q, k, v].map(({ dtype, shape }) => ({ dtype, shape }));
      if (biasGradient) gradients.push({ dtype: q.dtype, shape: [B, H, T, k.shape[2]] });
      if (slopesGradient) gradients.push({ dtype: q.dtype, shape: [H] });
      return gradients;
    },
    kernel: backwardKernel,
    compose: composeAttentionBackward,
  },
);
