import { LearnedPositions, RelativePositionBias, SinusoidalPositions } from "@saccade/attention";
import {
  autocast,
  getBackend,
  Key,
  randn,
  setBackend,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import { createReferenceBackend } from "@saccade/core/reference";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Mechanism, mechanisms } from "./table.ts";

/**
 * Of the largest number of a tensor. f16 has 11 bits, each rounding is off by 2^-11 = 0.0005 at most; a layer has some
 * ten of them on the way there, and more on the way back.
 */
const OUTPUT_BOUND = 0.01;
const GRADIENT_BOUND = 0.03;

const [B, T, S, D, H] = [2, 5, 6, 16, 2];
const made = { key: new Key(0) };

const placing = (make: () => Module & { forward(x: Tensor): Tensor }): Mechanism => ({
  kind: "self",
  masked: false,
  make,
  run: (module, { x }) => (module as ReturnType<typeof make>).forward(x),
});
const all: Readonly<Record<string, Mechanism>> = {
  ...mechanisms,
  LearnedPositions: placing(() => new LearnedPositions(8, D, made)),
  SinusoidalPositions: placing(() => new SinusoidalPositions(8, D)),
  RelativePositionBias: {
    kind: "self",
    masked: false,
    make: () => new RelativePositionBias({ numHeads: H }, made),
    run: (module, { x }) => (module as RelativePositionBias).forward(x.shape[1]),
  },
};

/** Output, and gradients of its weighted sum to the inputs and all parameters. */
async function pass(it: Mechanism, module: Module, mixed: boolean): Promise<number[][]> {
  using x = randn(new Key(1), [B, it.single ? 1 : T, D]);
  using memory = it.kind === "self" ? x.share() : randn(new Key(2), [B, S, D]);
  const rows = memory.shape[1];
  using seen = tensor(
    Uint8Array.from({ length: B * rows }, (_, i) => Number(i !== rows - 1)),
    { shape: [B, rows] },
  );
  const attended = it.kind === "self" ? x : memory;
  const given = { x, memory: attended, seen: it.masked && !it.logarithms ? seen : null };
  const run = (): Tensor => it.run(module, given);
  const forward = (): Tensor => (mixed ? autocast({ dtype: "f16" }, run) : run());
  const inputs = [...new Set([x, attended]), ...module.parameters()];
  const [out] = await evaluateAll(() => [forward()]);
  using result = valueAndGrad(() => {
    const y = forward().cast("f32");
    return y.mul(randn(new Key(3), y.shape)).sum();
  }, inputs);
  return [out, ...(await evaluateAll(() => [...result.grads]))];
}

const devices = {
  reference: { leftOut: false, create: async () => createReferenceBackend() },
  gpu: {
    leftOut: gpuTests.leftOut,
    create: () => {
      useSoftwareAdapter();
      return createGpuBackend();
    },
  },
};

describe.each(Object.entries(devices))(
  "every layer under autocast in f16, on the %s backend",
  { timeout: 300_000 }, // drivers in software compile some shaders for a minute
  (_, device) => {
    const before = getBackend();
    let runs = false;
    beforeAll(async () => {
      if (device.leftOut) return;
      setBackend(await device.create());
      runs = getBackend().dtypes.has("f16");
    });
    afterAll(async () => {
      if (getBackend() !== before) await getBackend().dispose();
      setBackend(before);
    });
    guardMemory({ beforeEach, afterEach });

    test.for(Object.entries(all))("%s", async ([name, it], { skip }) => {
      if (device.leftOut) skip(gpuTests.title("gpu"));
      if (!runs) skip("this adapter has no shader-f16");
      using module = it.make({ width: D, heads: H }, made);
      const wanted = await pass(it, module, false);
      const got = await pass(it, module, true);
      const names = ["output", "x", ...(it.kind === "self" ? [] : ["memory"])];
      const labels = [...names, ...Array.from(module.namedParameters(), ([path]) => path)];
      for (const [i, numbers] of wanted.entries()) {
        const largest = Math.max(...numbers.map(Math.abs));
        // What vanishes in f32 (a bias of all keys) is rounding in f16.
        const bound = i === 0 ? OUTPUT_BOUND * largest : GRADIENT_BOUND * Math.max(largest, 0.1);
        const worst = Math.max(...numbers.map((value, at) => Math.abs(value - got[i][at])));
        expect(worst, `${name}, ${labels[i]} (largest ${largest})`).toBeLessThanOrEqual(bound);
      }
    });
  },
);
