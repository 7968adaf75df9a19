import { Key, ones, randn, zeros } from "@saccade/core";
import { leftBehind } from "@saccade/core/testing";
import { afterAll, describe, expect, test } from "vitest";
import * as all from "./index.ts";

/** Every public name. One that is missing here does not compile, and fails below. */
type Calls = { readonly [N in keyof typeof all]: () => unknown };

const key = new Key(0);
const sizes = { inputSize: 3, hiddenSize: 4 };
const deep = { ...sizes, numLayers: 2, bidirectional: true, dropout: 0.5 };
const x = randn(key, [2, 5, 3]);
const step = ones([2, 3]);
const state = zeros([2, 4]);
const given = [x, step, state];
afterAll(() => {
  for (const each of given) each.dispose();
});

const calls: Calls = {
  Gru: () => {
    using gru = new all.Gru(deep, { key });
    const first = gru.forward(x, { key, lengths: [5, 2] });
    return [first, gru.forward(x, { initial: first.hidden })];
  },
  GruCell: () => {
    using cell = new all.GruCell(sizes, { key });
    return [cell.forward(step), cell.forward(step, state)];
  },
  Lstm: () => {
    using lstm = new all.Lstm(deep, { key });
    using projected = new all.Lstm({ ...deep, projSize: 2 }, { key });
    const first = lstm.forward(x, { key, lengths: [5, 2] });
    const { hidden, cell } = first;
    return [first, lstm.forward(x, { initial: { hidden, cell } }), projected.forward(x, { lengths: [5, 2] })];
  },
  LstmCell: () => {
    using cell = new all.LstmCell(sizes, { key });
    const first = cell.forward(step);
    return [first, cell.forward(step, first)];
  },
  Rnn: () => {
    using rnn = new all.Rnn({ ...deep, nonlinearity: "relu" }, { key });
    return rnn.forward(x, { key, lengths: [5, 2] });
  },
  RnnCell: () => {
    using cell = new all.RnnCell(sizes, { key });
    return [cell.forward(step), cell.forward(step, state)];
  },
  gruSequence: () => {
    const [gates, weight, bias] = [zeros([2, 5, 12]), zeros([12, 4]), zeros([4])];
    return [gates, weight, bias, all.gruSequence(gates, weight, bias, state, { lengths: [5, 2] })];
  },
  lstmSequence: () => {
    const [gates, weight] = [zeros([2, 5, 16]), zeros([16, 4])];
    return [
      gates,
      weight,
      all.lstmSequence(gates, weight, { hidden: state, cell: state }, { reverse: true }),
    ];
  },
  rnnSequence: () => {
    const [gates, weight] = [zeros([2, 5, 4]), zeros([4, 4])];
    return [gates, weight, all.rnnSequence(gates, weight, state, { nonlinearity: "relu" })];
  },
};

describe("where no scope is open, a function leaves its result and nothing else", () => {
  test("every public name is called", () => {
    expect(Object.keys(calls).sort()).toEqual(Object.keys(all).sort());
  });

  test.each(Object.entries(calls))("%s", async (_, call) => {
    expect(await leftBehind(call)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
    expect(given.filter(({ isDisposed, scope }) => isDisposed || scope !== null)).toEqual([]);
  });
});
