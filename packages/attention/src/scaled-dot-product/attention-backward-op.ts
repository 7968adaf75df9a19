import {
  type AttentionBackwardAttrs,
  defineOp,
  type KernelRef,
  type Op,
  type Tensor,
  type TensorSpec,
} from "@saccade/core";
import { composeAttentionBackward } from "./compose.ts";
import type { ScoreTuple } from "./score-inputs.ts";
import { modViews, scoreViews } from "./score-view.ts";

/** Those of the scores, log-sum-exp, delta, dOut, and what functions of scores have. */
export type BackwardInputs = readonly [...ScoreTuple, Tensor, Tensor, Tensor, ...mods: (Tensor | null)[]];

/** The same as kernels have it. */
function viewsOf(inputs: BackwardInputs, { mods }: AttentionBackwardAttrs) {
  const [, , , , , , , lse, delta, dOut, ...own] = inputs;
  return [...scoreViews(inputs), lse, delta, dOut, ...modViews(own, inputs, mods !== undefined)] as const;
}

const backwardKernel: KernelRef<BackwardInputs, AttentionBackwardAttrs> = {
  supports(backend, inputs, attrs) {
    const kernel = backend.fused.attentionBackward;
    if (kernel === undefined) return false;
    return kernel.supports?.(viewsOf(inputs, attrs), attrs) ?? true;
  },
  launch(backend, inputs, [dq, dk, dv, ...others], attrs) {
    backend.fused.attentionBackward?.run(viewsOf(inputs, attrs), [dq, dk, dv, ...others], attrs);
  },
};

/** -> dq, dk, dv, then of dBias `[B, H, T, S]` and dSlopes `[B, H, T]` what is wanted. Its own gradient is that of its composed form. */
export const attentionBackwardOp: Op<BackwardInputs, AttentionBackwardAttrs> = defineOp<
  BackwardInputs,
  AttentionBackwardAttrs
>("attentionBackward", {
  infer([q, k, v, , , , , lse], { biasGradient, slopesGradient }) {
    const [B, H, T] = q.shape;
    const gradients: TensorSpec[] = [q, k, v].map(({ dtype, shape }) => ({ dtype, shape }));
    if (biasGradient) gradients.push({ dtype: q.dtype, shape: [B, H, T, k.shape[2]] });
    if (slopesGradient) gradients.push({ dtype: lse.dtype, shape: [B, H, T] });
    return gradients;
  },
  kernel: backwardKernel,
  compose: composeAttentionBackward,
});
