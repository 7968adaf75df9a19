import {
  type AttentionSpec,
  attention,
  captured,
  createBlockMask,
  type MaskMod,
  type ScoreMod,
  whereScore,
} from "@saccade/attention";
import { autocast, Key, randn, type Tensor, tensor, valueAndGrad, withBackend } from "@saccade/core";
import type { Backend } from "@saccade/core/backend";
import { createReferenceBackend } from "@saccade/core/reference";
import { evaluateAll } from "@saccade/core/testing";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { describe, expect, test } from "vitest";

/** Through the public function, with gradients: tracing, blocks, kernels or the composed form, captured tensors. */
interface Call {
  readonly T?: number;
  readonly S?: number;
  readonly spec: (slopes: Tensor, table: Tensor) => AttentionSpec;
}

const near: MaskMod = ({ q, k }) => q.sub(k).abs().le(20);
const bySlope = (slopes: Tensor): ScoreMod => {
  const slope = captured(slopes);
  return (s, { h, q, k }) => s.add(slope(h).mul(k.sub(q)));
};
const byDistance = (table: Tensor): ScoreMod => {
  const at = captured(table);
  return (s, { h, q, k }) => whereScore(k.le(q), s, s.mul(0.5)).add(at(h, q.sub(k).abs().minimum(8)));
};

const calls: Readonly<Record<string, Call>> = {
  "slopes, causal": { spec: (slopes) => ({ scoreMod: bySlope(slopes), causal: true }) },
  "a table, a window": { T: 70, S: 90, spec: (_, table) => ({ scoreMod: byDistance(table), maskMod: near }) },
  "a window, dropout": { T: 70, spec: () => ({ maskMod: near, dropout: { p: 0.2, key: new Key(4) } }) },
  "a table, padding": {
    spec: (_, table) => ({ scoreMod: byDistance(table), maskMod: near, lengths: [13, 4], softcap: 5 }),
  },
  "heads and items": {
    spec: () => ({ maskMod: ({ b, h, q, k }) => k.le(q.sub(h)).logicalOr(k.remainder(b.add(2)).eq(0)) }),
  },
  "a mask that reads": {
    T: 70,
    spec: () => {
      const document = captured(tensor(Int32Array.from({ length: 70 }, (_, i) => Math.floor(i / 25))));
      return { maskMod: ({ q, k }) => document(q).eq(document(k)), causal: true };
    },
  },
  decoding: { T: 1, S: 150, spec: (slopes) => ({ scoreMod: bySlope(slopes), maskMod: near, causal: true }) },
};

/** Output, log-sum-exp, and gradients by q, k, v and what is captured. */
function run(backend: Backend, { T = 13, S = T, spec }: Call): Promise<number[][]> {
  return evaluateAll(() =>
    withBackend(backend, () => {
      const shapes = [[2, 4, T, 8], [2, 2, S, 8], [2, 2, S, 8], [4], [4, 9]]; // biome-ignore format: short
      const inputs = shapes.map((shape, i) => randn(new Key(i), shape));
      const [q, k, v, slopes, table] = inputs;
      const { aux, grads } = valueAndGrad(() => {
        const result = attention(q, k, v, { ...spec(slopes, table), returnLogSumExp: true });
        const loss = result.out.mul(randn(new Key(9), result.out.shape)).sum();
        return { loss, aux: { ...result } };
      }, inputs);
      return [aux.out, aux.logSumExp, ...grads];
    }),
  );
}

function expectClose(got: readonly number[][], expected: readonly number[][], tolerance: number): void {
  for (const [n, row] of expected.entries()) {
    const most = row.reduce((size, x) => (Number.isFinite(x) ? Math.max(size, Math.abs(x)) : size), 1);
    for (const [i, x] of row.entries()) {
      if (!Number.isFinite(x)) expect(got[n][i], `result ${n}, element ${i}`).toBe(x);
      else if (!(Math.abs(got[n][i] - x) <= tolerance * most))
        expect(got[n][i], `result ${n}, element ${i}`).toBe(x);
    }
  }
}

const reference = createReferenceBackend();

describe("functions of scores on the cpu backend", () => {
  test.each(Object.entries(calls))(
    "%s: as on the reference, the same for any number of threads",
    async (_, call) => {
      const expected = await run(reference, call);
      const [one, two] = await Promise.all(
        [1, 2].map(async (threads) => {
          const backend = await createCpuBackend({ threads, blas: "off" });
          const results = await run(backend, call);
          await backend.dispose();
          return results;
        }),
      );
      expectClose(one, expected, 2e-5);
      expect(two).toEqual(one);
    },
  );

  test("blocks that are found once are good for many calls", async () => {
    const backend = await createCpuBackend({ threads: 1 });
    const mask = createBlockMask(near, { T: 150, S: 150 }, { backend });
    const [first, again, own] = await evaluateAll(() => {
      const x = randn(new Key(0), [1, 2, 150, 8], { backend });
      return [mask, mask, near].map((maskMod) => attention(x, x, x, { maskMod }));
    });
    expect([again, own]).toEqual([first, first]);
    mask.dispose();
    await backend.dispose();
  });
});

test("halves: q, k and v by autocast, captured tensors as they are", async () => {
  const call = calls["a table, a window"];
  const expected = await run(reference, call);
  const got = await evaluateAll(() =>
    withBackend(reference, () => {
      const shapes = [[2, 4, 70, 8], [2, 2, 90, 8], [2, 2, 90, 8], [4], [4, 9]]; // biome-ignore format: short
      const [q, k, v, slopes, table] = shapes.map((shape, i) => randn(new Key(i), shape));
      const { grads } = valueAndGrad(() => {
        const out = autocast({ dtype: "f16" }, () => attention(q, k, v, call.spec(slopes, table)));
        expect(out.dtype).toBe("f16");
        return out
          .cast("f32")
          .mul(randn(new Key(9), out.shape))
          .sum();
      }, [q, table]);
      return [...grads];
    }),
  );
  expectClose(got, [expected[2], expected[6]], 5e-3);
});

describe.skipIf(gpuTests.leftOut)(gpuTests.title("functions of scores on the gpu backend"), () => {
  test("as on the reference", async () => {
    useSoftwareAdapter();
    const backend = await createGpuBackend();
    const call = calls["a mask that reads"];
    expectClose(await run(backend, call), await run(reference, call), 2e-5);
    await backend.dispose();
  });
});
