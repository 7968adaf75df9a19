import {
  autocast,
  checkpoint,
  Key,
  ones,
  randn,
  type Tensor,
  tidy,
  valueAndGrad,
  zeros,
} from "@saccade/core";
import { Module } from "@saccade/core/nn";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CrossAttentionCache } from "../cache/cross-attention-cache.ts";
import { MultiHeadAttention } from "../multi-head-attention.ts";
import { attention, attentionWeights } from "../scaled-dot-product/attention.ts";
import { attendingAs } from "../scaled-dot-product/attention-hooks.ts";
import { arbitraryAttention, build } from "../testing/arbitrary-attention.ts";
import { attentionByDefinition } from "../testing/definition.ts";
import { type AttentionMaps, captureAttention } from "./capture-attention.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-12): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    if (!(Math.abs(actual[i] - value) <= tolerance)) expect.fail(`${i} is ${actual[i]}, expected ${value}`);
  }
}

const apart = (x: Tensor, y: Tensor): Tensor => x.sub(y).abs().amax();

class Layer extends Module {
  readonly own = new MultiHeadAttention(
    { embedDim: 8, numHeads: 4, numKeyValueHeads: 2, dropout: 0.5 },
    { key },
  );
  readonly cross = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key: key.fold(1) });
  forward(x: Tensor, memory: Tensor, dropoutKey?: Key): Tensor {
    return this.cross.cross(this.own.forward(x, { causal: true, key: dropoutKey }), memory);
  }
}

class Model extends Module {
  readonly layers = [new Layer(), new Layer()];
  forward(x: Tensor, memory: Tensor, dropoutKey?: Key): Tensor {
    return tidy(() => this.layers.reduce((h, layer) => layer.forward(h, memory, dropoutKey), x));
  }
}

