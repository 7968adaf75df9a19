import { DTypeError, Key, ones, randn, ShapeError, type Tensor, tensor, vjp, zeros } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { define, gatesOf, type Kind } from "../testing/definition.ts";
import { gruSequence, lstmSequence, rnnSequence, type SequenceOptions } from "./sequence.ts";

guardMemory({ beforeEach, afterEach });

interface Given {
  readonly gates: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly hidden: Tensor;
  readonly cell: Tensor;
}

/** Output, last state, last cell (of an LSTM). */
function compute(kind: Kind, given: Given, options: SequenceOptions): readonly Tensor[] {
  const { gates, weight, bias, hidden, cell } = given;
  if (kind === "lstm") {
    const result = lstmSequence(gates, weight, { hidden, cell }, options);
    return [result.output, result.hidden, result.cell];
  }
  const result =
    kind === "gru"
      ? gruSequence(gates, weight, bias, hidden, options)
      : rnnSequence(gates, weight, hidden, { ...options, nonlinearity: kind });
  return [result.output, result.hidden];
}

const examples = fc
  .record({
    kind: fc.constantFrom<Kind>("lstm", "gru", "tanh", "relu"),
    B: fc.integer({ min: 0, max: 3 }),
    T: fc.integer({ min: 0, max: 4 }),
    H: fc.integer({ min: 1, max: 4 }),
    reverse: fc.boolean(),
    seed: fc.integer({ min: 0, max: 1000 }),
  })
  .chain((sizes) =>
    fc.record({
      sizes: fc.constant(sizes),
      lengths: fc.option(
        fc.array(fc.integer({ min: 0, max: sizes.T }), { minLength: sizes.B, maxLength: sizes.B }),
        { nil: undefined },
      ),
    }),
  );

test("every kind, any sizes, lengths and directions: the equations, in f64", async () => {
  const backend = createReferenceBackend();
  await fc.assert(
    fc.asyncProperty(examples, async ({ sizes, lengths }) => {
      const { kind, B, T, H, reverse, seed } = sizes;
      const key = new Key(seed);
      const draw = (n: number, shape: readonly number[]): Tensor =>
        randn(key.fold(n), shape, { dtype: "f64", backend });
      const make = (): Given => ({
        gates: draw(0, [B, T, gatesOf(kind) * H]),
        weight: draw(1, [gatesOf(kind) * H, H]),
        bias: draw(2, [H]),
        hidden: draw(3, [B, H]),
        cell: draw(4, [B, H]),
      });
      const [gates, weight, bias, hidden, cell] = await evaluateAll(() => Object.values(make()));
      const given = { gates, weight, bias, hidden, cell, lengths: lengths ?? new Array(B).fill(T), reverse };
      const expected = define(kind, sizes, given);
      const results = await evaluateAll(() => compute(kind, make(), { lengths, reverse }));
      const wanted = [expected.output, expected.hidden, expected.cell];
      for (const [n, result] of results.entries()) {
        expect(result.length).toBe(wanted[n].length);
        for (const [i, x] of result.entries()) expect(x).toBeCloseTo(wanted[n][i], 12);
      }
    }),
    { numRuns: 150 },
  );
  await backend.dispose();
});

