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
  type Tensor,
  tanh,
  unbind,
  unsqueeze,
  zeros,
} from "@saccade/core";
import { sigmoidSlope, tanhSlope } from "./slopes.ts";
import { reaching, readingOrder, statesBefore, whereReached } from "./steps.ts";

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

/** What depends on no step after it is computed for all steps at once: a step is a product and few functions. */
function compose(inputs: LstmBackwardInputs, { reverse }: SequenceAttrs): readonly Tensor[] {
  const [weight, c0, lengths, activated, cells, dy, dhLast, dcLast, dActivated, dCells] = inputs;
  const [B, T, width] = activated.shape;
  const H = width / 4;
  const [i, f, g, o] = chunk(activated, 4, 2);
  const squashed = tanh(cells);
  const slopes = concat([sigmoidSlope(narrow(activated, 2, 0, 2 * H)), tanhSlope(g), sigmoidSlope(o)], 2);
  // d gates by d cell (i, f, g), and by d output (o); d cell by d output
  const byCell = mul(
    concat([g, statesBefore(cells, c0, lengths, reverse), i], 2),
    narrow(slopes, 2, 0, 3 * H),
  );
  const byOut = mul(squashed, narrow(slopes, 2, 3 * H, H));
  const cellByOut = mul(o, tanhSlope(squashed));
  const more = dActivated && mul(dActivated, slopes);
  const step = (x: Tensor): Tensor[] => unbind(x, 1);
  const [byCells, byOuts, cellByOuts, forget, dys] = [byCell, byOut, cellByOut, f, dy].map(step);
  const [mores, moreCells] = [more && step(more), dCells && step(dCells)];
  const dGates: Tensor[] = [];
  let [dh, dc] = [dhLast, dcLast];
  for (const t of readingOrder(T, !reverse)) {
    const reached = reaching(lengths, t);
    const dOut = add(dh, dys[t]);
    const through = add(dc, mul(dOut, cellByOuts[t]));
    const dCell = moreCells ? add(through, moreCells[t]) : through;
    const three = mul(unsqueeze(dCell, 1), reshape(byCells[t], [B, 3, H]));
    const own = concat([reshape(three, [B, 3 * H]), mul(dOut, byOuts[t])], 1);
    const d = mores ? add(own, mores[t]) : own;
    dGates[t] = whereReached(reached, d, 0);
    dh = whereReached(reached, matmul(d, weight), dh);
    dc = whereReached(reached, mul(dCell, forget[t]), dc);
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
