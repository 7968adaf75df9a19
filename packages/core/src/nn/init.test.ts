import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Key, memory, ShapeError, type Tensor } from "../index.ts";
import { evaluate, guardMemory } from "../testing/index.ts";
import { Conv1d, Conv2d, Embedding, init, Linear } from "./index.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(11);
const mean = (xs: readonly number[]): number => xs.reduce((a, x) => a + x, 0) / xs.length;

/** Fills `[-bound, bound)`: mean 0, variance bound^2 / 3, and comes close to both ends. */
function expectUniform(values: readonly number[], bound: number): void {
  const n = values.length;
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound * (1 + 1e-6));
  expect(Math.max(...values)).toBeGreaterThan(bound * (1 - 20 / n));
  expect(Math.min(...values)).toBeLessThan(-bound * (1 - 20 / n));
  const variance = bound ** 2 / 3;
  expect(Math.abs(mean(values))).toBeLessThan(4 * Math.sqrt(variance / n));
  // The variance of x^2 of a uniform x is 4/45 bound^4.
  expect(Math.abs(mean(values.map((x) => x * x)) - variance)).toBeLessThan(
    4 * bound ** 2 * Math.sqrt(4 / 45 / n),
  );
}

function expectNormal(values: readonly number[], std: number): void {
  const n = values.length;
  expect(Math.abs(mean(values))).toBeLessThan((4 * std) / Math.sqrt(n));
  expect(Math.abs(mean(values.map((x) => x * x)) - std ** 2)).toBeLessThan(4 * std ** 2 * Math.sqrt(2 / n));
  // A normal: the fourth moment is 3 std^4.
  expect(Math.abs(mean(values.map((x) => x ** 4)) / std ** 4 - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
}

describe("initializers", () => {
  const shape = [60, 40, 5]; // fans: 200 in, 300 out
  const kinds: [string, () => Tensor, (values: readonly number[]) => void][] = [
    ["uniform", () => init.uniform(key, shape, 0.3), (v) => expectUniform(v, 0.3)],
    ["normal", () => init.normal(key, shape, 0.02), (v) => expectNormal(v, 0.02)],
    ["xavierUniform", () => init.xavierUniform(key, shape), (v) => expectUniform(v, Math.sqrt(6 / 500))],
    ["xavierNormal", () => init.xavierNormal(key, shape, 2), (v) => expectNormal(v, 2 * Math.sqrt(2 / 500))],
    ["kaimingUniform", () => init.kaimingUniform(key, shape), (v) => expectUniform(v, Math.sqrt(6 / 200))],
    ["kaimingNormal", () => init.kaimingNormal(key, shape, 1), (v) => expectNormal(v, Math.sqrt(1 / 200))],
  ];

  test.each(kinds)("%s", async (_, create, check) => {
    check(await evaluate(create));
  });

  test("make one tensor each, in the dtype that is asked for", () => {
    const before = memory().tensors;
    using x = init.kaimingUniform(key, [3, 4], 1, { dtype: "f64" });
    expect(memory().tensors - before).toBe(1);
    expect(x.dtype).toBe("f64");
    expect(() => init.fans([3])).toThrow(ShapeError);
  });
});

describe("the defaults are PyTorch's", () => {
  test("Linear: weight and bias uniform in 1/sqrt(in), independent", async () => {
    using layer = new Linear(64, 400, { key });
    const [weight, bias] = [
      await evaluate(() => layer.weight),
      await evaluate(() => layer.bias ?? layer.weight),
    ];
    expectUniform(weight, 1 / 8);
    expectUniform(bias, 1 / 8);
    expect(weight.slice(0, 400)).not.toEqual(bias);
  });

  test("convolutions: by the size of what an output sees", async () => {
    using one = new Conv1d(16, 100, 4, { key, groups: 4 });
    expect(one.weight.shape).toEqual([100, 4, 4]);
    expectUniform(await evaluate(() => one.weight), 1 / 4);
    using two = new Conv2d(4, 100, [2, 8], { key });
    expect(two.weight.shape).toEqual([100, 4, 2, 8]);
    expectUniform(await evaluate(() => two.weight), 1 / 8);
    expectUniform(await evaluate(() => two.bias ?? two.weight), 1 / 8);
  });

  test("Embedding: standard normal", async () => {
    using table = new Embedding(200, 50, { key });
    expectNormal(await evaluate(() => table.weight), 1);
  });

  test("Linear takes other initializers", async () => {
    using layer = new Linear(10, 10, {
      key,
      weightInit: (k, shape, where) => init.normal(k, shape, 0.02, where),
      biasInit: init.zero,
    });
    expect(await evaluate(() => layer.bias ?? layer.weight)).toEqual(new Array(10).fill(0));
    expect(Math.max(...(await evaluate(() => layer.weight)))).toBeLessThan(0.1);
  });
});
