import {
  add,
  chunk,
  concat,
  contiguous,
  DTypeError,
  defineOp,
  formatShape,
  fullLike,
  fused,
  matmul,
  mul,
  narrow,
  type Op,
  run,
  type SequenceAttrs,
  ShapeError,
  sameShape,
  sigmoid,
  stack,
  statisticDtype,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
  unbind,
  zeros,
} from "@saccade/core";
import { checkSequence } from "./check.ts";
import { gruBackwardOp } from "./gru-backward-op.ts";
import { reaching, readingOrder, statesBefore, weightGradient, whereReached } from "./steps.ts";

/** gates [B, T, 3H], weight [3H, H], bias [H] or null, h0 [B, H], lengths i32 [B] or null. */
export type GruInputs = readonly [Tensor, Tensor, Tensor | null, Tensor, Tensor | null];

/** One step: r, z, n and q, `[B, 4H]`, and the next state, `[B, H]`. */
function step(
  gates: Tensor,
  product: Tensor,
  bias: Tensor | null,
  h: Tensor,
): { readonly activated: Tensor; readonly hidden: Tensor } {
  const H = h.shape[1];
  const both = sigmoid(add(narrow(gates, 1, 0, 2 * H), narrow(product, 1, 0, 2 * H)));
  const [r, z] = chunk(both, 2, 1);
  const last = narrow(product, 1, 2 * H, H);
  const q = bias ? add(last, bias) : last;
  const n = tanh(add(narrow(gates, 1, 2 * H, H), mul(r, q)));
  return { activated: concat([both, n, q], 1), hidden: add(mul(sub(1, z), n), mul(z, h)) };
}

function compose(
  [gates, weight, bias, h0, lengths]: GruInputs,
  { reverse }: SequenceAttrs,
): readonly Tensor[] {
  const [B, T] = gates.shape;
  const H = weight.shape[1];
  const steps = unbind(gates, 1);
  const [ys, kept]: Tensor[][] = [[], []];
  let h = h0;
  for (const t of readingOrder(T, reverse)) {
    const reached = reaching(lengths, t);
    const { activated, hidden } = step(steps[t], matmul(h, transpose(weight)), bias, h);
    ys[t] = whereReached(reached, hidden, 0);
    kept[t] = whereReached(reached, activated, 0);
    h = whereReached(reached, hidden, h);
  }
  const { dtype, backend } = gates;
  const joined = (parts: readonly Tensor[], width: number): Tensor =>
    T > 0 ? stack(parts, 1) : zeros([B, 0, width], { dtype, backend });
  return [joined(ys, H), h, joined(kept, 4 * H)];
}

/** -> y [B, T, H], hLast [B, H], r, z, n, q [B, T, 4H]. */
export const gruOp: Op<GruInputs, SequenceAttrs> = defineOp<GruInputs, SequenceAttrs>("gruSequence", {
  infer([gates, weight, bias, hidden]) {
    checkSequence("gru", 3, gates, weight, { hidden });
    const { dtype, shape } = gates;
    const [B, T] = shape;
    const H = weight.shape[1];
    if (bias && !sameShape(bias.shape, [H])) {
      throw new ShapeError(`gru: the bias must be [${H}] (got ${formatShape(bias.shape)})`);
    }
    if (bias && bias.dtype !== dtype) {
      throw new DTypeError(`gru: the bias must have the dtype of the gates, ${dtype} (got ${bias.dtype})`);
    }
    return [
      { dtype, shape: [B, T, H] },
      { dtype, shape: [B, H] },
      { dtype: statisticDtype(dtype), shape: [B, T, 4 * H] },
    ];
  },
  kernel: fused("gruSequence"),
  compose,
  saves: () => ({ inputs: [1, 3, 4], outputs: [0, 2] }),
  vjp({ grads: [dy, dhLast, dActivated], inputs, outputs: [y, , activated], attrs, needs }) {
    const [, weight, , h0, lengths] = inputs;
    const given = [dy ?? fullLike(y, 0), contiguous(dhLast ?? fullLike(h0, 0)), dActivated] as const;
    const [dGates, dHidden, dh0] = run(gruBackwardOp, [weight, h0, lengths, activated, y, ...given], attrs);
    const before = needs[1] ? statesBefore(y, h0, lengths, attrs.reverse) : null;
    const H = h0.shape[1];
    const dBias = needs[2] ? sum(narrow(dHidden, 2, 2 * H, H), [0, 1]) : null;
    return [dGates, before && weightGradient(dHidden, before), dBias, dh0, null];
  },
});
