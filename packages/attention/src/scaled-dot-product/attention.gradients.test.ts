import { Key, randn, Tensor, tensor, tidy, vjp } from "@saccade/core";
import { checkGradients, evaluateAll, guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { arbitraryAttention, build } from "../testing/arbitrary-attention.ts";
import { attention, attentionWeights } from "./attention.ts";
import type { AttentionSpec } from "./attention-spec.ts";

guardMemory({ beforeEach, afterEach });

const f64 = { dtype: "f64" } as const;

/** Leaves out the log-sum-exp of queries that see nothing: differences of -inf are no derivatives. */
function finite(logSumExp: Tensor): Tensor {
  return logSumExp.maskedFill(logSumExp.eq(Number.NEGATIVE_INFINITY), 0);
}

describe("against central differences", () => {
  test("output and log-sum-exp, by q, k, v, bias, slopes and sinks, for every combination of options", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryAttention(1), async (example) => {
        const { q, k, v, spec } = tidy(() => build(example));
        const { bias, alibi, sinks, mask } = spec;
        const isTensor = (x: unknown): x is Tensor => x instanceof Tensor;
        const given = Object.entries({ bias, alibi, sinks }).filter(([, x]) => isTensor(x));
        const inputs = [q, k, v, ...given.map(([, x]) => x).filter(isTensor)];
        try {
          await checkGradients((a, b, c, ...others) => {
            const named = Object.fromEntries(given.map(([name], i) => [name, others[i]]));
            const { out, logSumExp } = attention(a, b, c, { ...spec, ...named, returnLogSumExp: true });
            return [out, finite(logSumExp)];
          }, inputs);
        } finally {
          for (const it of [...inputs, mask]) it?.dispose();
        }
      }),
      { numRuns: 100 },
    );
  });

  test("weights", async () => {
    using q = randn(new Key(0), [1, 4, 3, 2], f64);
    using k = randn(new Key(1), [1, 2, 4, 2], f64);
    using bias = randn(new Key(2), [3, 4], f64);
    await checkGradients(
      (a, b, c) => attentionWeights(a, b, { causal: true, softcap: 3, bias: c }),
      [q, k, bias],
    );
  });

  test("dropout: backward drops what forward dropped", async () => {
    using q = randn(new Key(0), [2, 4, 5, 3], f64);
    using k = randn(new Key(1), [2, 2, 5, 3], f64);
    using v = randn(new Key(2), [2, 2, 5, 2], f64);
    const spec = { causal: true, dropout: { p: 0.4, key: new Key(9) } };
    await checkGradients((a, b, c) => attention(a, b, c, spec), [q, k, v]);
  });

  test("gradients of gradients, with everything on", async () => {
    using q = randn(new Key(0), [1, 4, 3, 2], f64);
    using k = randn(new Key(1), [1, 2, 4, 2], f64);
    using v = randn(new Key(2), [1, 2, 4, 3], f64);
    using bias = randn(new Key(3), [4, 1, 4], f64);
    using alibi = randn(new Key(4), [4], f64);
    using sinks = randn(new Key(5), [4], f64);
    using mask = tensor(Uint8Array.of(0, 1, 1, 1));
    const spec = { causal: true, window: 2, mask, softcap: 4, dropout: { p: 0.2, key: new Key(5) } };
    const sequences = { cuSeqlens: { queries: [0, 2, 3], keys: [0, 2, 4] } };
    await checkGradients(
      (a, b, c, d, e, f) => {
        const given = { bias: d, alibi: e, sinks: f };
        const { out, logSumExp } = attention(a, b, c, {
          ...spec,
          ...sequences,
          ...given,
          returnLogSumExp: true,
        });
        return [out, finite(logSumExp)];
      },
      [q, k, v, bias, alibi, sinks],
      { order: 2, directions: 1 },
    );
  });

  test("strided views: the halves of one projection", async () => {
    using x = randn(new Key(0), [2, 5, 3, 2, 4], f64);
    await checkGradients(
      (all) => {
        const [q, k, v] = [0, 1, 2].map((i) => all.slice(null, null, i).permute([0, 2, 1, 3]));
        return attention(q, k.flip(2), v, { causal: true });
      },
      [x],
    );
  });
});

