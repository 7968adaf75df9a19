import {
  ArgumentError,
  concat,
  DTypeError,
  GradientError,
  Key,
  LifetimeError,
  memory,
  noGrad,
  ones,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  tidy,
  valueAndGrad,
  zeros,
} from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attention } from "../scaled-dot-product/attention.ts";
import { StaticKeyValueCache, type StaticKeyValueCacheOptions } from "./static-key-value-cache.ts";

guardMemory({ beforeEach, afterEach });

const make = (options: Partial<StaticKeyValueCacheOptions> = {}): StaticKeyValueCache =>
  new StaticKeyValueCache({ batch: 2, heads: 2, maxLength: 6, width: 3, ...options });

describe("StaticKeyValueCache", () => {
  test("returns all that was appended, in order; rows of any strides", async () => {
    using cache = make({ valueWidth: 4 });
    using k = randn(new Key(0), [2, 5, 2, 3]);
    using v = randn(new Key(1), [2, 5, 2, 4]);
    const lengths: number[] = [];
    const pairs = await evaluateAll(() => {
      const [keys, values] = [k, v].map((x) => x.permute([0, 2, 1, 3])); // [B, K, 5, E]
      let held = cache.append(keys.narrow(2, 0, 2), values.narrow(2, 0, 2));
      for (const [start, count] of [
        [2, 1],
        [3, 0],
        [3, 2],
      ]) {
        held = cache.append(keys.narrow(2, start, count), values.narrow(2, start, count));
        lengths.push(cache.length);
      }
      return [held.keys, keys, held.values, values];
    });
    expect(pairs[0]).toEqual(pairs[1]);
    expect(pairs[2]).toEqual(pairs[3]);
    expect(lengths).toEqual([3, 3, 5]);
  });

  test("truncate and reset forget; what comes next is written there", async () => {
    using cache = make();
    const append = (value: number, count: number): Tensor =>
      tidy(() => {
        const x = ones([2, 2, count, 3]).mul(value);
        return cache.append(x, x).keys.slice(0, 0, null, 0);
      });
    append(1, 4).dispose();
    cache.truncate(2);
    expect(cache.length).toBe(2);
    const [held] = await evaluateAll(() => [append(5, 2)]);
    expect(held).toEqual([1, 1, 5, 5]);
    cache.reset();
    expect(cache.length).toBe(0);
    const [again] = await evaluateAll(() => [append(7, 1)]);
    expect(again).toEqual([7]);
    for (const length of [-1, 0.5, 2]) {
      expect(() => cache.truncate(length)).toThrow(
        new ArgumentError(`StaticKeyValueCache: truncate takes an integer in [0, length 1] (got ${length})`),
      );
    }
  });

  test("takes its memory once, and gives it back", () => {
    const before = memory();
    const cache = make({ valueWidth: 5 });
    const size = 4 * 2 * 2 * 6 * (3 + 5);
    expect(memory().bytes).toBe(before.bytes + size);
    tidy(() => {
      for (let i = 0; i < 6; i++) {
        cache.append(zeros([2, 2, 1, 3]), zeros([2, 2, 1, 5]));
      }
    });
    expect(memory().bytes).toBe(before.bytes + size);
    expect(memory().tensors).toBe(before.tensors + 2);
    cache.dispose();
    cache.dispose();
    expect(memory().bytes).toBe(before.bytes);
  });

  test("outlives the scope that it was made in; not its own dispose", () => {
    const cache = tidy(() => [make()])[0];
    using x = zeros([2, 2, 1, 3]);
    tidy(() => void cache.append(x, x));
    cache.dispose();
    expect(() => cache.append(x, x)).toThrow(LifetimeError);
  });

  test("more than it holds is an error with the numbers, and changes nothing", () => {
    using cache = make();
    using x = zeros([2, 2, 4, 3]);
    tidy(() => void cache.append(x, x));
    expect(() => cache.append(x, x)).toThrow(
      new ShapeError(
        "StaticKeyValueCache: 4 of 6 elements are taken, 4 more do not fit; truncate() or reset() first",
      ),
    );
    expect(cache.length).toBe(4);
  });

  test("what does not fit is refused", () => {
    using cache = make();
    using good = zeros([2, 2, 1, 3]);
    using flat = zeros([2, 2, 3]);
    using longer = zeros([2, 2, 2, 3]);
    using wide = zeros([2, 2, 1, 4]);
    using double = zeros([2, 2, 1, 3], { dtype: "f64" });
    const backend = createReferenceBackend();
    using elsewhere = zeros([2, 2, 1, 3], { backend });
    const refuse = (k: Tensor, v: Tensor, error: Error): void =>
      expect(() => cache.append(k, v)).toThrow(error);
    const owner = "StaticKeyValueCache:";
    refuse(flat, good, new ShapeError(`${owner} k must be [2,2,length,3] (got ${flat.describe()})`));
    refuse(wide, good, new ShapeError(`${owner} k must be [2,2,length,3] (got ${wide.describe()})`));
    refuse(good, longer, new ShapeError(`${owner} v must be [2,2,1,3] (got ${longer.describe()})`));
    refuse(good, double, new DTypeError(`${owner} v must be f32, as the cache (got f64)`));
    refuse(
      elsewhere,
      elsewhere,
      new ArgumentError(`${owner} the cache lives on the reference backend, k on another (reference)`),
    );
    expect(cache.length).toBe(0);
  });

  test("a gradient that would be lost is an error, by name; under noGrad and for constants it is none", () => {
    using cache = make();
    using x = zeros([2, 2, 1, 3]);
    using constant = zeros([2, 2, 1, 3]);
    const message = "has no gradient rule and no composed form, and was used where a gradient is asked for";
    for (const [k, v] of [
      [x, constant],
      [constant, x],
    ]) {
      const loss = (): Tensor => cache.append(k.mul(2), v.mul(2)).keys.sum();
      expect(() => valueAndGrad(loss, [x])).toThrow(
        new GradientError(`StaticKeyValueCache.append: ${message}`),
      );
    }
    expect(cache.length).toBe(0);
    using result = valueAndGrad(() => {
      const { keys } = noGrad(() => cache.append(x.mul(2), x));
      cache.append(constant, constant);
      return x.add(keys.sum()).sum();
    }, [x]);
    expect(result.grads.length).toBe(1);
    expect(cache.length).toBe(2);
  });

  test.each<[object, string]>([
    [{ batch: -1 }, "batch must be a non-negative integer (got -1)"],
    [{ heads: 0 }, "heads must be a positive integer (got 0)"],
    [{ maxLength: 1.5 }, "maxLength must be a positive integer (got 1.5)"],
    [{ width: 0 }, "width must be a positive integer (got 0)"],
    [{ valueWidth: -2 }, "valueWidth must be a positive integer (got -2)"],
    [
      { length: 3 },
      'unknown option "length" (known: backend, batch, dtype, heads, maxLength, valueWidth, width)',
    ],
  ])("refuses %j", (options, message) => {
    expect(() => make(options)).toThrow(new ArgumentError(`StaticKeyValueCache: ${message}`));
  });
});

