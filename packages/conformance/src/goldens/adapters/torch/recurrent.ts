import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import { required, type TorchParameters } from "./parameters.ts";

/** One step of a cell: gates from the input and from the hidden state, `[B, gates]` each, and the states before. */
type Cell = (fromInput: Tensor, fromHidden: Tensor, states: readonly Tensor[]) => readonly Tensor[];

/** c = f c + i g, h = o tanh(c); gates in PyTorch's order i, f, g, o. */
const lstmCell: Cell = (fromInput, fromHidden, [, cell]) => {
  const [i, f, g, o] = core.chunk(core.add(fromInput, fromHidden), 4, 1);
  const next = core.add(core.mul(core.sigmoid(f), cell), core.mul(core.sigmoid(i), core.tanh(g)));
  return [core.mul(core.sigmoid(o), core.tanh(next)), next];
};

/** h = (1 - z) n + z h, n = tanh(x_n + r h_n); gates in PyTorch's order r, z, n. */
const gruCell: Cell = (fromInput, fromHidden, [hidden]) => {
  const [xr, xz, xn] = core.chunk(fromInput, 3, 1);
  const [hr, hz, hn] = core.chunk(fromHidden, 3, 1);
  const r = core.sigmoid(core.add(xr, hr));
  const z = core.sigmoid(core.add(xz, hz));
  const n = core.tanh(core.add(xn, core.mul(r, hn)));
  return [core.add(n, core.mul(z, core.sub(hidden, n)))];
};

const cells = { lstm: { cell: lstmCell, states: 2 }, gru: { cell: gruCell, states: 1 } } as const;

/** x [B, T, in] -> [B, T, hidden], from zeros; the parameters of one layer and direction end in `suffix`. */
function runLayer(
  kind: keyof typeof cells,
  x: Tensor,
  parameters: TorchParameters,
  suffix: string,
  reverse: boolean,
): Tensor {
  const { cell, states: count } = cells[kind];
  const weight = (name: string): Tensor => required(parameters, `${name}${suffix}`);
  const bias = (name: string): Tensor | null => parameters[`${name}${suffix}`] ?? null;
  const [batch, length] = x.shape;
  const hidden = weight("weight_hh").shape[1];
  const fromInput = core.unbind(core.linear(x, weight("weight_ih"), bias("bias_ih")), 1);
  let states: readonly Tensor[] = Array.from({ length: count }, () =>
    core.zeros([batch, hidden], { dtype: x.dtype, backend: x.backend }),
  );
  const outputs = new Array<Tensor>(length);
  for (let n = 0; n < length; n++) {
    const t = reverse ? length - 1 - n : n;
    states = cell(fromInput[t], core.linear(states[0], weight("weight_hh"), bias("bias_hh")), states);
    outputs[t] = states[0];
  }
  return core.stack(outputs, 1);
}

/**
 * All layers of nn.LSTM or nn.GRU with `batch_first`, both directions where there are two: `[B, T, in] -> [B, T, out]`.
 *
 * @param parameters  `weight_ih_l0`, `weight_hh_l0_reverse`, ...
 */
export function recurrent(kind: keyof typeof cells, x: Tensor, parameters: TorchParameters): Tensor {
  let y = x;
  for (let layer = 0; parameters[`weight_ih_l${layer}`]; layer++) {
    const forward = runLayer(kind, y, parameters, `_l${layer}`, false);
    const backward = `_l${layer}_reverse`;
    y = parameters[`weight_ih${backward}`]
      ? core.concat([forward, runLayer(kind, y, parameters, backward, true)], 2)
      : forward;
  }
  return y;
}
