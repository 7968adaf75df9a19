import {
  type AttentionAttrs,
  broadcastLayout,
  DTypeError,
  defineOp,
  formatShape,
  type KernelRef,
  mul,
  type Op,
  run,
  ShapeError,
  sub,
  sum,
  type Tensor,
  type View,
} from "@saccade/core";
import { composeAttention, composeAttentionBackward } from "./compose.ts";

/** q, k, v, mask (u8) or null, bias or null. */
export type AttentionInputs = readonly [Tensor, Tensor, Tensor, Tensor | null, Tensor | null];
/** ... and log-sum-exp, delta, dOut. */
export type BackwardInputs = readonly [...AttentionInputs, Tensor, Tensor, Tensor];

/** A mask or bias as kernels want it: broadcast to `[B, H, T, S]` by strides of 0. */
function scoreView(x: Tensor | null, q: Tensor, k: Tensor): View | null {
  if (x === null) return null;
  const scores = [q.shape[0], q.shape[1], q.shape[2], k.shape[2]];
  return { buffer: x.buffer, dtype: x.dtype, ...broadcastLayout("attention", x, scores) };
}

const forwardKernel: KernelRef<AttentionInputs, AttentionAttrs> = {
  supports(backend, [q, k, v, mask, bias], attrs) {
    const kernel = backend.fused.attention;
    if (kernel === undefined) return false;
    return kernel.supports?.([q, k, v, scoreView(mask, q, k), scoreView(bias, q, k)], attrs) ?? true;
  },
  launch(backend, [q, k, v, mask, bias], [out, lse], attrs) {
    backend.fused.attention?.run([q, k, v, scoreView(mask, q, k), scoreView(bias, q, k)], [out, lse], attrs);
  },
};

/** The backward pass also says whether the gradient of the bias is wanted: an output of `[B, H, T, S]`. */
export interface BackwardAttrs extends AttentionAttrs {
  readonly biasGradient: boolean;
}

const backwardKernel: KernelRef<BackwardInputs, BackwardAttrs> = {
  supports(backend, [q, k, v, mask, bias, lse, delta, dOut], attrs) {
    const kernel = backend.fused.attentionBackward;
    if (kernel === undefined) return false;
    return (
      kernel.supports?.([q, k, v, scoreView(mask, q, k), scoreView(bias, q, k), lse, delta, dOut], attrs) ??
      true
    );
  },
  launch(backend, [q, k, v, mask, bias, lse, delta, dOut], [dq, dk, dv, dBias], attrs) {
    backend.fused.attentionBackward?.run(
      [q, k, v, scoreView(mask, q, k), scoreView(bias, q, k), lse, delta, dOut],
      attrs.biasGradient ? [dq, dk, dv, dBias] : [dq, dk, dv],
      attrs,
    );
  },
};

function checkShapes(q: Tensor, k: Tensor, v: Tensor): void {
  const got = `(q ${formatShape(q.shape)}, k ${formatShape(k.shape)}, v ${formatShape(v.shape)})`;
  for (const [name, x] of [
    ["q", q],
    ["k", k],
    ["v", v],
  ] as const) {
    if (x.rank !== 4) throw new ShapeError(`attention: ${name} must be [batch, heads, length, width] ${got}`);
    if (x.dtype !== q.dtype)
      throw new DTypeError(
        `attention: q, k and v must have one dtype (got ${q.dtype}, ${k.dtype}, ${v.dtype})`,
      );
  }
  const [B, H, , E] = q.shape;
  const [kB, K, S, kE] = k.shape;
  if (kB !== B || v.shape[0] !== B) throw new ShapeError(`attention: batch sizes differ ${got}`);
  if (kE !== E) throw new ShapeError(`attention: q and k differ in width ${got}`);
  if (v.shape[1] !== K || v.shape[2] !== S)
    throw new ShapeError(`attention: k and v differ in heads or length ${got}`);
  if (K === 0 || H % K !== 0) throw new ShapeError(`attention: H=${H} is not a multiple of K=${K} ${got}`);
}

/** -> out [B, H, T, Ev], log-sum-exp [B, H, T]. */
export const attentionOp: Op<AttentionInputs, AttentionAttrs> = defineOp<AttentionInputs, AttentionAttrs>(
  "attention",
  {
    infer([q, k, v, mask, bias]) {
      checkShapes(q, k, v);
      scoreView(mask, q, k);
      scoreView(bias, q, k);
      const [B, H, T] = q.shape;
      return [
        { dtype: q.dtype, shape: [B, H, T, v.shape[3]] },
        { dtype: q.dtype, shape: [B, H, T] },
      ];
    },
    kernel: forwardKernel,
    compose: composeAttention,
    saves: () => ({ inputs: [0, 1, 2, 3, 4], outputs: [0, 1] }),
    vjp({ grads: [dOut, dLse], inputs: [q, k, v, mask, bias], outputs: [out, lse], attrs, needs }) {
      const dO = dOut ?? mul(out, 0);
      // d score = p (dp - sum(dO out) + dLse): the gradient of the log-sum-exp joins delta.
      const inner = sum(mul(dO, out), -1);
      const delta = dLse ? sub(inner, dLse) : inner;
      const [dq, dk, dv, dBias] = run(attentionBackwardOp, [q, k, v, mask, bias, lse, delta, dO], {
        ...attrs,
        biasGradient: needs[4],
      });
      return [dq, dk, dv, null, needs[4] ? dBias : null];
    },
  },
);

/** -> dq, dk, dv, and dBias [B, H, T, S] if it is wanted. */
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
