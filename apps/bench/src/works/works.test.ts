import { fileURLToPath } from "node:url";
import { memory, setBackend } from "@saccade/core";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { afterAll, expect, test } from "vitest";
import { attention, attentionData } from "./attention.ts";
import { attentionVariants } from "./attention-variants.ts";
import { bandwidth } from "./bandwidth.ts";
import { decode } from "./decode.ts";
import { dispatch } from "./dispatch.ts";
import { selectWorks } from "./index.ts";
import { matmul } from "./matmul.ts";
import { peak } from "./peak.ts";
import { read } from "./read.ts";
import { rnn } from "./rnn.ts";
import { step } from "./step.ts";
import { tokenizers } from "./tokenizers.ts";

const backend = await createCpuBackend({ threads: 1 });
setBackend(backend);
afterAll(() => backend.dispose());

const tiny = { layers: 2, heads: 2, width: 16, context: 8, batch: 2, characters: 11 };

test("matmul multiplies, and leaves nothing behind", async () => {
  const { call, check } = await matmul.prepare({ m: 3, k: 5, n: 2 }, backend);
  const before = memory();
  call();
  const value = (i: number) => ((i * 37) % 101) / 101 - 0.5;
  let total = 0;
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 2; j++) {
      let sum = 0;
      for (let l = 0; l < 5; l++) sum += value(i * 5 + l) * value(l * 2 + j);
      total += sum ** 2;
    }
  }
  expect(await check()).toBeCloseTo(total / 6, 5);
  expect(memory().bytes).toBe(before.bytes + 4); // the scalar that was read
});

test("matmul counts a product and a sum for each step of its inner loop", () => {
  const config = matmul.configs.find(({ name }) => name === "[768,128]x[128,512]");
  expect(config?.amount).toBeCloseTo((2 * 768 * 128 * 512) / 1e9);
});

test("a step trains, and leaves only the optimizer's state behind", async () => {
  const { call, check } = await step.prepare(tiny, backend);
  call();
  const before = memory();
  call();
  expect(memory().bytes).toBe(before.bytes);
  const loss = await check();
  expect(loss).toBeGreaterThan(1);
  expect(loss).toBeLessThan(Math.log(11)); // two steps have been taken
});

test("the configuration of the step is nanoGPT's for a CPU", () => {
  expect(step.configs[0]).toEqual({
    name: "GPT 4x128",
    parameters: { layers: 4, heads: 4, width: 128, context: 64, batch: 12, characters: 65 },
    amount: 768,
  });
  expect(step.configs[1].amount).toBe(2048);
});

test("the peak runs", async () => {
  const { call } = await peak.prepare({}, backend);
  expect(() => call()).not.toThrow();
});

test("attention gives the check of its definition, and leaves nothing behind", async () => {
  const sizes = { heads: 1, length: 2, width: 1, causal: 1, backward: 0 };
  const { call, check, outputBytes } = await attention.prepare(sizes, backend);
  const before = memory().bytes;
  call();
  expect(memory().bytes).toBe(before);
  expect(outputBytes).toBe(8);
  const [[q0, q1], [k0, k1], [v0, v1]] = attentionData(sizes).operands;
  const [a, b] = [Math.exp(q1 * k0), Math.exp(q1 * k1)];
  const y1 = (a * v0 + b * v1) / (a + b);
  expect(Number.isFinite(q0)).toBe(true);
  expect(await check()).toBeCloseTo(Math.log((v0 ** 2 + y1 ** 2) / 2), 4);
});

test.each([
  [bandwidth, { rows: 3, width: 8 }],
  [dispatch, { size: 4, links: 2, backward: 1 }],
  [rnn, { batch: 2, length: 3, width: 4, backward: 1 }],
  [attentionVariants, { heads: 8, length: 8, width: 2, backward: 1 }],
])("%o runs all its variants, and leaves nothing behind", async (work, parameters) => {
  for (const { variant } of work.configs) {
    const { call, check } = await work.prepare(parameters, backend, variant);
    call();
    const before = memory().bytes;
    call();
    expect(memory().bytes).toBe(before);
    expect(await check()).not.toBe(0);
  }
});

const gpt2 = { layers: 2, heads: 2, width: 16, vocabulary: 11, context: 80, prompt: 8 };

test("decoding with a cache goes round behind the prompt, and leaves nothing behind", async () => {
  const [, config] = decode.configs;
  const { call, check } = await decode.prepare(gpt2, backend, config.variant);
  const found = await check();
  const before = memory().bytes;
  for (let i = 0; i < 70; i++) await call(); // the 64 places, and some again
  expect(memory().bytes).toBe(before);
  expect(await check()).toBe(found);
  const prefill = await decode.prepare(gpt2, backend, "prefill");
  expect(await prefill.check()).toBe(found);
});

test("a token of GPT-2 124M reads nearly half a gigabyte of weights", () => {
  expect(decode.configs[1].readBytes).toBe(4 * (124_439_808 - 1024 * 768));
});

test("a work comes behind what limits it", () => {
  expect(selectWorks(["decode"], "prefill").map(({ name }) => name)).toEqual(["read", "decode"]);
  expect(selectWorks(["decode", "read"]).map(({ name }) => name)).toEqual(["decode", "read"]);
});

test("read adds up numbers of the mean 1/2", async () => {
  const { call, check } = await read.prepare({ rows: 100, width: 1000 }, backend);
  call();
  expect(Number(await check()) / 1e5).toBeCloseTo(0.5, 2);
});

test("a trained tokenizer encodes the text that it has learned", async () => {
  const file = fileURLToPath(import.meta.url);
  const { call, check } = await tokenizers.prepare({}, backend, `train r50k ${file}`);
  await call();
  const found = Number(await check());
  expect(found).toBeGreaterThan(100);
  expect(found).toBeLessThan(2000); // of some thousands of characters
});
