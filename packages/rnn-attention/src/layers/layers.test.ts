import {
  autocast,
  concat,
  Key,
  narrow,
  ones,
  randn,
  type Tensor,
  tidy,
  valueAndGrad,
  zeros,
} from "@saccade/core";
import { AdamW } from "@saccade/core/optim";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GruCell } from "../cells/gru-cell.ts";
import { Gru } from "./gru.ts";
import { Lstm } from "./lstm.ts";
import { Rnn } from "./rnn.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const sizes = { inputSize: 3, hiddenSize: 4 };

function near(a: readonly number[], b: readonly number[]): void {
  expect(a.length).toBe(b.length);
  for (const [i, x] of a.entries()) expect(x).toBeCloseTo(b[i], 5);
}

test("parameters have PyTorch's names, in its order", () => {
  using lstm = new Lstm({ ...sizes, numLayers: 2, bidirectional: true, projSize: 2 }, { key });
  const own = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"];
  const expected = ["_l0", "_l0_reverse", "_l1", "_l1_reverse"].flatMap((suffix) =>
    own.map((name) => name + suffix),
  );
  expect(Object.keys(lstm.stateDict())).toEqual(expected);
  expect(lstm.weight_ih_l1_reverse.shape).toEqual([16, 4]);
  expect(lstm.weight_hh_l0.shape).toEqual([16, 2]);
  using rnn = new Rnn({ ...sizes, bias: false }, { key });
  expect(Object.keys(rnn.stateDict())).toEqual(["weight_ih_l0", "weight_hh_l0"]);
});

test("a sequence in two parts, the states handed on", async () => {
  using lstm = new Lstm({ ...sizes, numLayers: 2 }, { key });
  const [whole, parts] = await evaluateAll(() => {
    const x = randn(key.fold(1), [2, 5, 3]);
    const first = lstm.forward(narrow(x, 1, 0, 2));
    const { output, hidden, cell } = lstm.forward(narrow(x, 1, 2, 3), {
      initial: { hidden: first.hidden, cell: first.cell },
    });
    const all = lstm.forward(x);
    const joined = (a: Tensor, b: Tensor, c: Tensor): Tensor =>
      concat([a.reshape([-1]), b.reshape([-1]), c.reshape([-1])]);
    return [
      joined(all.output, all.hidden, all.cell),
      joined(concat([first.output, output], 1), hidden, cell),
    ];
  });
  near(whole, parts);
});

test("both directions with padding: each sequence as it would be alone", async () => {
  using gru = new Gru({ ...sizes, numLayers: 2, bidirectional: true }, { key });
  const lengths = [4, 1, 3];
  const results = await evaluateAll(() => {
    const x = randn(key.fold(1), [3, 4, 3]);
    const together = gru.forward(x, { lengths });
    return lengths.flatMap((length, b) => {
      const alone = gru.forward(narrow(narrow(x, 0, b, 1), 1, 0, length));
      return [
        narrow(narrow(together.output, 0, b, 1), 1, 0, length),
        alone.output,
        narrow(together.hidden, 1, b, 1),
        alone.hidden,
        narrow(narrow(together.output, 0, b, 1), 1, length, 4 - length),
      ];
    });
  });
  for (let b = 0; b < 3; b++) {
    const [output, aloneOutput, hidden, aloneHidden, padding] = results.slice(5 * b, 5 * b + 5);
    near(output, aloneOutput);
    near(hidden, aloneHidden);
    expect(padding.every((x) => x === 0)).toBe(true);
  }
});

test("a cell, step by step, is a layer", async () => {
  using gru = new Gru(sizes, { key });
  using cell = new GruCell(sizes, { key });
  tidy(() => {
    const state = Object.entries(gru.stateDict()).map(([name, x]) => [name.replace("_l0", ""), x]);
    cell.loadStateDict(Object.fromEntries(state));
  });
  const [layer, steps] = await evaluateAll(() => {
    const x = randn(key.fold(1), [2, 3, 3]);
    let hidden: Tensor | undefined;
    for (let t = 0; t < 3; t++) hidden = cell.forward(narrow(x, 1, t, 1).reshape([2, 3]), hidden);
    return [gru.forward(x).hidden, hidden as Tensor];
  });
  near(layer, steps);
});