describe("captureAttention", () => {
  test("gives what the definition gives, for every combination of options and every choice of rows", async () => {
    const choice = fc.record({ heads: fc.nat(), queries: fc.nat(), all: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(arbitraryAttention(0), choice, async (example, chosen) => {
        const { rules, sizes, heads, queries, tensors } = tidy(() => {
          const { q, k, v, spec, rules, sizes } = build(example);
          const { H, T, S, B } = sizes;
          const some = (n: number, seed: number): number[] => {
            const found = Array.from({ length: n }, (_, i) => i).filter((i) => (seed >> i) & 1);
            return (seed >> 20) & 1 ? found.reverse() : found;
          };
          const [hs, qs] = [some(H, chosen.heads), some(T, chosen.queries)];
          const asked = chosen.all || hs.length === 0 || qs.length === 0 ? {} : { heads: hs, queries: qs };
          const { maps } = captureAttention(() => attention(q, k, v, spec), asked);
          const { weights, ...map } = maps.attention;
          expect(weights.shape).toEqual([B, map.heads.length, map.queries.length, S]);
          return { rules, sizes, heads: map.heads, queries: map.queries, tensors: [weights, q, k, v] };
        });
        const [actual, q, k, v] = await evaluateAll(() => tensors);
        for (const it of tensors) it.dispose();
        const { B, H, T, S } = sizes;
        const { weights } = attentionByDefinition(sizes, { q, k, v, ...rules });
        const row = (b: number, h: number, i: number): number[] => {
          const at = ((b * H + h) * T + i) * S;
          return weights.slice(at, at + S);
        };
        const batch = Array.from({ length: B }, (_, b) => b);
        expectClose(
          actual,
          batch.flatMap((b) => heads.flatMap((h) => queries.flatMap((i) => row(b, h, i)))),
        );
      }),
      { numRuns: 500 },
    );
  });

  test("names maps by the paths of modules, in the order of the calls", async () => {
    using model = new Model();
    using x = randn(key.fold(2), [2, 3, 8]);
    using memory = randn(key.fold(3), [2, 5, 8]);
    const paths = ["layers.0.own", "layers.0.cross", "layers.1.own", "layers.1.cross"];
    const [same, close, places] = await evaluateAll(() => {
      const plain = model.forward(x, memory);
      const { result, maps } = captureAttention(() => model.forward(x, memory), { model });
      expect(Object.keys(maps)).toEqual(paths);
      expect(maps["layers.1.own"].weights.shape).toEqual([2, 4, 3, 3]);
      expect(maps["layers.1.cross"].weights.shape).toEqual([2, 2, 3, 5]);
      const expected = model.layers[0].own.weights(x, x, { causal: true });
      const some = (modules: string[] | RegExp): string[] =>
        Object.keys(captureAttention(() => model.forward(x, memory), { model, modules }).maps);
      expect(some(/cross$/)).toEqual([paths[1], paths[3]]);
      expect(some([paths[2]])).toEqual([paths[2]]);
      const record = captureAttention(() => model.forward(x, memory), { model: { a: [model.layers[1]] } });
      expect(Object.keys(record.maps)).toEqual(["attention", "attention#2", "a.0.own", "a.0.cross"]);
      return [
        apart(result, plain),
        apart(maps["layers.0.own"].weights, expected),
        maps["layers.1.cross"].places,
      ];
    });
    expect(same).toEqual([0]);
    expect(close[0]).toBeLessThan(1e-6);
    expect(places).toEqual([2, 3, 4]);
  });

  test("dropout and recording change nothing, and are not changed", async () => {
    using model = new Model();
    using x = randn(key.fold(2), [1, 3, 8]);
    const gradient = (): Tensor => {
      const { grads } = valueAndGrad(() => checkpoint((h) => model.forward(h, h, key), x).sum(), [x]);
      return grads[0];
    };
    const [same, sums] = await evaluateAll(() => {
      const wanted = gradient();
      const { result, maps } = captureAttention(gradient, { model, modules: /own/ });
      expect(Object.keys(maps)).toEqual(["layers.0.own", "layers.1.own", "layers.0.own#2", "layers.1.own#2"]);
      const plain = captureAttention(() => model.forward(x, x, key), { model }).maps["layers.0.own"];
      return [apart(result, wanted), apart(plain.weights.sum(-1), ones([1]))];
    });
    expect(same).toEqual([0]);
    expect(sums[0]).toBeLessThan(1e-6);
  });

  test("decoding with caches gives the rows of the whole", async () => {
    using mha = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key });
    using x = randn(key.fold(2), [1, 4, 8]);
    using cache = mha.createCache({ batch: 1, maxLength: 4 });
    using memory = new CrossAttentionCache();
    const [decoded, crossed, places] = await evaluateAll(() => {
      const { maps: whole } = captureAttention(() => mha.forward(x, { causal: true }));
      const { maps } = captureAttention(() => {
        for (let i = 0; i < 4; i++) mha.forward(x.narrow(1, i, 1), { causal: true, cache });
        cache.reset();
        mha.forward(x.narrow(1, 3, 1), { causal: true, cache });
      });
      expect(Object.keys(maps).length).toBe(5);
      const fourth = maps["attention#4"];
      const row = whole.attention.weights.slice(null, null, [3, 4]);
      const { maps: cross } = captureAttention(() => mha.cross(x, x, x, { cache: memory }), {
        queries: [-1],
      });
      const expected = mha.weights(x).slice(null, null, [3, 4]);
      return [apart(fourth.weights, row), apart(cross.attention.weights, expected), fourth.places];
    });
    expect(decoded[0]).toBeLessThan(1e-6);
    expect(crossed[0]).toBeLessThan(1e-6);
    expect(places).toEqual([3]);
  });

  test("in half precision, weights are those of the halves, in f32", async () => {
    using q = randn(key, [1, 2, 5, 8]);
    const [difference] = await evaluateAll(() => {
      const { maps } = autocast({ dtype: "f16" }, () => captureAttention(() => attention(q, q, q)));
      expect(maps.attention.weights.dtype).toBe("f32");
      return [apart(maps.attention.weights, attentionWeights(q, q))];
    });
    expect(difference[0]).toBeLessThan(2e-3);
  });

  test("modules that call attention themselves name themselves; captures nest", () => {
    class Own extends Module {
      readonly inner = { deep: new MultiHeadAttention({ embedDim: 8, numHeads: 1 }, { key }) };
      forward(x: Tensor): Tensor {
        return attendingAs(this, () => {
          const y = x.unsqueeze(1);
          return attention(y, y, y).squeeze(1).add(this.inner.deep.forward(x));
        });
      }
    }
    using own = new Own();
    using x = zeros([1, 2, 8]);
    tidy(() => {
      const names = (maps: AttentionMaps): string[] => Object.keys(maps);
      const outer = captureAttention(
        () => names(captureAttention(() => own.forward(x), { model: { own } }).maps),
        { model: own.inner.deep },
      );
      expect(outer.result).toEqual(["own", "own.inner.deep"]);
      expect(names(outer.maps)).toEqual(["attention", "attention#2"]);
    });
  });

  test("what is not there is refused, and nothing is left", () => {
    using mha = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key });
    using x = zeros([1, 3, 8]);
    const capture = (options: object, body = (): unknown => mha.forward(x)): unknown =>
      captureAttention(body, options);
    expect(() => capture({ head: [1] })).toThrow('captureAttention: unknown option "head"');
    expect(() => capture({ heads: [2] })).toThrow("heads of attention are integers from 0 to 1 (got 2)");
    expect(() => capture({ queries: [-4] })).toThrow(
      "queries of attention are integers from -3 to 2 (got -4)",
    );
    expect(() => capture({ queries: [1, -2] })).toThrow(
      "queries of attention must be some, each once (got [1, -2])",
    );
    expect(() => capture({ heads: [] })).toThrow("heads of attention must be some");
    expect(() => capture({ modules: ["a"] })).toThrow("captureAttention: a did not attend (attention did)");
    expect(() => capture({}, () => Promise.resolve(mha.forward(x)))).toThrow("asynchronous");
  });
});
