import { Key, type Tensor } from "@saccade/core";
import { Gru, type HiddenResult, Lstm, type LstmOptions, type LstmResult, Rnn } from "@saccade/rnn-attention";
import { functionalCall } from "./functional-call.ts";
import { required, type TorchParameters } from "./parameters.ts";

/** What names of parameters and their shapes do not tell. */
export interface TorchRecurrentOptions {
  readonly nonlinearity?: "tanh" | "relu";
  readonly lengths?: readonly number[] | undefined;
  readonly hidden?: Tensor | null;
  readonly cell?: Tensor | null;
}

/**
 * nn.LSTM, nn.GRU or nn.RNN with `batch_first`, by ours: as many layers and directions as there are parameters.
 *
 * @param parameters  `weight_ih_l0`, `weight_hh_l0_reverse`, ...
 */
export function recurrent(
  kind: "lstm" | "gru" | "rnn",
  x: Tensor,
  parameters: TorchParameters,
  { nonlinearity, lengths, hidden = null, cell = null }: TorchRecurrentOptions = {},
): HiddenResult | LstmResult {
  const gates = { lstm: 4, gru: 3, rnn: 1 }[kind];
  const [rows, inputSize] = required(parameters, "weight_ih_l0").shape;
  let numLayers = 1;
  while (parameters[`weight_ih_l${numLayers}`]) numLayers++;
  const config = {
    inputSize,
    hiddenSize: rows / gates,
    numLayers,
    bias: parameters.bias_ih_l0 !== undefined,
    bidirectional: parameters.weight_ih_l0_reverse !== undefined,
  };
  const made = { key: new Key(0), backend: x.backend };
  if (kind === "lstm") {
    const projection = parameters.weight_hr_l0;
    using lstm = new Lstm(projection ? { ...config, projSize: projection.shape[0] } : config, made);
    const initial: LstmOptions["initial"] = hidden && cell ? { hidden, cell } : undefined;
    return functionalCall(lstm, parameters, () => lstm.forward(x, { lengths, initial }));
  }
  using layers =
    kind === "gru"
      ? new Gru(config, made)
      : new Rnn({ ...config, nonlinearity: nonlinearity ?? "tanh" }, made);
  return functionalCall(layers, parameters, () =>
    layers.forward(x, { lengths, initial: hidden ?? undefined }),
  );
}
