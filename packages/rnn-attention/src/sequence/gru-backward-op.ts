import {
  add,
  chunk,
  concat,
  defineOp,
  type KernelRef,
  matmul,
  mul,
  type Op,
  type SequenceAttrs,
  stack,
  sub,
  type Tensor,
  unbind,
  zeros,
} from "@saccade/core";
import { sigmoidSlope, tanhSlope } from "./slopes.ts";
import { reaching, readingOrder, stateBefore, whereReached } from "./steps.ts";

/** weight, h0, lengths, activated, y, dy, dhLast, and where the gradient itself is differentiated, that of activated. */
type GruBackwardInputs = readonly [
  Tensor,
  Tensor,
  Tensor | null,
  Tensor,
  Tensor,
  Tensor,
  Tensor,
  Tensor | null,
];

const kernel: KernelRef<GruBackwardInputs, SequenceAttrs> = {
  supports(backend, [weight, h0, lengths, activated, y, dy, dhLast, dActivated], attrs) {
    const own = backend.fused.gruSequenceBackward;
    if (own === undefined || dActivated !== null) return false;
    return own.supports?.([weight, h0, lengths, activated, y, dy, dhLast], attrs) ?? true;
  },
  launch(backend, [weight, h0, lengths, activated, y, dy, dhLast], [dGates, dHidden, dh0], attrs) {
    const given = [weight, h0, lengths, activated, y, dy, dhLast] as const;
    backend.fused.gruSequenceBackward?.run(given, [dGates, dHidden, dh0], attrs);
  },
};

function compose(inputs: GruBackwardInputs, { reverse }: SequenceAttrs): readonly Tensor[] {
  const [weight, h0, lengths, activated, y, dy, dhLast, dActivated] = inputs;
  const [B, T] = activated.shape;
  const [kept, ys, dys] = [unbind(activated, 1), unbind(y, 1), unbind(dy, 1)];
  const more = dActivated && unbind(dActivated, 1);
  const [dGates, dHidden]: Tensor[][] = [[], []];
  let dh = dhLast;
  for (const t of readingOrder(T, !reverse)) {
    const reached = reaching(lengths, t);
    const [r, z, n, q] = chunk(kept[t], 4, 1);
    const [moreR, moreZ, moreN, moreQ] = more ? chunk(more[t], 4, 1) : [];
    const plus = (x: Tensor, extra: Tensor | undefined): Tensor => (extra ? add(x, extra) : x);
    const dOut = add(dh, dys[t]);
    const before = stateBefore(ys, h0, lengths, t, reverse);
    const dN = mul(plus(mul(dOut, sub(1, z)), moreN), tanhSlope(n));
    const dR = mul(plus(mul(dN, q), moreR), sigmoidSlope(r));
    const dZ = mul(plus(mul(dOut, sub(before, n)), moreZ), sigmoidSlope(z));
    const own = concat([dR, dZ, plus(mul(dN, r), moreQ)], 1);
    dGates[t] = whereReached(reached, concat([dR, dZ, dN], 1), 0);
    dHidden[t] = whereReached(reached, own, 0);
    dh = whereReached(reached, add(mul(dOut, z), matmul(own, weight)), dh);
  }
  const { dtype, backend } = activated;
  const joined = (parts: readonly Tensor[]): Tensor =>
    T > 0 ? stack(parts, 1) : zeros([B, 0, weight.shape[0]], { dtype, backend });
  return [joined(dGates), joined(dHidden), dh];
}

/** -> dGates, dHidden [B, T, 3H], dh0 [B, H]. */
export const gruBackwardOp: Op<GruBackwardInputs, SequenceAttrs> = defineOp<GruBackwardInputs, SequenceAttrs>(
  "gruSequenceBackward",
  {
    infer([{ dtype, shape }, h0, , activated]) {
      const [B, T] = activated.shape;
      const gates = { dtype, shape: [B, T, shape[0]] };
      return [gates, gates, { dtype, shape: h0.shape }];
    },
    kernel,
    compose,
  },
);