describe.each<Kind>(["lstm", "gru", "tanh", "relu"])("%s", (kind) => {
  const [B, T, H] = [3, 4, 3];
  const key = new Key(7);
  const make = (gates: Tensor): Given => ({
    gates,
    weight: randn(key.fold(1), [gatesOf(kind) * H, H]),
    bias: randn(key.fold(2), [H]),
    hidden: randn(key.fold(3), [B, H]),
    cell: randn(key.fold(4), [B, H]),
  });

  test("NaN stays in its sequence, and in padding it is never seen", async () => {
    const width = gatesOf(kind) * H;
    const numbers = await evaluateAll(() => [randn(key.fold(0), [B, T, width])]);
    const spoilt = Float32Array.from(numbers[0]);
    spoilt.fill(Number.NaN, (T + 2) * width, (T + 3) * width); // sequence 1, step 2
    const gates = (): Tensor => tensor(spoilt, { shape: [B, T, width] });
    const [seen] = await evaluateAll(() => compute(kind, make(gates()), {}));
    const nan = seen.map(Number.isNaN);
    expect(nan.slice(0, (T + 2) * H)).not.toContain(true);
    expect(nan.slice((T + 2) * H, 2 * T * H)).not.toContain(false);
    expect(nan.slice(2 * T * H)).not.toContain(true);
    for (const reverse of [false, true]) {
      const hidden = await evaluateAll(() => {
        const given = make(gates());
        const { outputs, grads } = vjp(
          () => compute(kind, given, { lengths: [4, 2, 4], reverse }),
          [given.gates, given.weight, given.hidden],
          compute(kind, given, { reverse }).map((x) => ones(x.shape)),
        );
        return [...outputs, ...grads];
      });
      expect(hidden.flat().filter(Number.isNaN)).toEqual([]);
    }
  });

  test("gradients of what is padding are zeros; without steps, that of the last state is that of the first", async () => {
    const width = gatesOf(kind) * H;
    const [dGates, dHidden] = await evaluateAll(() => {
      const given = make(randn(key.fold(0), [B, T, width]));
      const results = compute(kind, given, { lengths: [4, 2, 0] });
      return vjp(
        () => compute(kind, given, { lengths: [4, 2, 0] }),
        [given.gates, given.hidden],
        results.map((x) => ones(x.shape)),
      ).grads;
    });
    expect(new Set(dGates.slice((T + 2) * width))).toEqual(new Set([0]));
    expect(dHidden.slice(2 * H)).toEqual([1, 1, 1]);
  });

  test("f16 on the reference: computed in f32, rounded once", async () => {
    const run = (dtype: "f16" | "f32"): Promise<number[][]> =>
      evaluateAll(() => {
        const exact = make(randn(key.fold(0), [B, T, gatesOf(kind) * H]));
        const entries = Object.entries(exact).map(([name, x]) => [name, x.cast("f16").cast(dtype)]);
        return compute(kind, Object.fromEntries(entries) as Given, {});
      });
    const [narrow, wide] = [await run("f16"), await run("f32")];
    for (const [n, result] of narrow.entries()) {
      for (const [i, x] of result.entries()) {
        expect(Math.abs(x - wide[n][i])).toBeLessThanOrEqual(2 ** -11 * Math.abs(wide[n][i]) + 2 ** -24);
      }
    }
  });
});

describe("errors name what was got", () => {
  const state = (): { hidden: Tensor; cell: Tensor } => ({ hidden: zeros([2, 3]), cell: zeros([2, 3]) });
  test.each<[string, () => unknown]>([
    [
      "lstm: the weight must be [4 H, H] (gates [2,5,12], weight [9,3])",
      () => lstmSequence(zeros([2, 5, 12]), zeros([9, 3]), state()),
    ],
    [
      "gru: gates must be [batch, length, 9] (gates [2,5,12], weight [9,3])",
      () => gruSequence(zeros([2, 5, 12]), zeros([9, 3]), null, zeros([2, 3])),
    ],
    [
      "rnn: hidden must be [2, 3] (got [3,2])",
      () => rnnSequence(zeros([2, 5, 3]), zeros([3, 3]), zeros([3, 2])),
    ],
    [
      "gru: the bias must be [3] (got [9])",
      () => gruSequence(zeros([2, 5, 9]), zeros([9, 3]), zeros([9]), zeros([2, 3])),
    ],
    [
      "lstmSequence: lengths must have 2 numbers, one a sequence (got 3)",
      () => lstmSequence(zeros([2, 5, 12]), zeros([12, 3]), state(), { lengths: [1, 2, 3] }),
    ],
    [
      "lstmSequence: lengths[1] must be an integer of 0 to 5 (got 6)",
      () => lstmSequence(zeros([2, 5, 12]), zeros([12, 3]), state(), { lengths: [5, 6] }),
    ],
    [
      'rnnSequence: nonlinearity must be "tanh" or "relu" (got sigmoid)',
      () =>
        rnnSequence(zeros([2, 5, 3]), zeros([3, 3]), zeros([2, 3]), { nonlinearity: "sigmoid" as "tanh" }),
    ],
    [
      'gruSequence: unknown option "backwards" (known: lengths, reverse)',
      () => gruSequence(zeros([1, 1, 3]), zeros([3, 1]), null, zeros([1, 1]), { backwards: true } as object),
    ],
  ])("%s", async (message, call) => {
    await evaluateAll(() => {
      expect(call).toThrow(message);
      return [];
    });
  });

  test("kinds of errors", async () => {
    await evaluateAll(() => {
      expect(() => rnnSequence(zeros([2, 3]), zeros([3, 3]), zeros([2, 3]))).toThrow(ShapeError);
      const whole = zeros([3, 3], { dtype: "i32" });
      expect(() => rnnSequence(zeros([2, 5, 3]), whole, zeros([2, 3]))).toThrow(DTypeError);
      return [];
    });
  });
});
