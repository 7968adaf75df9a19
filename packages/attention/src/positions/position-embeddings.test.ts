import { ArgumentError, Key, ones, ShapeError, sum, type Tensor, valueAndGrad, zeros } from "@saccade/core";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LearnedPositions, type PositionEncoding, SinusoidalPositions } from "./position-embeddings.ts";
import { sinusoidTable } from "./sinusoidal.ts";

guardMemory({ beforeEach, afterEach });

describe("SinusoidalPositions", () => {
  const positions = new SinusoidalPositions(6, 4);

  test("adds its table to every sequence of a batch", async () => {
    const table = [...sinusoidTable("test", 3, 4)].map(Math.fround);
    const y = await evaluate(() => positions.forward(zeros([2, 3, 4])));
    expect(y).toEqual([...table, ...table]);
  });

  test("starts where it is told to", async () => {
    const whole = await evaluate(() => positions.forward(zeros([6, 4])));
    expect(await evaluate(() => positions.forward(zeros([2, 4]), 4))).toEqual(whole.slice(16));
  });

  test("keeps the dtype of x, has no parameters and leaves nothing behind outside of scopes", async () => {
    using x = zeros([2, 4], { dtype: "f64" });
    using y = positions.forward(x);
    expect(y.dtype).toBe("f64");
    expect((await y.data())[5]).toBe(Math.cos(1));
    expect(positions.parameters()).toEqual([]);
  });

  test("checks its arguments when it is made", () => {
    expect(() => new SinusoidalPositions(4, 3, { form: "transformer-xl" })).toThrow(
      new ArgumentError("SinusoidalPositions: the transformer-xl form needs an even width (got 3)"),
    );
  });
});

describe("LearnedPositions", () => {
  test("adds row p at place p; the gradient of a row is the sum over the batch", async () => {
    using positions = new LearnedPositions(5, 2, { key: new Key(3) });
    const rows = await evaluate(() => positions.weight.slice([1, 4]));
    expect(await evaluate(() => positions.forward(zeros([1, 3, 2]), 1))).toEqual(rows);
    using x = ones([4, 3, 2]);
    using result = valueAndGrad(() => sum(positions.forward(x, 1)), [positions.weight, x]);
    expect([...(await result.grads[0].data())]).toEqual([0, 0, 4, 4, 4, 4, 4, 4, 0, 0]);
    expect([...(await result.grads[1].data())]).toEqual(new Array(24).fill(1));
  });

  test("rows begin normal with the given deviation", async () => {
    using positions = new LearnedPositions(100, 50, { key: new Key(0), std: 0.3 });
    const values = await evaluate(() => positions.weight);
    const variance = values.reduce((total, value) => total + value * value, 0) / values.length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.3, 1);
    expect(Object.keys(positions.stateDict())).toEqual(["weight"]);
  });

  test.each([
    [{ std: -1 }, "std must be finite and not negative (got -1)"],
    [{ std: Number.NaN }, "std must be finite and not negative (got NaN)"],
  ])("refuses %j", (options, message) => {
    expect(() => new LearnedPositions(4, 2, { key: new Key(0), ...options })).toThrow(
      new ArgumentError(`LearnedPositions: ${message}`),
    );
  });

  test("refuses sizes that are none", () => {
    expect(() => new LearnedPositions(0, 2, { key: new Key(0) })).toThrow(
      new ArgumentError("LearnedPositions: maxLength must be a positive integer (got 0)"),
    );
  });
});

describe.each([
  ["SinusoidalPositions", () => new SinusoidalPositions(4, 3)],
  ["LearnedPositions", () => new LearnedPositions(4, 3, { key: new Key(0) })],
] as const)("%s", (name, make) => {
  const refused = (x: () => Tensor, start?: number): (() => Tensor) => {
    return () => {
      using positions: PositionEncoding & Disposable = make();
      using input = x();
      return positions.forward(input, start);
    };
  };

  test("takes sequences of no length, and to the very end", async () => {
    using positions = make();
    expect(await evaluate(() => positions.forward(zeros([2, 0, 3]), 4))).toEqual([]);
    expect((await evaluate(() => positions.forward(zeros([4, 3])))).length).toBe(12);
  });

  test("refuses what is too long, of another width, or starts nowhere", () => {
    const longer = refused(() => zeros([1, 3, 3]), 2);
    expect(longer).toThrow(ShapeError);
    expect(longer).toThrow(
      new RegExp(
        `^${name}: there are 4 positions, x ends at 5 \\(got tensor \\d+ f32 \\[1,3,3\\], start 2\\)$`,
      ),
    );
    const wide = new RegExp(
      `^${name}: x must be \\[\\.\\.\\., length, 3\\] \\(got tensor \\d+ f32 \\[2,1\\]\\)$`,
    );
    expect(refused(() => zeros([2, 1]))).toThrow(wide);
    expect(refused(() => zeros([3]))).toThrow(ShapeError);
    for (const start of [-1, 0.5]) {
      expect(refused(() => zeros([2, 3]), start)).toThrow(
        new ArgumentError(`${name}: start must be a non-negative integer (got ${start})`),
      );
    }
  });
});
