import { ArgumentError, Key, memory, type Tensor, tensor } from "@saccade/core";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Seq2SeqTransformer } from "../models/seq2seq-transformer.ts";
import { translate } from "./translate.ts";

guardMemory({ beforeEach, afterEach });

const make = (seed: number): Seq2SeqTransformer =>
  new Seq2SeqTransformer(
    {
      sourceVocabSize: 9,
      targetVocabSize: 6,
      maxLength: 8,
      embedDim: 8,
      numHeads: 2,
      numEncoderLayers: 1,
      numDecoderLayers: 1,
    },
    { key: new Key(seed) },
  );
const ids = (rows: number[][]): Tensor => tensor(rows, { dtype: "i32" });
const options = { startId: 0, endId: 1, maxNewTokens: 6 };

describe("translate", () => {
  test("writes the likeliest token behind what it wrote, and stops at the end token", async () => {
    for (const seed of [1, 2, 3, 4]) {
      using model = make(seed);
      using source = ids([[3, 4, 5]]);
      const [target] = await translate(model, source, null, options);
      const expected: number[] = [];
      while (expected.length < options.maxNewTokens) {
        const logits = await evaluate(() =>
          model.decode(ids([[0, ...expected]]), model.encode(source, null), null).slice(0, -1),
        );
        const next = logits.indexOf(Math.max(...logits));
        if (next === options.endId) break;
        expected.push(next);
      }
      expect(target).toEqual(expected);
    }
  });

  test("decodes one token at a time behind a cache, and encodes once", async () => {
    using model = make(5);
    using source = ids([
      [3, 4, 5],
      [6, 7, 8],
    ]);
    const shapes: string[] = [];
    for (const name of ["encode", "decode"] as const) {
      const method = model[name].bind(model) as (x: Tensor, ...rest: unknown[]) => Tensor;
      Object.assign(model, {
        [name]: (x: Tensor, ...rest: unknown[]) => {
          shapes.push(`${name} ${x.shape}`);
          return method(x, ...rest);
        },
      });
    }
    const targets = await translate(model, source, null, options);
    const steps = Math.max(...targets.map((target) => Math.min(target.length + 1, options.maxNewTokens)));
    expect(shapes).toEqual(["encode 2,3", ...Array.from({ length: steps }, () => "decode 2,1")]);
  });

  test("a batch gives what each gives alone: padding and neighbours that end later do not matter", async () => {
    using model = make(5);
    using sources = ids([
      [3, 4, 5],
      [6, 7, 0],
      [8, 0, 0],
    ]);
    using mask = tensor(
      [
        [1, 1, 1],
        [1, 1, 0],
        [1, 0, 0],
      ],
      { dtype: "u8" },
    );
    const together = await translate(model, sources, mask, options);
    for (const [b, row] of [[3, 4, 5], [6, 7], [8]].entries()) {
      using source = ids([row]);
      expect(together[b]).toEqual((await translate(model, source, null, options))[0]);
    }
  });

  test("ends as soon as every target has", async () => {
    using model = make(0);
    using source = ids([[3], [4]]);
    let calls = 0;
    const decode = model.decode.bind(model);
    model.decode = (...args) => {
      calls++;
      return decode(...args);
    };
    const [first] = await translate(model, source, null, options);
    calls = 0;
    // Whatever comes first is the end.
    const [, second] = await translate(model, source, null, { ...options, endId: first[0] ?? 1 });
    expect(calls).toBe(second.length + 1);
    expect(calls).toBeLessThan(options.maxNewTokens);
    expect(await translate(model, source, null, { ...options, maxNewTokens: 0 })).toEqual([[], []]);
  });

  test("the start token may come again; it may even be the end token", async () => {
    using model = make(1);
    using source = ids([[3, 4, 5]]);
    const [target] = await translate(model, source, null, { ...options, endId: 0 });
    expect(target).not.toContain(0);
  });

  test("nothing to translate", async () => {
    using model = make(0);
    using source = tensor(new Int32Array(0), { shape: [0, 3] });
    expect(await translate(model, source, null, options)).toEqual([]);
  });

  test("leaves nothing behind, also where the model fails", async () => {
    using model = make(0);
    using source = ids([[3, 4, 5]]);
    const before = memory().tensors;
    model.decode = () => {
      throw new Error("broken");
    };
    await expect(translate(model, source, null, options)).rejects.toThrow("broken");
    expect(memory().tensors).toBe(before);
  });

  test.each<[object, string]>([
    [{ startId: 6 }, "startId 6 is not in the target vocabulary of 6"],
    [{ endId: -1 }, "endId -1 is not in the target vocabulary of 6"],
    [{ maxNewTokens: 9 }, "maxNewTokens must be an integer in [0, maxLength 8] (got 9)"],
    [{ maxNewTokens: 0.5 }, "maxNewTokens must be an integer in [0, maxLength 8] (got 0.5)"],
    [{ beams: 4 }, 'unknown option "beams" (known: endId, maxNewTokens, startId)'],
  ])("%j is refused", async (given, message) => {
    using model = make(0);
    using source = ids([[3]]);
    await expect(translate(model, source, null, { ...options, ...given })).rejects.toThrow(
      new ArgumentError(`translate: ${message}`),
    );
  });
});
