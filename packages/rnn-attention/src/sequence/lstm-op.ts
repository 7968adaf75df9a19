import {
  add,
  chunk,
  concat,
  contiguous,
  defineOp,
  fullLike,
  fused,
  matmul,
  mul,
  narrow,
  type Op,
  run,
  type SequenceAttrs,
  sigmoid,
  stack,
  statisticDtype,
  type Tensor,
  tanh,
  transpose,
  unbind,
  zeros,
} from "@saccade/core";
import { checkSequence } from "./check.ts";
import { lstmBackwardOp } from "./lstm-backward-op.ts";
import { reaching, readingOrder, statesBefore, weightGradient, whereReached } from "./steps.ts";

/** gates [B, T, 4H], weight [4H, H], h0 and c0 [B, H], lengths i32 [B] or null. */
export type LstmInputs = readonly [Tensor, Tensor, Tensor, Tensor, Tensor | null];

/**
 * One step: the gates behind their functions, `[B, 4H]`, the next cell and `o tanh(c')`, `[B, H]`.
 *
 * @param pre  i, f, g, o before their functions, `[B, 4H]`
 */
export function lstmStep(
  pre: Tensor,
  cell: Tensor,
): { readonly activated: Tensor; readonly cell: Tensor; readonly hidden: Tensor } {
  const H = cell.shape[1];
  const inputAndForget = sigmoid(narrow(pre, 1, 0, 2 * H));
  const [i, f] = chunk(inputAndForget, 2, 1);
  const [g, o] = [tanh(narrow(pre, 1, 2 * H, H)), sigmoid(narrow(pre, 1, 3 * H, H))];
  const next = add(mul(f, cell), mul(i, g));
  return { activated: concat([inputAndForget, g, o], 1), cell: next, hidden: mul(o, tanh(next)) };
}

function compose(
  [gates, weight, h0, c0, lengths]: LstmInputs,
  { reverse }: SequenceAttrs,
): readonly Tensor[] {
  const [B, T] = gates.shape;
  const H = weight.shape[1];
  const steps = unbind(gates, 1);
  const [ys, kept, cells]: Tensor[][] = [[], [], []];
  let [h, c] = [h0, c0];
  for (const t of readingOrder(T, reverse)) {
    const reached = reaching(lengths, t);
    const { activated, cell, hidden } = lstmStep(add(steps[t], matmul(h, transpose(weight))), c);
    ys[t] = whereReached(reached, hidden, 0);
    kept[t] = whereReached(reached, activated, 0);
    cells[t] = whereReached(reached, cell, 0);
    h = whereReached(reached, hidden, h);
    c = whereReached(reached, cell, c);
  }
  const { dtype, backend } = gates;
  const joined = (parts: readonly Tensor[], width: number): Tensor =>
    T > 0 ? stack(parts, 1) : zeros([B, 0, width], { dtype, backend });
  return [joined(ys, H), h, c, joined(kept, 4 * H), joined(cells, H)];
}

/** -> y [B, T, H], hLast, cLast [B, H], activated gates [B, T, 4H], cells [B, T, H]. */
export const lstmOp: Op<LstmInputs, SequenceAttrs> = defineOp<LstmInputs, SequenceAttrs>("lstmSequence", {
  infer([gates, weight, hidden, cell]) {
    checkSequence("lstm", 4, gates, weight, { hidden, cell });
    const { dtype, shape } = gates;
    const [B, T] = shape;
    const H = weight.shape[1];
    const wide = statisticDtype(dtype);
    return [
      { dtype, shape: [B, T, H] },
      { dtype, shape: [B, H] },
      { dtype, shape: [B, H] },
      { dtype: wide, shape: [B, T, 4 * H] },
      { dtype: wide, shape: [B, T, H] },
    ];
  },
  kernel: fused("lstmSequence"),
  compose,
  saves: () => ({ inputs: [1, 2, 3, 4], outputs: [0, 3, 4] }),
  vjp({ grads: [dy, dhLast, dcLast, dActivated, dCells], inputs, outputs, attrs, needs }) {
    const [, weight, h0, c0, lengths] = inputs;
    const [y, , , activated, cells] = outputs;
    const last = (grad: Tensor | null): Tensor => contiguous(grad ?? fullLike(h0, 0));
    const given = [dy ?? fullLike(y, 0), last(dhLast), last(dcLast), dActivated, dCells] as const;
    const [dGates, dh0, dc0] = run(lstmBackwardOp, [weight, c0, lengths, activated, cells, ...given], attrs);
    const before = needs[1] ? statesBefore(y, h0, lengths, attrs.reverse) : null;
    return [dGates, before && weightGradient(dGates, before), dh0, dc0, null];
  },
});
