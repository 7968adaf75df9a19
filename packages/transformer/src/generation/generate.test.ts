import type { CacheOptions } from "@saccade/attention";
import {
  ArgumentError,
  autocast,
  getBackend,
  Key,
  memory,
  oneHot,
  remainder,
  resetPeak,
  type Tensor,
  tensor,
  zeros,
} from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Gpt, type GptOptions } from "../models/gpt.ts";
import { type GenerateOptions, generate, type LanguageModel } from "./generate.ts";

guardMemory({ beforeEach, afterEach });

const make = (): Gpt =>
  new Gpt({ vocabSize: 7, contextLength: 6, embedDim: 8, numLayers: 1, numHeads: 2 }, { key: new Key(3) });

async function collect(
  model: LanguageModel,
  prompt: ArrayLike<number>,
  options: GenerateOptions,
): Promise<number[]> {
  const ids: number[] = [];
  for await (const id of generate(model, prompt, options)) ids.push(id);
  return ids;
}

const V = 10;

/** Says `next(window)` for certain at every place; windows hold at most 4 tokens. */
function sure(next: (ids: Tensor) => Tensor): LanguageModel {
  return {
    config: { contextLength: 4, vocabSize: V },
    forward: (ids) => oneHot(next(ids), V).cast("f32").mul(50),
  };
}
/** Counts on from each token. */
const counting = sure((ids) => remainder(ids.add(1), V));
/** Repeats the oldest token that it sees. */
const echo = sure((ids) => ids.narrow(1, 0, 1).expand(ids.shape));

