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
  type Tensor,
  tanh,
  unbind,
  zeros,
} from "@saccade/core";
import { sigmoidSlope, tanhSlope } from "./slopes.ts";
import { reaching, readingOrder, stateBefore, whereReached } from "./steps.ts";

/**
 * weight, c0, lengths, activated, cells, dy, dhLast, dcLast, and where the gradient itself is differentiated, the gradients
 * of activated and cells.
 */
type LstmBackwardInputs = readonly [
  Tensor,
  Tensor,
  Tensor | null,
  Tensor,
  Tensor,
  Tensor,
  Tensor,
  Tensor,
  Tensor | null,
  Tensor | null,
];

const kernel: KernelRef<LstmBackwardInputs, SequenceAttrs> = {
  supports(backend, inputs, attrs) {
    const [weight, c0, lengths, activated, cells, dy, dhLast, dcLast, dActivated, dCells] = inputs;
    const own = backend.fused.lstmSequenceBackward;
    if (own === undefined || dActivated !== null || dCells !== null) return false;
    return own.supports?.([weight, c0, lengths, activated, cells, dy, dhLast, dcLast], attrs) ?? true;
  },
  launch(backend, inputs, [dGates, dh0, dc0], attrs) {
    const [weight, c0, lengths, activated, cells, dy, dhLast, dcLast] = inputs;
    const given = [weight, c0, lengths, activated, cells, dy, dhLast, dcLast] as const;
    backend.fused.lstmSequenceBackward?.run(given, [dGates, dh0, dc0], attrs);
  },
};

function compose(inputs: LstmBackwardInputs, { reverse }: SequenceAttrs): readonly Tensor[] {
  const [weight, c0, lengths, activated, allCells, dy, dhLast, dcLast, dActivated, dCells] = inputs;
  const [B, T, width] = activated.shape;
  const [kept, cells, dys] = [unbind(activated, 1), unbind(allCells, 1), unbind(dy, 1)];
  const [more, moreCells] = [dActivated && unbind(dActivated, 1), dCells && unbind(dCells, 1)];
  const dGates: Tensor[] = [];
  let [dh, dc] = [dhLast, dcLast];
  for (const t of readingOrder(T, !reverse)) {
    const reached = reaching(lengths, t);
    const [i, f, g, o] = chunk(kept[t], 4, 1);
    const squashed = tanh(cells[t]);
    const before = stateBefore(cells, c0, lengths, t, reverse);
    const dOut = add(dh, dys[t]);
    const through = add(dc, mul(mul(dOut, o), tanhSlope(squashed)));
    const dCell = moreCells ? add(through, moreCells[t]) : through;
    const functions = concat([mul(dCell, g), mul(dCell, before), mul(dCell, i), mul(dOut, squashed)], 1);
    const slopes = concat([sigmoidSlope(i), sigmoidSlope(f), tanhSlope(g), sigmoidSlope(o)], 1);
    const d = mul(more ? add(functions, more[t]) : functions, slopes);
    dGates[t] = whereReached(reached, d, 0);
    dh = whereReached(reached, matmul(d, weight), dh);
    dc = whereReached(reached, mul(dCell, f), dc);
  }
  const { dtype, backend } = activated;
  return [T > 0 ? stack(dGates, 1) : zeros([B, 0, width], { dtype, backend }), dh, dc];
}

/** -> dGates [B, T, 4H], dh0, dc0 [B, H]. */
export const lstmBackwardOp: Op<LstmBackwardInputs, SequenceAttrs> = defineOp<
  LstmBackwardInputs,
  SequenceAttrs
>("lstmSequenceBackward", {
  infer([{ dtype }, c0, , activated]) {
    const state = { dtype, shape: c0.shape };
    return [{ dtype, shape: activated.shape }, state, state];
  },
  kernel,
  compose,
});
