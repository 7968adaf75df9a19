import {
  type AttentionAttrs,
  DTypeError,
  defineOp,
  formatShape,
  fullLike,
  type KernelRef,
  mul,
  type Op,
  run,
  ShapeError,
  sub,
  sum,
  type Tensor,
} from "@saccade/core";
import { attentionBackwardOp } from "./attention-backward-op.ts";
import { composeAttention } from "./compose.ts";
import { scoreView } from "./score-view.ts";

/** q, k, v, mask (u8) or null, bias or null. */
export type AttentionInputs = readonly [Tensor, Tensor, Tensor, Tensor | null, Tensor | null];

const forwardKernel: KernelRef<AttentionInputs, AttentionAttrs> = {
  supports(backend, [q, k, v, mask, bias], attrs) {
    const kernel = backend.fused.attention;
    if (kernel === undefined) return false;
    const views = [q, k, v, scoreView("mask", mask, q, k), scoreView("bias", bias, q, k)] as const;
    return kernel.supports?.(views, attrs) ?? true;
  },
  launch(backend, [q, k, v, mask, bias], [out, lse], attrs) {
    const views = [q, k, v, scoreView("mask", mask, q, k), scoreView("bias", bias, q, k)] as const;
    backend.fused.attention?.run(views, [out, lse], attrs);
  },
};

/** @throws ShapeError, DTypeError unless q, k, v, mask and bias fit each other */
export function checkInputs([q, k, v, mask, bias]: AttentionInputs): void {
  const got = `(q ${formatShape(q.shape)}, k ${formatShape(k.shape)}, v ${formatShape(v.shape)})`;
  for (const [name, x] of Object.entries({ q, k, v })) {
    if (x.rank !== 4) throw new ShapeError(`attention: ${name} must be [batch, heads, length, width] ${got}`);
    if (x.dtype !== q.dtype) {
      throw new DTypeError(
        `attention: q, k and v must have one dtype (got ${q.dtype}, ${k.dtype}, ${v.dtype})`,
      );
    }
  }
  if (bias && bias.dtype !== q.dtype) {
    throw new DTypeError(`attention: the bias must have the dtype of q, ${q.dtype} (got ${bias.dtype})`);
  }
  const [B, H, , E] = q.shape;
  const [kB, K, S, kE] = k.shape;
  if (kB !== B || v.shape[0] !== B) throw new ShapeError(`attention: batch sizes differ ${got}`);
  if (kE !== E) throw new ShapeError(`attention: q and k differ in width ${got}`);
  if (v.shape[1] !== K || v.shape[2] !== S) {
    throw new ShapeError(`attention: k and v differ in heads or length ${got}`);
  }
  if (K === 0 || H % K !== 0) throw new ShapeError(`attention: H=${H} is not a multiple of K=${K} ${got}`);
  scoreView("mask", mask, q, k);
  scoreView("bias", bias, q, k);
}

/** -> out [B, H, T, Ev], log-sum-exp [B, H, T]. */
export const attentionOp: Op<AttentionInputs, AttentionAttrs> = defineOp<AttentionInputs, AttentionAttrs>(
  "attention",
  {
    infer(inputs) {
      checkInputs(inputs);
      const [{ dtype, shape }, , v] = inputs;
      const [B, H, T] = shape;
      return [
        { dtype, shape: [B, H, T, v.shape[3]] },
        { dtype, shape: [B, H, T] },
      ];
    },
    kernel: forwardKernel,
    compose: composeAttention,
    saves: () => ({ inputs: [0, 1, 2, 3, 4], outputs: [0, 1] }),
    vjp({ grads: [dOut, dLse], inputs: [q, k, v, mask, bias], outputs: [out, lse], attrs, needs }) {
      const dO = dOut ?? fullLike(out, 0);
      // d score = p (dp - sum(dO out) + dLse): the gradient of the log-sum-exp joins delta.
      const inner = sum(mul(dO, out), -1);
      const delta = dLse ? sub(inner, dLse) : inner;
      const biasGradient = needs[4];
      const inputs = [q, k, v, mask, bias, lse, delta, dO] as const;
      const [dq, dk, dv, dBias = null] = run(attentionBackwardOp, inputs, { ...attrs, biasGradient });
      return [dq, dk, dv, null, dBias];
    },
  },
);