describe("attention over a cache is attention over the whole sequence", () => {
  const example = fc.record({
    B: fc.integer({ min: 1, max: 2 }),
    K: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 3 }),
    pieces: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
    window: fc.option(
      fc.oneof(
        fc.integer({ min: 1, max: 5 }),
        fc.record({ left: fc.integer({ min: 0, max: 4 }), right: fc.integer({ min: 0, max: 2 }) }),
      ),
      { nil: undefined },
    ),
    softcap: fc.option(fc.double({ min: 0.5, max: 30, noNaN: true }), { nil: undefined }),
    bias: fc.boolean(),
    mask: fc.boolean(),
    seed: fc.integer({ min: 0, max: 1e6 }),
  });

  test("in pieces of any length, for shared heads, windows, caps, biases and masks, in f64", async () => {
    await fc.assert(
      fc.asyncProperty(example, async ({ B, K, group, pieces, window, softcap, bias, mask, seed }) => {
        const S = pieces.reduce((total, piece) => total + piece, 0);
        const f64 = { dtype: "f64" } as const;
        using cache = make({ batch: B, heads: K, maxLength: S + 1, width: 4, valueWidth: 3, ...f64 });
        const [whole, pieced] = await evaluateAll(() => {
          const draw = (index: number, shape: number[]): Tensor =>
            randn(new Key(seed).fold(index), shape, f64);
          const q = draw(0, [B, K * group, S, 4]);
          const k = draw(1, [B, K, S, 4]);
          const v = draw(2, [B, K, S, 3]);
          const spec = {
            causal: true,
            ...(window === undefined ? {} : { window }),
            ...(softcap === undefined ? {} : { softcap }),
          };
          const scores = bias ? draw(3, [B, K * group, S, S]) : null;
          const visible = mask ? draw(4, [B, 1, S, S]).gt(-0.5) : null;
          const outs: Tensor[] = [];
          for (const T of pieces) {
            const start = cache.length;
            const { keys, values } = cache.append(k.narrow(2, start, T), v.narrow(2, start, T));
            // The rows of the new queries, over all keys so far.
            const rows = (x: Tensor | null): Tensor | null =>
              x?.narrow(2, start, T).narrow(3, 0, start + T) ?? null;
            outs.push(
              attention(q.narrow(2, start, T), keys, values, {
                ...spec,
                bias: rows(scores),
                mask: rows(visible),
              }),
            );
          }
          const parts = tensor(new Float64Array(0), { shape: [B, K * group, 0, 3], ...f64 });
          return [
            attention(q, k, v, { ...spec, bias: scores, mask: visible }),
            outs.reduce((x, y) => concat([x, y], 2), parts),
          ];
        });
        for (const [i, value] of whole.entries()) expect(pieced[i]).toBeCloseTo(value, 11);
      }),
      { numRuns: 60 },
    );
  });
});
