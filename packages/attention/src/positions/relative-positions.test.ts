import {
  ArgumentError,
  add,
  gather,
  Key,
  matmul,
  mul,
  randn,
  ShapeError,
  softmax,
  type Tensor,
  tensor,
  transpose,
  unsqueeze,
  vjp,
  zeros,
} from "@saccade/core";
import { evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attention } from "../scaled-dot-product/attention.ts";
import { goldenCases } from "../testing/golden.ts";
import { RelativePositionBias, relativePositionBucket } from "./relative-position-bias.ts";
import { relativeShift } from "./relative-shift.ts";
import { shawAttention } from "./shaw-attention.ts";
import { transformerXlAttention } from "./transformer-xl-attention.ts";

guardMemory({ beforeEach, afterEach });

const t5 = goldenCases(new URL("../fixtures/t5-bias.safetensors", import.meta.url));

describe("T5", () => {
  const optionsOf = (config: Readonly<Record<string, unknown>>) => ({
    numBuckets: Number(config.num_buckets),
    maxDistance: Number(config.max_distance),
    bidirectional: config.bidirectional === true,
  });

  test.each([...t5.values()].filter(({ name }) => name.startsWith("bucket")))("$name", async (golden) => {
    const distances = await evaluate(() => golden.tensor("in/relative_position"));
    golden.check(
      "out/bucket",
      Array.from(distances, (d) => relativePositionBucket(d, optionsOf(golden.config))),
    );
  });

  test.each([...t5.values()].filter(({ name }) => name.startsWith("attn")))("$name", async (golden) => {
    const names = ["in/q", "in/k", "in/v"];
    const [out, ...grads] = await evaluateAll(() => {
      const [q, k, v] = names.map((name) => golden.tensor(name));
      const table = golden.tensor("in/rel_bias");
      const config = { numHeads: table.shape[1], ...optionsOf(golden.config) };
      using positions = new RelativePositionBias(config, { key: new Key(0) });
      positions.loadStateDict({ weight: table });
      const inputs = [q, k, v, positions.weight];
      const forward = (): Tensor =>
        attention(q, k, v, { bias: positions.forward(k.shape[2]).narrow(2, 0, q.shape[2]), scale: 1 });
      const result = vjp(() => [forward()], inputs, [golden.tensor("gout/out")]);
      return [...result.outputs, ...result.grads];
    });
    golden.check("out/out", out);
    for (const [i, name] of [...names, "in/rel_bias"].entries()) golden.check(`grad/${name}`, grads[i]);
  });

  test("cached keys come before the queries", async () => {
    const make = (queries: number, keys: number): Promise<ArrayLike<number>> =>
      evaluate(() => {
        using positions = new RelativePositionBias({ numHeads: 2, numBuckets: 8 }, { key: new Key(1) });
        return positions.forward(queries, keys);
      });
    const [whole, last] = [await make(5, 5), await make(1, 5)];
    for (let h = 0; h < 2; h++) {
      for (let s = 0; s < 5; s++) expect(last[h * 5 + s]).toBe(whole[h * 25 + 20 + s]);
    }
  });

  test.each([
    [{ numBuckets: 3 }, "numBuckets must be a whole number of at least 4, and even (got 3)"],
    [{ numBuckets: 8, maxDistance: 2 }, "maxDistance must be above 2"],
  ])("refuses %j", (options, message) => {
    expect(() => relativePositionBucket(1, options)).toThrow(ArgumentError);
    expect(() => relativePositionBucket(1, options)).toThrow(message);
  });
});

describe("relativeShift", () => {
  test("takes for each key the column of its distance", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), async (T, S) => {
        const columns = S + T - 1;
        const y = await evaluate(() =>
          relativeShift(
            tensor(
              Float32Array.from({ length: 2 * T * columns }, (_, i) => i),
              { shape: [2, T, columns] },
            ),
            S,
          ),
        );
        const want: number[] = [];
        for (let b = 0; b < 2; b++)
          for (let t = 0; t < T; t++)
            for (let s = 0; s < S; s++) want.push((b * T + t) * columns + T - 1 - t + s);
        expect([...y]).toEqual(want);
      }),
    );
  });

  test("no queries, and what does not fit", async () => {
    expect((await evaluate(() => relativeShift(zeros([2, 0, 4]), 5))).length).toBe(0);
    await evaluateAll(() => {
      expect(() => relativeShift(zeros([2, 4]), 4)).toThrow(ShapeError);
      return [];
    });
  });
});

