import { ArgumentError, Key, threefry2x32 } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { goldenCases } from "../../../attention/src/testing/golden.ts";
import { candidates } from "../testing/candidates.ts";
import { greedyToken, type SamplingOptions, sampleToken } from "./sampling.ts";

guardMemory({ beforeEach, afterEach });

const cases = goldenCases(new URL("../fixtures/sampling.safetensors", import.meta.url));

describe("candidates", () => {
  test.each([...cases.values()])("transformers: $name", async (golden) => {
    const { temperature, top_k, top_p } = golden.config;
    const options: SamplingOptions = {
      ...(temperature === undefined ? {} : { temperature: Number(temperature) }),
      ...(top_k === undefined ? {} : { topK: Number(top_k) }),
      ...(top_p === undefined ? {} : { topP: Number(top_p) }),
    };
    const [given, expected] = await evaluateAll(() => [
      golden.tensor("in/scores"),
      golden.tensor("out/scores").softmax(),
    ]);
    const V = given.length / 2;
    for (const start of [0, V]) {
      const { ids, probabilities } = candidates(given.slice(start, start + V), options);
      const got = new Array<number>(V).fill(0);
      for (const [i, id] of ids.entries()) got[id] = probabilities[i];
      for (const [i, p] of got.entries()) expect(p).toBeCloseTo(expected[start + i], 5);
      expect(ids.length).toBe(expected.slice(start, start + V).filter((p) => p > 0).length);
    }
  });

  test("are never none, never more than topK, and hold topP of what topK leaves with none to spare", () => {
    const logits = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 20 });
    const options = fc.record({
      temperature: fc.double({ min: 0.01, max: 10, noNaN: true }),
      topK: fc.integer({ min: 1, max: 25 }),
      topP: fc.double({ min: 1e-9, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(logits, options, (values, { temperature, topK, topP }) => {
        const { ids, probabilities } = candidates(values, { temperature, topK, topP });
        const all = candidates(values, { temperature, topK });
        expect(ids.length).toBeGreaterThan(0);
        expect(ids.length).toBeLessThanOrEqual(Math.min(topK, values.length));
        expect(ids).toEqual(all.ids.slice(0, ids.length));
        expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        const mass = (count: number): number => all.probabilities.slice(0, count).reduce((a, b) => a + b, 0);
        expect(mass(ids.length)).toBeGreaterThanOrEqual(topP - 1e-9);
        expect(mass(ids.length - 1)).toBeLessThan(topP + 1e-9);
      }),
    );
  });
});

describe("sampleToken", () => {
  test("is the inverse of the candidates' distribution function, for ties and forbidden tokens too", () => {
    const logit = fc.oneof(
      fc.integer({ min: -3000, max: 3000 }).map((x) => x / 100), // never so close that weights tie where logits do not
      fc.integer({ min: -2, max: 2 }),
      fc.constant(Number.NEGATIVE_INFINITY),
    );
    const given = fc.record({
      logits: fc.array(logit, { minLength: 1, maxLength: 40 }).filter((all) => all.some(Number.isFinite)),
      temperature: fc.double({ min: 0.1, max: 10, noNaN: true }),
      topK: fc.option(fc.integer({ min: 1, max: 45 }), { nil: undefined }),
      topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(given, ({ logits, temperature, topK, topP, seed }) => {
        const options = { temperature, topP, ...(topK === undefined ? {} : { topK }) };
        const key = new Key(seed);
        const { ids, probabilities } = candidates(logits, options);
        const at = (threefry2x32(key.words, 0, 0)[0] >>> 0) * 2 ** -32;
        const rank = ids.indexOf(sampleToken(logits, options, key));
        expect(rank).toBeGreaterThanOrEqual(0);
        const below = probabilities.slice(0, rank).reduce((a, b) => a + b, 0);
        expect(below).toBeLessThanOrEqual(at + 1e-9);
        expect(below + probabilities[rank]).toBeGreaterThanOrEqual(at - 1e-9);
        expect(probabilities[rank]).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  const logits = [0, 1, 2, Math.log(0.5)];
  const draw = (options: SamplingOptions, count = 4000): number[] => {
    const shares = new Array<number>(logits.length).fill(0);
    for (let i = 0; i < count; i++) shares[sampleToken(logits, options, new Key(7).fold(i))] += 1 / count;
    return shares;
  };
  const softmax = (temperature: number): number[] => {
    const weights = logits.map((logit) => Math.exp(logit / temperature));
    const total = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight) => weight / total);
  };

  // Standard deviation of a share of 4000 draws: at most 0.008.
  test.each([1, 0.5, 3])("draws from softmax(logits / %d)", (temperature) => {
    const expected = softmax(temperature);
    for (const [i, share] of draw({ temperature }).entries()) {
      expect(Math.abs(share - expected[i])).toBeLessThan(0.03);
    }
  });

  test("topK leaves the k likeliest, in proportion", () => {
    const [a, b, c, d] = draw({ topK: 2 });
    expect([a, d]).toEqual([0, 0]);
    expect(Math.abs(c / b - Math.E)).toBeLessThan(0.3);
  });

  test("topP leaves the fewest that hold p, and at least one", () => {
    const [, , likeliest] = softmax(1);
    expect(draw({ topP: likeliest - 0.01 }, 200)).toEqual([0, 0, expect.closeTo(1, 9), 0]);
    expect(draw({ topP: 1e-6 }, 200)[2]).toBeCloseTo(1, 9);
    expect(draw({ topP: likeliest + 0.01 }, 1000).filter((share) => share > 0).length).toBe(2);
  });

  test("is a function of its key", () => {
    const options = { temperature: 2 };
    const draws = Array.from({ length: 50 }, (_, i) => sampleToken(logits, options, new Key(i)));
    expect(Array.from({ length: 50 }, (_, i) => sampleToken(logits, options, new Key(i)))).toEqual(draws);
    expect(new Set(draws).size).toBeGreaterThan(1);
  });

  test("temperature 0, and next to 0, take the likeliest", () => {
    for (const temperature of [0, 1e-300]) {
      expect(sampleToken(logits, { temperature }, new Key(0))).toBe(2);
    }
  });

  test("-Infinity forbids a token", () => {
    for (let i = 0; i < 50; i++) {
      expect(sampleToken([Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY], {}, new Key(i))).toBe(1);
    }
  });

  test.each<[ArrayLike<number>, SamplingOptions, string]>([
    [[], {}, "there are no logits"],
    [[1, Number.NaN], {}, "logit 1 is NaN"],
    [[1, Number.POSITIVE_INFINITY], {}, "the largest logit is Infinity"],
    [[Number.NEGATIVE_INFINITY], {}, "the largest logit is -Infinity"],
    [[1], { temperature: -1 }, "temperature must be finite and not negative (got -1)"],
    [[1], { temperature: Number.NaN }, "temperature must be finite and not negative (got NaN)"],
    [[1], { temperature: Infinity }, "temperature must be finite and not negative (got Infinity)"],
    [[1], { topK: 0 }, "topK must be a positive integer (got 0)"],
    [[1], { topK: 1.5 }, "topK must be a positive integer (got 1.5)"],
    [[1], { topP: 0 }, "topP must be in (0, 1] (got 0)"],
    [[1], { topP: 1.1 }, "topP must be in (0, 1] (got 1.1)"],
  ])("%j, %j is refused", (values, options, message) => {
    expect(() => sampleToken(values, options, new Key(0))).toThrow(
      new ArgumentError(`sampleToken: ${message}`),
    );
  });
});

describe("greedyToken", () => {
  test("takes the first of the largest", () => {
    expect(greedyToken([1, 3, 3, 2])).toBe(1);
    expect(greedyToken(Float32Array.of(-5))).toBe(0);
    expect(greedyToken([Number.NEGATIVE_INFINITY, -2])).toBe(1);
  });

  test("refuses NaN: a model that diverged has nothing to say", () => {
    expect(() => greedyToken([Number.NaN, 1])).toThrow(new ArgumentError("greedyToken: logit 0 is NaN"));
  });
});
