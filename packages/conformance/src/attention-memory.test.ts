import { type AttentionSpec, attention, captured } from "@saccade/attention";
import {
  type Backend,
  full,
  Key,
  memory,
  ones,
  randn,
  resetPeak,
  setBackend,
  Tensor,
  tidy,
  vjp,
  zeros,
} from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Everything at once that needs no memory of T x T itself. */
const specs: Readonly<Record<string, (T: number) => AttentionSpec>> = {
  plain: () => ({}),
  causal: () => ({ causal: true }),
  "everything, padded": (T) => ({ ...everything(T), lengths: [T - 5] }),
  "a bias of the keys, trained": (T) => ({ causal: true, bias: zeros([1, 2, 1, T]) }),
  functions: () => ({
    scoreMod: (score, { q, k }) => score.sub(q.sub(k).mul(0.01)),
    maskMod: ({ q, k }) => q.sub(k).abs().lt(1000),
  }),
  "everything, packed": (T) => ({ ...everything(T), cuSeqlens: [0, T / 4, T / 2 + 3, T] }),
};

function everything(T: number): AttentionSpec {
  return {
    causal: true,
    window: T / 2,
    mask: ones([1, 1, 1, T], { dtype: "u8" }),
    bias: zeros([1, 1, 1, T]),
    alibi: full([2], 0.01),
    sinks: zeros([2]),
    softcap: 10,
    dropout: { p: 0.1, key: new Key(1) },
  };
}

/** The most bytes that are live in a forward and backward pass, beside what they begin with. */
function peakOf(T: number, spec: (T: number) => AttentionSpec, others: readonly Tensor[] = []): number {
  return tidy(() => {
    const operand = (salt: number): Tensor => randn(new Key(salt), [1, 2, T, 8]);
    const [q, k, v, dy] = [0, 1, 2, 3].map(operand);
    const given = spec(T);
    const before = memory().bytes;
    resetPeak();
    const { alibi, sinks, bias } = given;
    const trained = [q, k, v, alibi, sinks, bias, ...others].filter((it) => it instanceof Tensor);
    tidy(() => void vjp(() => [attention(q, k, v, given)], trained, [dy]));
    return memory().peakBytes - before;
  });
}

/** Block masks have a number for every 64 queries and 64 keys; the gradient of a bias is added up in rows of queries. */
const larger: Readonly<Record<string, readonly [ratio: number, operands: number]>> = {
  functions: [2.1, 24],
  "a bias of the keys, trained": [2.01, 24],
  "everything, padded": [2.01, 24],
  "everything, packed": [2.01, 24],
};

describe("attention takes memory for T, not for T x T", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createCpuBackend({ threads: 2 });
    setBackend(backend);
  });
  afterAll(() => {
    setBackend(createReferenceBackend());
    return backend.dispose();
  });

  test.each(Object.entries(specs))(
    "%s: 16,384 tokens, forward and backward",
    { timeout: 60_000 },
    (name, spec) => {
      const [ratio, operands] = larger[name] ?? [2.01, 8];
      const [half, whole] = [peakOf(8192, spec), peakOf(16_384, spec)];
      expect(whole).toBeLessThan(ratio * half);
      const operand = 4 * 2 * 16_384 * 8;
      expect(whole).toBeLessThan(operands * operand); // the scores alone would be 2,048
    },
  );

  test("gradients of what functions read, with dropout: a few rows of scores at a time", () => {
    const slopes = full([2], 0.1);
    const slope = captured(slopes);
    const spec = (): AttentionSpec => ({
      causal: true,
      dropout: { p: 0.1, key: new Key(1) },
      scoreMod: (score, { h, q, k }) => score.add(slope(h).mul(k.sub(q))),
    });
    const [half, whole] = [2048, 4096].map((T) => peakOf(T, spec, [slopes]));
    expect(whole).toBeLessThan(1.2 * half); // as many scores at a time, whatever T is
    slopes.dispose();
  });
});