describe("Transformer-XL", () => {
  test("refuses terms of other shapes", async () => {
    await evaluateAll(() => {
      const x = zeros([1, 2, 3, 4]);
      const terms = { distances: zeros([2, 5, 4]), contentBias: zeros([2, 4]), positionBias: zeros([4]) };
      expect(() => transformerXlAttention(x, x, x, terms)).toThrow("positionBias must be [2, 4]");
      const short = { ...terms, positionBias: zeros([2, 4]), distances: zeros([2, 3, 4]) };
      expect(() => transformerXlAttention(x, x, x, short)).toThrow(
        "distances must be [H, S + T - 1, E] for T = 3, S = 3",
      );
      return [];
    });
  });
});

describe("Shaw", () => {
  /** Equations 3 to 5 with a vector for every pair. */
  function definition(q: Tensor, k: Tensor, v: Tensor, keys: Tensor, values: Tensor): Tensor {
    const [, , T, E] = q.shape;
    const S = k.shape[2];
    const most = (keys.shape[0] - 1) / 2;
    const index = Int32Array.from(
      { length: T * S },
      (_, n) => Math.min(most, Math.max(-most, (n % S) - Math.floor(n / S) - (S - T))) + most,
    );
    const pairs = (table: Tensor): Tensor => {
      const rows = tensor(index, { shape: [T * S, 1], backend: q.backend }).expand([T * S, table.shape[1]]);
      return gather(table, rows, 0).reshape([T, S, table.shape[1]]);
    };
    const aK = transpose(pairs(keys), 1, 2); // [T, E, S]
    const relative = matmul(unsqueeze(q, 3), aK).reshape([q.shape[0], q.shape[1], T, S]);
    const weights = softmax(mul(add(matmul(q, transpose(k, 2, 3)), relative), 1 / Math.sqrt(E)));
    const fromValues = matmul(unsqueeze(weights, 3), pairs(values)).reshape([
      ...q.shape.slice(0, 3),
      v.shape[3],
    ]);
    return add(matmul(weights, v), fromValues);
  }

  test.each([
    [4, 4],
    [2, 5],
    [1, 3],
  ])("T %d, S %d: the definition, and its gradients", async (T, S) => {
    const inputs = (): Tensor[] =>
      [
        [2, 2, T, 3],
        [2, 2, S, 3],
        [2, 2, S, 5],
        [5, 3],
        [5, 5],
      ].map((shape, i) => randn(new Key(i), shape, { dtype: "f64" }));
    const of = (f: (q: Tensor, k: Tensor, v: Tensor, a: Tensor, b: Tensor) => Tensor) =>
      evaluateAll(() => {
        const given = inputs() as [Tensor, Tensor, Tensor, Tensor, Tensor];
        const upstream = randn(new Key(9), [2, 2, T, 5], { dtype: "f64" });
        const { outputs, grads } = vjp(() => [f(...given)], given, [upstream]);
        return [...outputs, ...grads];
      });
    const got = await of((q, k, v, keys, values) => shawAttention(q, k, v, { keys, values }));
    const want = await of(definition);
    for (const [i, values] of want.entries()) {
      expect(got[i].length).toBe(values.length);
      for (let n = 0; n < values.length; n++) expect(got[i][n]).toBeCloseTo(values[n], 12);
    }
  });

  test("without values it is attention with a bias", async () => {
    const [fused, whole] = await evaluateAll(() => {
      const x = randn(new Key(1), [1, 2, 4, 3], { dtype: "f64" });
      const keys = randn(new Key(2), [3, 3], { dtype: "f64" });
      const none = zeros([3, 3], { dtype: "f64" });
      const spec = { causal: true };
      return [shawAttention(x, x, x, { keys }, spec), shawAttention(x, x, x, { keys, values: none }, spec)];
    });
    for (let n = 0; n < whole.length; n++) expect(fused[n]).toBeCloseTo(whole[n], 12);
  });

  test("refuses tables that are none", async () => {
    await evaluateAll(() => {
      const x = zeros([1, 1, 2, 3]);
      expect(() => shawAttention(x, x, x, { keys: zeros([4, 3]) })).toThrow("keys must be [2k + 1, 3]");
      return [];
    });
  });
});