/** Gradients by q, k, v and bias of the sum of outputs. */
async function gradients(
  inputs: readonly Tensor[],
  spec: AttentionSpec,
  cotangent: (out: Tensor) => Tensor = (out) => out.mul(0).add(1),
): Promise<number[][]> {
  const [q, k, v, bias = null] = inputs;
  return evaluateAll(() => {
    const ones = cotangent(attention(q, k, v, { ...spec, bias }));
    return vjp(() => [attention(q, k, v, { ...spec, bias })], inputs, [ones]).grads;
  });
}

describe("queries that see nothing", () => {
  test("give and take no gradient, and no NaN", async () => {
    using q = randn(new Key(0), [1, 1, 2, 2]);
    using k = randn(new Key(1), [1, 1, 3, 2]);
    using v = randn(new Key(2), [1, 1, 3, 2]);
    using bias = randn(new Key(3), [2, 3]);
    using mask = tensor(Uint8Array.of(0, 0, 0, 1, 1, 0), { shape: [2, 3] });
    const [dq, dk, dv, dBias] = await gradients([q, k, v, bias], { mask });
    expect(dq.slice(0, 2)).toEqual([0, 0]);
    expect(dBias.slice(0, 3)).toEqual([0, 0, 0]);
    expect([...dk, ...dv].every(Number.isFinite)).toBe(true);
    expect([dk.slice(4), dv.slice(4)]).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(dq.slice(2).some((x) => x !== 0)).toBe(true);
  });

  test("also where hidden scores are beyond the range of exp", async () => {
    using q = tensor([[[[1e4]]]]);
    using k = tensor([[[[1e4], [-1e4]]]]);
    using v = tensor([[[[1], [2]]]]);
    using none = tensor(Uint8Array.of(0, 0));
    using second = tensor(Uint8Array.of(0, 1));
    expect(await gradients([q, k, v], { mask: none })).toEqual([[0], [0, 0], [0, 0]]);
    expect(await gradients([q, k, v], { mask: second })).toEqual([[0], [0, 0], [0, 1]]);
  });

  test("all of them: all gradients are zeros", async () => {
    using x = randn(new Key(0), [1, 2, 3, 4]);
    using mask = tensor(Uint8Array.of(0));
    for (const gradient of await gradients([x, x, x], { mask }))
      expect(new Set(gradient)).toEqual(new Set([0]));
  });
});

describe("what is asked for", () => {
  test("a bias gets its gradient in its own shape, summed over what it was broadcast to", async () => {
    using q = randn(new Key(0), [2, 2, 3, 2]);
    using full = randn(new Key(1), [2, 2, 3, 3]);
    using row = randn(new Key(2), [1, 3]);
    const shapes = [full, row].map((bias) =>
      tidy(() => {
        const spec = { bias };
        return vjp(() => [attention(q, q, q, spec)], [bias], [q]).grads[0].shape;
      }),
    );
    expect(shapes).toEqual([
      [2, 2, 3, 3],
      [1, 3],
    ]);
  });

  test("the log-sum-exp alone", async () => {
    using q = randn(new Key(0), [1, 1, 2, 2], f64);
    using k = randn(new Key(1), [1, 1, 3, 2], f64);
    // d logSumExp / d score is the weight.
    using v = randn(new Key(2), [1, 1, 3, 2], f64);
    const [dq, expected, dv] = await evaluateAll(() => {
      const { grads, outputs } = vjp(
        () => {
          const { logSumExp } = attention(q, k, v, { returnLogSumExp: true });
          return [logSumExp];
        },
        [q, v],
        [tensor([[[1, 1]]], f64)],
      );
      expect(outputs.length).toBe(1);
      return [
        grads[0],
        attentionWeights(q, k)
          .matmul(k)
          .mul(1 / Math.SQRT2),
        grads[1],
      ];
    });
    for (const [i, x] of expected.entries()) expect(dq[i]).toBeCloseTo(x, 12);
    expect(new Set(dv)).toEqual(new Set([0]));
  });

  test("self-attention: q, k and v the same tensor", async () => {
    using x = randn(new Key(0), [1, 2, 4, 3], f64);
    await checkGradients((a) => attention(a, a, a, { causal: true }), [x]);
  });

  test("NaN upstream stays NaN: nothing is hidden", async () => {
    using x = randn(new Key(0), [1, 1, 2, 1]);
    const [dq] = await gradients([x, x, x], {}, (out) => out.mul(Number.NaN));
    expect(dq.every(Number.isNaN)).toBe(true);
  });
});
