import { Key, type Tensor, tidy, vjp } from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, test } from "vitest";
import { type GoldenCase, goldenCases } from "../../../attention/src/testing/golden.ts";
import { GruCell } from "../cells/gru-cell.ts";
import { LstmCell } from "../cells/lstm-cell.ts";
import { RnnCell } from "../cells/rnn-cell.ts";
import { Gru } from "./gru.ts";
import { Lstm } from "./lstm.ts";
import { Rnn } from "./rnn.ts";

guardMemory({ beforeEach, afterEach });

type Outputs = Readonly<Record<string, Tensor>>;
type Forward = (input: (name: string) => Tensor | undefined) => Outputs;

/** The module of a case, and its forward on the inputs of the case. */
function moduleOf({ config }: GoldenCase): { readonly module: Module; readonly forward: Forward } {
  const made = { key: new Key(0) };
  const sizes = {
    inputSize: Number(config.input_size),
    hiddenSize: Number(config.hidden_size),
    bias: config.bias === true,
  };
  const nonlinearity = config.nonlinearity === "relu" ? "relu" : "tanh";
  const present = (x: Tensor | undefined): Tensor => {
    if (!x) throw new Error("the case lacks an input");
    return x;
  };
  if (config.op === "LSTMCell") {
    const module = new LstmCell(sizes, made);
    const forward: Forward = (input) => {
      const state = { hidden: present(input("h")), cell: present(input("c")) };
      const { hidden, cell } = module.forward(present(input("x")), state);
      return { h: hidden, c: cell };
    };
    return { module, forward };
  }
  if (config.op === "GRUCell" || config.op === "RNNCell") {
    const module =
      config.op === "GRUCell" ? new GruCell(sizes, made) : new RnnCell({ ...sizes, nonlinearity }, made);
    return { module, forward: (input) => ({ h: module.forward(present(input("x")), present(input("h"))) }) };
  }
  const layers = {
    ...sizes,
    numLayers: Number(config.num_layers),
    bidirectional: config.bidirectional === true,
  };
  const lengths = config.lengths as readonly number[] | undefined;
  if (config.op === "LSTM") {
    const module = new Lstm(
      config.proj_size ? { ...layers, projSize: Number(config.proj_size) } : layers,
      made,
    );
    const forward: Forward = (input) => {
      const [hidden, cell] = [input("h0"), input("c0")];
      const initial = hidden && cell ? { hidden, cell } : undefined;
      const result = module.forward(present(input("x")), { lengths, initial });
      return { output: result.output, h_n: result.hidden, c_n: result.cell };
    };
    return { module, forward };
  }
  const module = config.op === "GRU" ? new Gru(layers, made) : new Rnn({ ...layers, nonlinearity }, made);
  const forward: Forward = (input) => {
    const { output, hidden } = module.forward(present(input("x")), { lengths, initial: input("h0") });
    return { output, h_n: hidden };
  };
  return { module, forward };
}

test.each([...goldenCases(new URL("../fixtures/torch.safetensors", import.meta.url)).values()])(
  "PyTorch: $name",
  async (golden) => {
    const { module, forward } = moduleOf(golden);
    using _ = module;
    const names = golden.names("param/").map((path) => path.slice("param/".length));
    tidy(() => {
      module.loadStateDict(Object.fromEntries(names.map((name) => [name, golden.tensor(`param/${name}`)])));
    });
    const inputs = golden.names("in/");
    const outputs = golden.names("out/");
    const results = await evaluateAll(() => {
      const given = Object.fromEntries(inputs.map((path) => [path, golden.tensor(path)]));
      const state = module.stateDict();
      const result = vjp(
        () => {
          const named = forward((name) => given[`in/${name}`]);
          return outputs.map((path) => named[path.slice("out/".length)]);
        },
        [...Object.values(given), ...names.map((name) => state[name])],
        outputs.map((path) => golden.tensor(`g${path}`)),
      );
      return [...result.outputs, ...result.grads];
    });
    const paths = [
      ...outputs,
      ...inputs.map((path) => `grad/${path}`),
      ...names.map((name) => `grad/param/${name}`),
    ];
    for (const [n, path] of paths.entries()) golden.check(path, results[n]);
  },
);
