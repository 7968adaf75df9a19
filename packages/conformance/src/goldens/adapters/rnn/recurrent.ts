import { Key, squeeze, type Tensor, transpose, unsqueeze } from "@saccade/core";
import { GruCell, LstmCell, RnnCell } from "@saccade/rnn-attention";
import type { Forward, ModuleCall } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";
import { functionalCall } from "../torch/functional-call.ts";
import { recurrent } from "../torch/recurrent.ts";

function nonlinearityOf({ config }: ModuleCall): "tanh" | "relu" {
  return config.string("nonlinearity", "tanh") === "relu" ? "relu" : "tanh";
}

/** nn.RNN and its relatives: batch first, time first, or one sequence alone. */
const layers =
  (kind: "lstm" | "gru" | "rnn"): Forward =>
  (call) => {
    const { config, params } = call;
    const x = call.input("x");
    const unbatched = x.rank === 2;
    const first = config.boolean("batch_first", false);
    const enter = (each: Tensor): Tensor =>
      unbatched ? unsqueeze(each, 0) : first ? each : transpose(each, 0, 1);
    const states = (name: string): Tensor | null => {
      const given = call.optional(name);
      return given && unbatched ? unsqueeze(given, 1) : given;
    };
    const result = recurrent(kind, enter(x), params, {
      nonlinearity: nonlinearityOf(call),
      lengths: config.has("lengths") ? config.numbers("lengths") : undefined,
      hidden: states("h0"),
      cell: states("c0"),
    });
    const output = unbatched
      ? squeeze(result.output, 0)
      : first
        ? result.output
        : transpose(result.output, 0, 1);
    const last = (state: Tensor): Tensor => (unbatched ? squeeze(state, 1) : state);
    const named = { output, h_n: last(result.hidden) };
    return "cell" in result ? { ...named, c_n: last(result.cell) } : named;
  };

function cellOptions({ config, input }: ModuleCall) {
  const sizes = { inputSize: config.number("input_size"), hiddenSize: config.number("hidden_size") };
  const made = { key: new Key(0), backend: input("x").backend };
  return { config: { ...sizes, bias: config.boolean("bias") }, made };
}

const rnnCell: Forward = (call) => {
  const { config, made } = cellOptions(call);
  using cell = new RnnCell({ ...config, nonlinearity: nonlinearityOf(call) }, made);
  return { h: functionalCall(cell, call.params, () => cell.forward(call.input("x"), call.input("h"))) };
};

const gruCell: Forward = (call) => {
  const { config, made } = cellOptions(call);
  using cell = new GruCell(config, made);
  return { h: functionalCall(cell, call.params, () => cell.forward(call.input("x"), call.input("h"))) };
};

const lstmCell: Forward = (call) => {
  const { config, made } = cellOptions(call);
  using own = new LstmCell(config, made);
  const state = { hidden: call.input("h"), cell: call.input("c") };
  const { hidden, cell } = functionalCall(own, call.params, () => own.forward(call.input("x"), state));
  return { h: hidden, c: cell };
};

/** PyTorch's recurrent modules, by ours. */
export const recurrentOps: AdapterTable = {
  RNN: layers("rnn"),
  LSTM: layers("lstm"),
  GRU: layers("gru"),
  RNNCell: rnnCell,
  LSTMCell: lstmCell,
  GRUCell: gruCell,
};