describe("generate", () => {
  test("greedy: the likeliest token every time, whatever the seed", async () => {
    using model = make();
    const options = { temperature: 0, maxNewTokens: 8 };
    const ids = await collect(model, [1, 2], { ...options, seed: 1 });
    expect(await collect(model, [1, 2], { ...options, seed: 2 })).toEqual(ids);
    let known = [1, 2];
    for (const id of ids) {
      using input = tensor([known.slice(-6)], { dtype: "i32" });
      using logits = model.forward(input);
      const last = Array.from(await logits.data()).slice(-7);
      expect(id).toBe(last.indexOf(Math.max(...last)));
      known = [...known, id];
    }
  });

  test("sampling: equal seeds give equal texts, others others; 0 is the default", async () => {
    using model = make();
    const text = (options: GenerateOptions): Promise<number[]> =>
      collect(model, [1], { maxNewTokens: 24, temperature: 2, ...options });
    const ids = await text({ seed: 5 });
    expect(await text({ seed: 5 })).toEqual(ids);
    expect(await text({ seed: 6 })).not.toEqual(ids);
    expect(await text({})).toEqual(await text({ seed: 0 }));
    expect(new Set(ids).size).toBeGreaterThan(3);
  });

  test("topK and topP of next to nothing are greedy", async () => {
    using model = make();
    const greedy = await collect(model, [1], { temperature: 0, maxNewTokens: 10 });
    expect(await collect(model, [1], { topK: 1, maxNewTokens: 10 })).toEqual(greedy);
    expect(await collect(model, [1], { topP: 1e-6, maxNewTokens: 10 })).toEqual(greedy);
  });

  test("the model sees the last contextLength tokens", async () => {
    expect(await collect(echo, [1, 2, 3, 4, 5, 6], { maxNewTokens: 6 })).toEqual([3, 4, 5, 6, 3, 4]);
    expect(await collect(echo, [1, 2], { maxNewTokens: 5 })).toEqual([1, 1, 1, 2, 1]);
  });

  test("ends at a stop token, which it keeps to itself, or after maxNewTokens", async () => {
    expect(await collect(counting, [3], { stopIds: [1, 7] })).toEqual([4, 5, 6]);
    expect(await collect(counting, [3], { stopIds: [4] })).toEqual([]);
    expect(await collect(counting, [3], { maxNewTokens: 2 })).toEqual([4, 5]);
    expect(await collect(counting, [3], { maxNewTokens: 0 })).toEqual([]);
    expect((await collect(counting, [3], {})).length).toBe(100);
  });

  test("leaves the prompt alone; takes typed arrays", async () => {
    const prompt = [8];
    await collect(counting, prompt, { maxNewTokens: 3 });
    expect(prompt).toEqual([8]);
    expect(await collect(counting, Int32Array.of(8), { maxNewTokens: 3 })).toEqual([9, 0, 1]);
  });

  test("memory is flat, between tokens and at its peak, and also where the reader leaves early", async () => {
    using model = make();
    const before = memory();
    const peaks: number[] = [];
    resetPeak();
    for await (const _ of generate(model, [1, 2, 3, 4, 5, 6], { maxNewTokens: 20 })) {
      expect(memory().tensors).toBe(before.tensors);
      expect(memory().bytes).toBe(before.bytes);
      peaks.push(memory().peakBytes);
      resetPeak();
      if (peaks.length === 12) break;
    }
    expect(new Set(peaks).size).toBe(1);
  });

  test.each<[string, number[], GenerateOptions]>([
    ["greedy", [1, 2], { temperature: 0, maxNewTokens: 30 }],
    ["drawn", [1, 2, 3], { temperature: 2, seed: 3, maxNewTokens: 30 }],
    ["exactly the context", [1, 2], { maxNewTokens: 19 }],
    ["one place short of the context", Array.from({ length: 19 }, (_, i) => i % 7), { maxNewTokens: 5 }],
    ["a prompt as long as the context", Array.from({ length: 20 }, (_, i) => i % 7), { maxNewTokens: 5 }],
    ["a prompt longer than the context", Array.from({ length: 31 }, (_, i) => i % 7), { maxNewTokens: 5 }],
    ["one token", [3, 4], { maxNewTokens: 1 }],
    ["a stop token", [1], { maxNewTokens: 60, temperature: 3, stopIds: [0] }],
  ])("with its cache, the text that the model writes without one: %s", async (_, prompt, options) => {
    const config = { vocabSize: 7, contextLength: 20, embedDim: 12, numLayers: 2, numHeads: 3 };
    using model = new Gpt(config, { key: new Key(5) });
    const lengths: number[] = [];
    const caching: LanguageModel = {
      config,
      createCache: (at) => model.createCache(at),
      forward(ids, given) {
        lengths.push(ids.shape[1]);
        return (model as LanguageModel).forward(ids, given);
      },
    };
    const ids = await collect(caching, prompt, options);
    expect(ids).toEqual(await collect({ config, forward: (x) => model.forward(x) }, prompt, options));
    // The prompt, single tokens as long as they fit, then whole contexts.
    lengths.forEach((length, step) => {
      const text = prompt.length + step;
      const expected = step > 0 && prompt.length < 20 && text <= 20 ? 1 : Math.min(text, 20);
      expect(length).toBe(expected);
    });
  });

  test("a thousand tokens from a cache: memory is flat; all of it comes back", async () => {
    const config = { vocabSize: 7, contextLength: 1024, embedDim: 4, numLayers: 1, numHeads: 1 };
    using model = new Gpt(config, { key: new Key(3) });
    const before = memory();
    let first: { tensors: number; bytes: number } | null = null;
    let count = 0;
    for await (const _ of generate(model, [1], { maxNewTokens: 1000 })) {
      const { tensors, bytes, peakBytes } = memory();
      first ??= { tensors, bytes };
      expect({ tensors, bytes }).toEqual(first);
      expect(peakBytes - bytes).toBeLessThan(100_000);
      resetPeak();
      count++;
    }
    expect(count).toBe(1000);
    expect(first).toEqual({ tensors: before.tensors + 2, bytes: before.bytes + 2 * 4 * 1000 * 4 });
    expect(memory().bytes).toBe(before.bytes);
  });

  test("the cache comes back where the reader leaves early, throws, or asks no further", async () => {
    const config = { vocabSize: 7, contextLength: 64, embedDim: 8, numLayers: 2, numHeads: 2 };
    using model = new Gpt(config, { key: new Key(3) });
    const before = memory();
    for await (const _ of generate(model, [1, 2])) {
      expect(memory().bytes).toBeGreaterThan(before.bytes);
      break;
    }
    expect(memory().bytes).toBe(before.bytes);
    const throwing = async (): Promise<void> => {
      for await (const _ of generate(model, [1, 2])) throw new Error("enough");
    };
    await expect(throwing()).rejects.toThrow("enough");
    expect(memory().bytes).toBe(before.bytes);
    const started = generate(model, [1, 2]);
    await started.next();
    await started.next();
    await started.return();
    expect(memory().bytes).toBe(before.bytes);
    expect(memory().tensors).toBe(before.tensors);
    generate(model, [1, 2]); // never asked: takes nothing
    // A model that breaks in the middle of a text.
    let calls = 0;
    const breaking: LanguageModel = {
      config,
      createCache: (at) => model.createCache(at),
      forward(ids, given) {
        if (++calls === 4) throw new Error("broken");
        return (model as LanguageModel).forward(ids, given);
      },
    };
    await expect(collect(breaking, [1, 2], {})).rejects.toThrow("broken");
    expect(memory().bytes).toBe(before.bytes);
  });

  test("runs on the backend that it is told", async () => {
    const backend = createReferenceBackend();
    const model: LanguageModel = {
      config: counting.config,
      forward(ids) {
        expect(ids.backend).toBe(backend);
        return counting.forward(ids);
      },
    };
    expect(backend).not.toBe(getBackend());
    expect(await collect(model, [1], { maxNewTokens: 1, backend })).toEqual([2]);
  });

  test("a model that diverged is an error, and leaves nothing behind", async () => {
    const diverged: LanguageModel = {
      config: { contextLength: 4, vocabSize: 2 },
      forward: (ids) => zeros([1, ids.shape[1], 2]).div(0),
    };
    await expect(collect(diverged, [1], {})).rejects.toThrow(
      new ArgumentError("sampleToken: logit 0 is NaN"),
    );
    const broken: LanguageModel = {
      config: { contextLength: 4, vocabSize: 2 },
      forward(ids) {
        ids.mul(2);
        throw new Error("broken");
      },
    };
    await expect(collect(broken, [1], {})).rejects.toThrow("broken");
  });

  test.each<[number[], object, string]>([
    [[], {}, "the prompt is empty; give at least one token"],
    [[1, 10], {}, "token 10 is not in the vocabulary of 10"],
    [[-1], {}, "token -1 is not in the vocabulary of 10"],
    [[0.5], {}, "token 0.5 is not in the vocabulary of 10"],
    [[1], { maxNewTokens: -1 }, "maxNewTokens must be a non-negative integer (got -1)"],
    [[1], { maxNewTokens: 2.5 }, "maxNewTokens must be a non-negative integer (got 2.5)"],
    [[1], { temperature: -1 }, "temperature must be finite and not negative (got -1)"],
    [[1], { topK: 0 }, "topK must be a positive integer (got 0)"],
    [[1], { topP: 2 }, "topP must be in (0, 1] (got 2)"],
    [
      [1],
      { maxTokens: 3 },
      'unknown option "maxTokens" (known: backend, maxNewTokens, seed, stopIds, temperature, topK, topP)',
    ],
  ])("%j, %j is refused", async (prompt, options, message) => {
    await expect(collect(counting, prompt, options)).rejects.toThrow(
      new ArgumentError(`generate: ${message}`),
    );
  });
});

test("a model that runs under autocast, with its cache made there or not", async () => {
  using model = make();
  const f16 = { dtype: "f16" } as const;
  const options: GenerateOptions = { temperature: 0, maxNewTokens: 4 };
  const { config } = model;
  const forward: LanguageModel["forward"] = (ids, more) =>
    autocast(f16, () => model.forward(ids, more as GptOptions));
  const wanted = await collect({ config, forward: (ids) => forward(ids) }, [1, 2], options);
  const makers = [
    (sizes: CacheOptions) => model.createCache(sizes),
    (sizes: CacheOptions) => autocast(f16, () => model.createCache(sizes)),
  ];
  for (const createCache of makers) {
    expect(await collect({ config, forward, createCache }, [1, 2], options)).toEqual(wanted);
  }
});