test("mixed precision: states are f16, gradients of parameters f32", async () => {
  using gru = new Gru({ ...sizes, bidirectional: true }, { key });
  const [exact, lowered, ...grads] = await evaluateAll(() => {
    const x = randn(key.fold(1), [2, 3, 3]);
    const run = (): Tensor => gru.forward(x, { lengths: [3, 2] }).output;
    const half = autocast({ dtype: "f16" }, run);
    expect(half.dtype).toBe("f16");
    const loss = (): Tensor => autocast({ dtype: "f16" }, run).sum();
    const result = valueAndGrad(loss, gru.parameters());
    for (const grad of result.grads) expect(grad.dtype).toBe("f32");
    return [run(), half, ...result.grads];
  });
  for (const [i, x] of lowered.entries()) expect(Math.abs(x - exact[i])).toBeLessThan(2e-3);
  expect(grads.flat().every(Number.isFinite)).toBe(true);
});

test("dropout is between layers, and only with a key", async () => {
  using one = new Rnn({ ...sizes, dropout: 0.5 }, { key });
  using two = new Rnn({ ...sizes, numLayers: 2, dropout: 0.5 }, { key });
  const [a, b, c, d, e] = await evaluateAll(() => {
    const x = randn(key.fold(1), [2, 3, 3]);
    return [
      one.forward(x).output,
      one.forward(x, { key }).output,
      two.forward(x).output,
      two.forward(x, { key }).output,
      two.forward(x, { key }).output,
    ];
  });
  expect(b).toEqual(a);
  expect(d).not.toEqual(c);
  expect(e).toEqual(d);
});

test("an LSTM learns to keep what it is told to", async () => {
  using lstm = new Lstm({ inputSize: 2, hiddenSize: 6 }, { key });
  using optimizer = new AdamW(lstm.parameters(), { lr: 0.03 });
  const losses: number[] = [];
  for (let step = 0; step < 150; step++) {
    using result = valueAndGrad(() => {
      const noise = randn(key.fold(step), [16, 8, 1]);
      const sign = concat([ones([16, 1, 1]), zeros([16, 7, 1])], 1); // at the first step
      const { hidden } = lstm.forward(concat([noise, sign], 2));
      const told = narrow(noise, 1, 0, 1).reshape([16, 1]).tanh();
      return narrow(hidden.reshape([16, 6]), 1, 0, 1)
        .sub(told)
        .square()
        .mean();
    }, optimizer.parameters);
    optimizer.step(result.grads);
    losses.push(await result.value.item());
  }
  expect(losses[0]).toBeGreaterThan(0.2);
  expect(Math.max(...losses.slice(-10))).toBeLessThan(0.08); // 0.39 for who forgets
});

describe("what is refused", () => {
  test.each<[string, () => unknown]>([
    [
      "Gru: hiddenSize must be a positive integer (got 0)",
      () => new Gru({ ...sizes, hiddenSize: 0 }, { key }),
    ],
    [
      "Lstm: projSize must be a positive integer (got -1)",
      () => new Lstm({ ...sizes, projSize: -1 }, { key }),
    ],
    ["Rnn: dropout must be in [0, 1) (got 1)", () => new Rnn({ ...sizes, dropout: 1 }, { key })],
    [
      'Gru: unknown option "batchFirst" (known: bias, bidirectional, dropout, hiddenSize, inputSize, numLayers)',
      () => new Gru({ ...sizes, batchFirst: true } as typeof sizes, { key }),
    ],
  ])("%s", (message, call) => {
    expect(call).toThrow(message);
  });

  test("shapes, by name", async () => {
    using lstm = new Lstm({ ...sizes, numLayers: 2 }, { key });
    await evaluateAll(() => {
      const x = randn(key, [2, 5, 3]);
      const state = randn(key, [1, 2, 4]);
      expect(() => lstm.forward(narrow(x, 2, 0, 2))).toThrow("Lstm: x must be [batch, length, 3]");
      const initial = { hidden: state, cell: state };
      expect(() => lstm.forward(x, { initial })).toThrow("Lstm: initial.hidden must be [2, 2, 4]");
      expect(() => lstm.forward(x, { lengths: [1] })).toThrow("Lstm: lengths must have 2 numbers");
      return [];
    });
  });
});
