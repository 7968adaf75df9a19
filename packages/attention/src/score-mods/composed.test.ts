import { grad, Key, ones, randn, type Tensor, tensor, tidy, zeros } from "@saccade/core";
import {
  checkGradients,
  evaluateAll,
  guardMemory,
  randomMaskProgram,
  randomScoreProgram,
  runScoreProgram,
} from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attention } from "../scaled-dot-product/attention.ts";
import type { AttentionSpec } from "../scaled-dot-product/attention-spec.ts";
import { attentionByDefinition } from "../testing/definition.ts";
import { maskModOf, scoreModOf } from "../testing/program-functions.ts";
import { captured } from "./captured.ts";

guardMemory({ beforeEach, afterEach });
const f64 = { dtype: "f64" } as const;

interface Example {
  readonly seed: number;
  readonly B: number;
  readonly K: number;
  readonly group: number;
  readonly T: number;
  readonly S: number;
  readonly causal: boolean;
  readonly softcap: boolean;
  readonly mask: boolean;
}

const arbitrary = (least: 0 | 1): fc.Arbitrary<Example> =>
  fc.record({
    seed: fc.nat(1e6),
    B: fc.integer({ min: least, max: 2 }),
    K: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 2 }),
    T: fc.integer({ min: least, max: 4 }),
    S: fc.integer({ min: least, max: 5 }),
    causal: fc.boolean(),
    softcap: fc.boolean(),
    mask: fc.boolean(),
  });

const shapes = [[3], [2, 5]];

/** q, k, v and captured tensors of an example. */
function inputsOf({ seed, B, K, group, T, S }: Example): Tensor[] {
  const key = new Key(seed);
  const own = [[B, K * group, T, 2], [B, K, S, 2], [B, K, S, 3], ...shapes]; // biome-ignore format: short
  return own.map((shape, i) => randn(key.fold(i), shape, f64));
}

/** The random functions of an example, which read tensors. */
function specOf({ seed, causal, softcap, mask }: Example, reads: readonly Tensor[]): AttentionSpec {
  const score = randomScoreProgram(seed, { captured: shapes });
  return {
    causal,
    ...(softcap ? { softcap: 2 } : {}),
    scoreMod: scoreModOf(score, reads),
    maskMod: mask ? maskModOf(randomMaskProgram(seed), reads) : null,
  };
}

test("random functions: output and log-sum-exp as by definition", async () => {
  await fc.assert(
    fc.asyncProperty(arbitrary(0), async (example) => {
      const { seed, B, K, group, T, S, causal, softcap, mask } = example;
      const [q, k, v, first, second, out, logSumExp] = await evaluateAll(() => {
        const [a, b, c, ...reads] = inputsOf(example);
        const result = attention(a, b, c, { ...specOf(example, reads), returnLogSumExp: true });
        return [a, b, c, ...reads, result.out, result.logSumExp];
      });
      const score = randomScoreProgram(seed, { captured: shapes });
      const seen = randomMaskProgram(seed);
      const reads = [first, second].map((numbers, i) => ({ numbers, shape: shapes[i] }));
      const at = (b: number, h: number, t: number, s: number, own: number) =>
        ({ score: own, batch: b, head: h, query: t, key: s, place: t + S - T }) as const;
      const expected = attentionByDefinition(
        { B, H: K * group, K, T, S, E: 2, Ev: 3 },
        {
          q,
          k,
          v,
          softcap: softcap ? 2 : undefined,
          mod: (own, b, h, t, s) => runScoreProgram(score, at(b, h, t, s, own), reads)[0],
          visible: (b, h, t, s) =>
            (!causal || s <= t + S - T) && (!mask || runScoreProgram(seen, at(b, h, t, s, 0), [])[0] !== 0),
        },
      );
      for (const [i, x] of expected.out.entries()) expect(out[i]).toBeCloseTo(x, 10);
      for (const [i, x] of expected.logSumExp.entries()) {
        if (x === -Infinity) expect(logSumExp[i]).toBe(x);
        else expect(logSumExp[i]).toBeCloseTo(x, 10);
      }
    }),
    { numRuns: 100 },
  );
});

