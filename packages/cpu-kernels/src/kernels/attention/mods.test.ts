import { type ScoreStep, scoreProgram } from "@saccade/core";
import type { AttentionAttrs, ScoreProgram, View } from "@saccade/core/backend";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CpuBackend } from "../../backend.ts";
import { createCpuBackend } from "../../create-backend.ts";
import { readView, tensor } from "../../testing/harness.ts";
import { encodeProgram } from "./encode-program.ts";

let backend: CpuBackend;
beforeAll(async () => {
  backend = await createCpuBackend({ threads: 1, blas: "off" });
});
afterAll(() => backend.dispose());

const attrs: AttentionAttrs = {
  scale: 1,
  causal: false,
  windowLeft: -1,
  windowRight: -1,
  softcap: 0,
  dropout: 0,
  key: [0, 0],
};

/** One head; scores are 0 but for the program, so that the log-sum-exp of a query's only key is its value. */
function call(score: ScoreProgram | null, captured: readonly View[], T = 4, width = 2) {
  const f32 = (shape: number[], value?: number): View =>
    tensor(
      backend,
      "f32",
      shape,
      value === undefined ? undefined : new Array(shape.reduce((a, b) => a * b)).fill(value),
    );
  const q = f32([1, 1, T, width], 0);
  const [k, v] = [f32([1, 1, 1, width], 0), f32([1, 1, 1, width], 1)];
  const inputs: [View, View, View, null, null, null, null, null, null, ...View[]] =
    [q, k, v, null, null, null, null, null, null, ...captured]; // biome-ignore format: one line
  const { run, supports } = backend.fused.attention!;
  const own = { ...attrs, mods: { score, mask: null } };
  return {
    supported: supports!(inputs, own),
    async lse() {
      const lse = f32([1, 1, T]);
      run(inputs, [f32([1, 1, T, width]), lse], own);
      return (await readView(backend, lse)).map((x) => Math.round(x * 1000) / 1000);
    },
  };
}

/** An element at the index `query + offset`. */
const loads = (offset: number): ScoreProgram => {
  const steps: ScoreStep[] = [
    { op: "query" },
    { op: "constant", value: offset },
    { op: "add", a: 0, b: 1 },
    { op: "load", tensor: 0, indices: [2] },
  ];
  return scoreProgram(steps, [3]);
};

describe("captured tensors", () => {
  test("indices are truncated; what is outside is NaN, or 0 of integers", async () => {
    const floats = tensor(backend, "f32", [3], [10, 20, 30]);
    expect(await call(loads(-0.5), [floats]).lse()).toEqual([10, 10, 20, 30]);
    expect(await call(loads(-1), [floats]).lse()).toEqual([Number.NaN, 10, 20, 30]);
    const integers = tensor(backend, "i32", [3], [10, 20, 30]);
    expect(await call(loads(1), [integers]).lse()).toEqual([20, 30, 0, 0]);
    expect(await call(loads(2 ** 31), [integers]).lse()).toEqual([0, 0, 0, 0]);
  });

  test("NaN is index 0, as in cast", async () => {
    const floats = tensor(backend, "f32", [3], [10, 20, 30]);
    expect(await call(loads(Number.NaN), [floats]).lse()).toEqual([10, 10, 10, 10]);
  });

  test("without elements, and without dimensions", async () => {
    expect(await call(loads(0), [tensor(backend, "i32", [0], [])]).lse()).toEqual([0, 0, 0, 0]);
    const one = tensor(backend, "f32", [], [7]);
    const program = scoreProgram([{ op: "load", tensor: 0, indices: [] }], [0]);
    expect(await call(program, [one]).lse()).toEqual([7, 7, 7, 7]);
  });
});

describe("what is declined", () => {
  const score = scoreProgram([{ op: "score" }], [0]);

  test("captured tensors of another dtype, of many dimensions, or too many", () => {
    const { supported } = call(score, [tensor(backend, "i32", [1], [1])]);
    expect(supported).toBe(true);
    expect(call(score, [tensor(backend, "u8", [1], [1])]).supported).toBe(false);
    expect(call(score, [tensor(backend, "f32", new Array(9).fill(1), [1])]).supported).toBe(false);
    const one = tensor(backend, "f32", [1], [1]);
    expect(call(score, new Array(32).fill(one)).supported).toBe(true);
    expect(call(score, new Array(33).fill(one)).supported).toBe(false);
  });

  test("heads that leave no scratch", () => {
    expect(call(score, [], 1, 384).supported).toBe(true);
    expect(call(score, [], 1, 385).supported).toBe(false);
  });

  /** So many values, all of which are read at the end. */
  const many = (count: number): ScoreProgram => {
    const steps: ScoreStep[] = [{ op: "score" }];
    for (let i = 1; i < count; i++) steps.push({ op: "square", x: i - 1 });
    for (let i = 0; i < count; i++) steps.push({ op: "add", a: i, b: steps.length - 1 });
    return scoreProgram(steps, [steps.length - 1]);
  };

  test("programs that need too many registers", () => {
    expect(call(many(64), []).supported).toBe(true);
    expect(call(many(65), []).supported).toBe(false);
  });

  test("chunks are shorter where many registers are in use", () => {
    expect(encodeProgram(many(12))?.[0]).toBe(64);
    expect(encodeProgram(many(13))?.[0]).toBe(32);
  });

  test("long programs", () => {
    const steps: ScoreStep[] = [{ op: "score" }];
    for (let i = 0; i < 3000; i++) steps.push({ op: "neg", x: i });
    expect(call(scoreProgram(steps, [3000]), []).supported).toBe(false);
  });
});

test("a register that nobody reads any more is used again", () => {
  const steps: ScoreStep[] = [{ op: "score" }];
  for (let i = 0; i < 100; i++) steps.push({ op: "tanh", x: i });
  expect(encodeProgram(scoreProgram(steps, [100]))?.[0]).toBe(64);
});
