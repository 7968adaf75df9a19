import { add, matmul, stack, type Tensor, transpose, unbind, zeros } from "@saccade/core";
import { lstmStep } from "./lstm-op.ts";
import type { CellSequence, Reading } from "./sequence.ts";
import { reaching, readingOrder, whereReached } from "./steps.ts";

/**
 * An LSTM whose state is a projection: `h_t = W_hr (sigmoid(o) tanh(c_t))`. Composed on every backend, step by step.
 *
 * @param gates  `[B, T, 4H]`
 * @param weight  W_hh, `[4H, P]`
 * @param projection  W_hr, `[P, H]`
 * @param state  `[B, P]` and `[B, H]`
 * @see Sak et al. 2014, arXiv:1402.1128, the LSTM with a recurrent projection layer; without peepholes, as in PyTorch
 */
export function projectedLstm(
  gates: Tensor,
  weight: Tensor,
  projection: Tensor,
  state: { readonly hidden: Tensor; readonly cell: Tensor },
  { lengths, reverse }: Reading,
): CellSequence {
  const [B, T] = gates.shape;
  const steps = unbind(gates, 1);
  const outputs: Tensor[] = [];
  let { hidden, cell } = state;
  for (const t of readingOrder(T, reverse)) {
    const reached = reaching(lengths, t);
    const next = lstmStep(add(steps[t], matmul(hidden, transpose(weight))), cell);
    const projected = matmul(next.hidden, transpose(projection));
    outputs[t] = whereReached(reached, projected, 0);
    hidden = whereReached(reached, projected, hidden);
    cell = whereReached(reached, next.cell, cell);
  }
  const none = { dtype: gates.dtype, backend: gates.backend };
  return { output: T > 0 ? stack(outputs, 1) : zeros([B, 0, hidden.shape[1]], none), hidden, cell };
}