describe("gradients, against central differences", () => {
  test("by q, k, v and what random functions read", async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary(1), async (example) => {
        const inputs = tidy(() => inputsOf(example));
        try {
          await checkGradients((a, b, c, ...reads) => attention(a, b, c, specOf(example, reads)), inputs, {
            tolerance: 1e-5,
            eps: 1e-6,
            directions: 1,
          });
        } finally {
          for (const x of inputs) x.dispose();
        }
      }),
      { numRuns: 25, seed: 4 }, // a bend that is met by chance is no failure
    );
  });

  test("of the second order, with everything on", async () => {
    const inputs = tidy(
      () =>
      [[1, 4, 3, 2], [1, 2, 4, 2], [1, 2, 4, 3], [4], [4, 9], [4], [4], [3, 4]].map((own, i) => randn(new Key(i), own, f64)), // biome-ignore format: short
    );
    await checkGradients(
      (q, k, v, slopes, table, alibi, sinks, bias) => {
        const [slope, at] = [captured(slopes), captured(table)];
        const { out, logSumExp } = attention(q, k, v, {
          scoreMod: (s, { h, q, k }) =>
            s
              .mul(slope(h))
              .tanh()
              .add(at(h, k.sub(q).add(4)).square())
              .mul(slope(h).sin()),
          maskMod: ({ q, k }) => q.sub(k).abs().le(2),
          softcap: 4,
          alibi,
          sinks,
          bias,
          dropout: { p: 0.2, key: new Key(5) },
          returnLogSumExp: true,
        });
        return [out, logSumExp];
      },
      inputs,
      { order: 2, directions: 1 },
    );
    for (const x of inputs) x.dispose();
  });

  test("places of padded and packed sequences", async () => {
    const inputs = tidy(() => [[2, 2, 3, 2], [2, 2, 3, 2], [2, 2, 3, 2], [7]].map((own, i) => randn(new Key(i), own, f64))); // biome-ignore format: short
    await checkGradients((q, k, v, table) => {
      const at = captured(table);
      const scoreMod: AttentionSpec["scoreMod"] = (s, { q, k }) => s.add(at(k.sub(q).add(3)));
      return attention(q, k, v, { scoreMod, causal: true, lengths: [3, 2] });
    }, inputs);
    for (const x of inputs) x.dispose();
  });

  test("one tensor read twice, and by both functions; integers have none", async () => {
    const inputs = tidy(() => [[1, 2, 3, 2], [4]].map((own, i) => randn(new Key(i), own, f64)));
    using document = tensor(Int32Array.of(0, 0, 1));
    await checkGradients((x, table) => {
      const [at, of] = [captured(table), captured(document)];
      return attention(x, x, x, {
        scoreMod: (s, { q, k }) =>
          s
            .mul(at(q))
            .add(at(k.add(1)))
            .add(of(k)),
        maskMod: ({ q, k }) => of(q).ge(of(k)).logicalOr(at(k).gt(100)),
      });
    }, inputs);
    for (const x of inputs) x.dispose();
  });
});

describe("edges", () => {
  test("rows that see nothing give zeros, and take no gradient, whatever the function's slope there", async () => {
    using x = randn(new Key(0), [1, 1, 3, 2]);
    const spec: AttentionSpec = {
      // Infinite slopes where nothing is seen.
      scoreMod: (s, { i, k }) => s.add(s.sub(s).add(i).sqrt()).add(k.sub(k)),
      maskMod: ({ i }) => i.gt(0),
    };
    const [out, logSumExp, gradient] = await evaluateAll(() => {
      const result = attention(x, x, x, { ...spec, returnLogSumExp: true });
      return [result.out, result.logSumExp, tidy(() => gradientBy(x, spec))];
    });
    expect(out.slice(0, 2)).toEqual([0, 0]);
    expect(logSumExp[0]).toBe(-Infinity);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  test("NaN of a function is seen, where the pair is", async () => {
    using x = ones([1, 1, 2, 1]);
    const [out] = await evaluateAll(() => [
      attention(x, x, x, { scoreMod: (s, { k }) => s.add(k.sub(1).sqrt()), causal: true }),
    ]);
    expect(out).toEqual([Number.NaN, Number.NaN]);
    const [hidden] = await evaluateAll(() => [
      attention(x, x, x, { scoreMod: (s, { k }) => s.add(k.sub(1).sqrt()), maskMod: ({ k }) => k.gt(0) }),
    ]);
    expect(hidden).toEqual([1, 1]);
  });

  test("no queries, no keys, no batch", () => {
    for (const [B, T, S] of [
      [1, 0, 3],
      [1, 3, 0],
      [0, 2, 2],
    ]) {
      // biome-ignore format: short
      tidy(() => {
        const [q, k] = [zeros([B, 2, T, 4]), zeros([B, 2, S, 4])];
        const slope = captured(zeros([2]));
        const scoreMod: AttentionSpec["scoreMod"] = (s, { h, k }) => s.add(slope(h).mul(k));
        expect(attention(q, k, k, { scoreMod, maskMod: ({ q, k }) => q.ge(k) }).shape).toEqual([B, 2, T, 4]);
      });
    }
  });
});

/** The gradient of the output's sum by x, which is queries, keys and values. */
function gradientBy(x: Tensor, spec: AttentionSpec): Tensor {
  return grad(() => attention(x, x, x, spec).sum(), [x])[0];
}
