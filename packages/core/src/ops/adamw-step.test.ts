import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Backend, FusedKernel } from "../backend.ts";
import { DTypeError, Key, LifetimeError, rand, randn, ShapeError, tensor, tidy, zeros } from "../index.ts";
import { sizeOf } from "../layout.ts";
import { elementwiseKernels } from "../reference/elementwise.ts";
import { createReferenceBackend } from "../reference/index.ts";
import { indexingKernels } from "../reference/indexing.ts";
import { ReferenceMemory } from "../reference/memory.ts";
import { reductionKernels } from "../reference/reductions.ts";
import { evaluateAll, guardMemory } from "../testing/index.ts";
import { type AdamwStepOptions, adamwStep, adamwSteps } from "./adamw-step.ts";

guardMemory({ beforeEach, afterEach });

const numbers: AdamwStepOptions = {
  lr: 0.1,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-6,
  weightDecay: 0.2,
  step: 3,
  decoupled: true,
};

/** Adam in plain numbers, written from the papers. */
function byHand(
  [param, m, v, grad]: readonly number[],
  scale: number,
  { lr, beta1, beta2, eps, weightDecay, step, decoupled }: AdamwStepOptions,
): number[] {
  const g = grad * scale + (decoupled ? 0 : weightDecay * param);
  const m1 = beta1 * m + (1 - beta1) * g;
  const v1 = beta2 * v + (1 - beta2) * g * g;
  const mHat = m1 / (1 - beta1 ** step);
  const vHat = v1 / (1 - beta2 ** step);
  const decayed = decoupled ? param - lr * weightDecay * param : param;
  return [decayed - (lr * mHat) / (Math.sqrt(vHat) + eps), m1, v1];
}

/** A reference backend whose memory the test reaches, with a fused kernel that counts its calls. */
function fusedBackend(supports?: () => boolean): { backend: Backend; calls: () => number } {
  const memory = new ReferenceMemory();
  let calls = 0;
  const run: FusedKernel<"adamwStep">["run"] = ([scale, ...grads], outputs, attrs) => {
    calls++;
    const factor = scale ? memory.elements(scale)[scale.offset] : 1;
    for (const [k, grad] of grads.entries()) {
      const views = [...outputs.slice(3 * k, 3 * k + 3), grad];
      const [p, m, v, g] = views.map((view) => memory.elements(view).subarray(view.offset));
      for (let i = 0; i < sizeOf(grad.shape); i++) {
        [p[i], m[i], v[i]] = byHand([p[i], m[i], v[i], g[i]], factor, attrs);
      }
    }
  };
  const backend: Backend = {
    ...createReferenceBackend(),
    kernels: { ...elementwiseKernels(memory), ...reductionKernels(memory), ...indexingKernels(memory) },
    fused: { adamwStep: supports ? { run, supports } : { run } },
    alloc: (bytes) => memory.alloc(bytes),
    free: (buffer) => memory.free(buffer),
    write: (buffer, data) => {
      new Uint8Array(memory.bytes(buffer)).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    },
    read: async (buffer, offset, bytes) => memory.bytes(buffer).slice(offset, offset + bytes),
  };
  return { backend, calls: () => calls };
}

/** One step from random values: the new param, m and v. */
function step(options: AdamwStepOptions, scale: number | null, backend: Backend): Promise<number[][]> {
  return evaluateAll(() => {
    const on = { backend, dtype: "f64" } as const;
    const [param, m, grad] = [1, 2, 3].map((n) => randn(new Key(n), [3, 4], on));
    const v = rand(new Key(4), [3, 4], on);
    adamwStep({ param, m, v }, grad, options, scale === null ? null : tensor(scale, on));
    return [param, m, v];
  });
}

const variants = [
  { name: "AdamW", options: numbers, scale: null },
  { name: "L2", options: { ...numbers, decoupled: false }, scale: null },
  { name: "first step, no decay", options: { ...numbers, step: 1, weightDecay: 0 }, scale: null },
  { name: "scaled", options: numbers, scale: 0.25 },
  { name: "L2, scaled", options: { ...numbers, decoupled: false }, scale: 0.25 },
];

describe.each(variants)("$name", ({ options, scale }) => {
  test("the composed form is what the papers say, the fused path the same", async () => {
    const { backend, calls } = fusedBackend();
    const composed = await step(options, scale, createReferenceBackend());
    const fused = await step(options, scale, backend);
    expect(calls()).toBe(1);
    fused.forEach((values, i) => {
      values.forEach((value, j) => {
        expect(composed[i][j]).toBeCloseTo(value, 13);
      });
    });
  });
});

test("several parameters are one call, and come to what each alone does", async () => {
  const { backend, calls } = fusedBackend();
  const many = (on: Backend, together: boolean): Promise<number[][]> =>
    evaluateAll(() => {
      const steps = [[3, 4], [5], []].map((shape, n) => {
        const draw = (i: number) => randn(new Key(10 * n + i), shape, { backend: on, dtype: "f64" });
        return { param: draw(0), m: draw(1), v: draw(2).square(), grad: draw(3) };
      });
      if (together) adamwSteps(steps, numbers);
      else for (const { grad, ...targets } of steps) adamwStep(targets, grad, numbers);
      return steps.flatMap(({ param, m, v }) => [param, m, v]);
    });
  const together = await many(backend, true);
  expect(calls()).toBe(1);
  expect(together).toEqual(await many(backend, false));
  const reference = createReferenceBackend();
  expect(await many(reference, true)).toEqual(await many(reference, false));
});

test("a kernel that declines is not called", async () => {
  const { backend, calls } = fusedBackend(() => false);
  expect(await step(numbers, null, backend)).toEqual(await step(numbers, null, createReferenceBackend()));
  expect(calls()).toBe(0);
});

test("errors", () => {
  tidy(() => {
    const targets = { param: zeros([2, 3]), m: zeros([2, 3]), v: zeros([2, 3]) };
    expect(() => adamwStep(targets, zeros([3]), numbers)).toThrow(
      new ShapeError("adamwStep: shapes differ (grad [3], param [2,3])"),
    );
    expect(() => adamwStep(targets, zeros([2, 3], { dtype: "f64" }), numbers)).toThrow(DTypeError);
    expect(() => adamwStep({ ...targets, v: zeros([3, 2]).transpose() }, zeros([2, 3]), numbers)).toThrow(
      LifetimeError,
    );
    expect(() => adamwStep(targets, zeros([2, 3]), numbers, zeros([1]))).toThrow(
      /gradScale must be a scalar/,
    );
  });
});

test("of f16 it computes in f32: eps does not vanish, and small gradients do not divide by 0", async () => {
  const f16 = { dtype: "f16" } as const;
  using param = tensor([1, 1], f16);
  using m = zeros([2], f16);
  using v = zeros([2], f16);
  using grad = tensor([0, 1e-4], f16);
  adamwStep({ param, m, v }, grad, { ...numbers, eps: 1e-8, weightDecay: 0, step: 1 });
  const [still, moved] = await param.data();
  expect(still).toBe(1);
  expect(moved).toBe(0.89990234375); // the half nearest to 0.9
});
