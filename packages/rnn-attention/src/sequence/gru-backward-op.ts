import {
  add,
  chunk,
  concat,
  defineOp,
  type KernelRef,
  matmul,
  mul,
  narrow,
  type Op,
  reshape,
  type SequenceAttrs,
  stack,
  sub,
  type Tensor,
  unbind,
  unsqueeze,
  zeros,
} from "@saccade/core";
import { sigmoidSlope, tanhSlope } from "./slopes.ts";
import { reaching, readingOrder, statesBefore, whereReached } from "./steps.ts";

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

/** What depends on no step after it is computed for all steps at once: a step is a product and few functions. */
function compose(inputs: GruBackwardInputs, { reverse }: SequenceAttrs): readonly Tensor[] {
  const [weight, h0, lengths, activated, y, dy, dhLast, dActivated] = inputs;
  const [B, T] = activated.shape;
  const H = h0.shape[1];
  const [r, z, n, q] = chunk(activated, 4, 2);
  const [slopeR, slopeZ, slopeN] = [sigmoidSlope(r), sigmoidSlope(z), tanhSlope(n)];
  // d r, z, n, q by d output: they are products with it
  const byN = mul(sub(1, z), slopeN);
  const byR = mul(mul(byN, q), slopeR);
  const byZ = mul(sub(statesBefore(y, h0, lengths, reverse), n), slopeZ);
  const own = concat([byR, byZ, mul(byN, r)], 2);
  const [moreR, moreZ, moreN, moreQ] = dActivated ? chunk(dActivated, 4, 2) : [];
  const addedN = dActivated && mul(moreN, slopeN);
  const addedR = addedN && mul(add(mul(addedN, q), moreR), slopeR);
  const added = addedN && addedR && concat([addedR, mul(moreZ, slopeZ), add(mul(addedN, r), moreQ)], 2);
  const [owns, keeps, byNs, dys] = [own, z, byN, dy].map((x) => unbind(x, 1));
  const [addeds, addedNs] = [added && unbind(added, 1), addedN && unbind(addedN, 1)];
  const [dGates, dHidden]: Tensor[][] = [[], []];
  let dh = dhLast;
  for (const t of readingOrder(T, !reverse)) {
    const reached = reaching(lengths, t);
    const dOut = add(dh, dys[t]);
    const three = reshape(mul(unsqueeze(dOut, 1), reshape(owns[t], [B, 3, H])), [B, 3 * H]);
    const d = addeds ? add(three, addeds[t]) : three;
    const dN = mul(dOut, byNs[t]);
    const both = concat([narrow(d, 1, 0, 2 * H), addedNs ? add(dN, addedNs[t]) : dN], 1);
    dGates[t] = whereReached(reached, both, 0);
    dHidden[t] = whereReached(reached, d, 0);
    dh = whereReached(reached, add(mul(dOut, keeps[t]), matmul(d, weight)), dh);
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
