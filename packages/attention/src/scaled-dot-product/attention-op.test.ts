import {
  type AttentionAttrs,
  type Backend,
  DTypeError,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  tidy,
  type View,
  vjp,
  zeros,
} from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attention } from "./attention.ts";
import type { AttentionSpec } from "./attention-spec.ts";

guardMemory({ beforeEach, afterEach });

describe("errors name the shapes", () => {
  const shapes = (q: number[], k: number[], v: number[], spec: AttentionSpec = {}): (() => void) => {
    return () => {
      tidy(() => void attention(zeros(q), zeros(k), zeros(v), spec));
    };
  };
  const got = "(q [2,6,8,16], k [2,4,8,16], v [2,4,8,16])";

  test.each<[string, () => void]>([
    [`attention: H=6 is not a multiple of K=4 ${got}`, shapes([2, 6, 8, 16], [2, 4, 8, 16], [2, 4, 8, 16])],
    [
      "attention: H=2 is not a multiple of K=0 (q [1,2,3,4], k [1,0,3,4], v [1,0,3,4])",
      shapes([1, 2, 3, 4], [1, 0, 3, 4], [1, 0, 3, 4]),
    ],
    [
      "attention: k must be [batch, heads, length, width] (q [1,2,3,4], k [2,3,4], v [1,2,3,4])",
      shapes([1, 2, 3, 4], [2, 3, 4], [1, 2, 3, 4]),
    ],
    ["attention: q must be [batch, heads, length, width] (q [], k [], v [])", shapes([], [], [])],
    [
      "attention: batch sizes differ (q [2,1,3,4], k [1,1,3,4], v [2,1,3,4])",
      shapes([2, 1, 3, 4], [1, 1, 3, 4], [2, 1, 3, 4]),
    ],
    [
      "attention: q and k differ in width (q [1,1,3,4], k [1,1,3,5], v [1,1,3,5])",
      shapes([1, 1, 3, 4], [1, 1, 3, 5], [1, 1, 3, 5]),
    ],
    [
      "attention: k and v differ in heads or length (q [1,1,3,4], k [1,1,3,4], v [1,1,2,4])",
      shapes([1, 1, 3, 4], [1, 1, 3, 4], [1, 1, 2, 4]),
    ],
  ])("%s", (message, call) => {
    expect(call).toThrow(new ShapeError(message));
  });

  test("a mask or bias that does not broadcast", () => {
    using mask = ones([2, 3], { dtype: "u8" });
    using bias = ones([5, 1, 1, 1, 1]);
    const x = [2, 4, 3, 4];
    expect(shapes(x, [2, 4, 5, 4], [2, 4, 5, 4], { mask })).toThrow(
      new ShapeError("attention: mask: [2,3] does not broadcast to [2,4,3,5]"),
    );
    expect(shapes(x, x, x, { bias })).toThrow(
      new ShapeError("attention: bias: [5,1,1,1,1] does not broadcast to [2,4,3,3]"),
    );
  });

  test("slopes and sinks that are not one a head", () => {
    using three = zeros([3]);
    using row = zeros([1, 2]);
    expect(shapes([1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], { alibi: three })).toThrow(
      new ShapeError("attention: ALiBi's slopes must be [2], one a head (got [3])"),
    );
    expect(shapes([1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], { sinks: row })).toThrow(
      new ShapeError("attention: sinks must be [2], one a head (got [1,2])"),
    );
  });

  test("dtypes that differ", () => {
    using q = zeros([1, 1, 2, 2]);
    using k = zeros([1, 1, 2, 2], { dtype: "f64" });
    using ids = zeros([1, 1, 2, 2], { dtype: "i32" });
    expect(() => attention(q, k, q)).toThrow(
      new DTypeError("attention: q, k and v must have one dtype (got f32, f64, f32)"),
    );
    expect(() => attention(q, q, q, { bias: k })).toThrow(
      new DTypeError("attention: the bias must have the dtype of q, f32 (got f64)"),
    );
    using wide = zeros([1], { dtype: "f64" });
    expect(() => attention(q, q, q, { sinks: wide })).toThrow(
      new DTypeError("attention: sinks must have the dtype of q, f32 (got f64)"),
    );
    expect(() => attention(q, q, q, { alibi: wide })).toThrow(
      new DTypeError("attention: ALiBi's slopes must have the dtype of q, f32 (got f64)"),
    );
    expect(() => attention(ids, ids, ids)).toThrow(
      new DTypeError(`attention: q must be float (got ${ids.describe()}); cast it first`),
    );
  });
});

interface Call {
  readonly inputs: readonly (View | null)[];
  readonly outputs: readonly View[];
  readonly attrs: AttentionAttrs;
}

/** The reference backend with fused kernels that write ones and remember how they were called. */
function recordingBackend(supports: () => boolean): { backend: Backend; forward: Call[]; backward: Call[] } {
  const backend = createReferenceBackend();
  const forward: Call[] = [];
  const backward: Call[] = [];
  const record =
    (calls: Call[]) => (inputs: Call["inputs"], outputs: readonly View[], attrs: AttentionAttrs) => {
      calls.push({ inputs, outputs, attrs });
      for (const out of outputs) backend.kernels.fill([], [out], { value: 1 });
    };
  const fused: Backend["fused"] = {
    attention: { supports, run: record(forward) },
    attentionBackward: { supports, run: record(backward) },
  };
  return { backend: { ...backend, fused }, forward, backward };
}

describe("kernels", () => {
  test("get masks and biases broadcast by strides of 0, and outputs that exist", () => {
    const { backend, forward } = recordingBackend(() => true);
    tidy(() => {
      const q = zeros([2, 4, 3, 8], { backend });
      const k = zeros([2, 2, 5, 8], { backend });
      const mask = ones([2, 1, 1, 5], { dtype: "u8", backend });
      const bias = ones([3, 5], { backend });
      attention(q, k, k, { mask, bias, causal: true, window: 2 });
    });
    const [{ inputs, outputs, attrs }] = forward;
    const [, , , mask, bias] = inputs;
    expect(mask).toMatchObject({ dtype: "u8", shape: [2, 4, 3, 5], strides: [5, 0, 0, 1] });
    expect(bias).toMatchObject({ dtype: "f32", shape: [2, 4, 3, 5], strides: [0, 0, 5, 1] });
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [2, 4, 3, 8],
      [2, 4, 3],
    ]);
    expect(attrs).toMatchObject({ causal: true, windowLeft: 1, windowRight: -1, scale: 1 / Math.sqrt(8) });
  });

  test("get slopes, sinks and ranges; what is in ranges is off in the attributes", () => {
    const { backend, forward, backward } = recordingBackend(() => true);
    tidy(() => {
      const q = zeros([2, 4, 3, 8], { backend });
      const sinks = zeros([4], { backend });
      const spec = { causal: true, window: 2, alibi: true, sinks, lengths: [3, 1] };
      vjp(() => [attention(q, q, q, spec)], [q, sinks], [q]);
    });
    const [{ inputs, attrs }] = forward;
    expect(inputs.map((view) => view?.shape ?? null).slice(3)).toEqual([null, null, [4], [2, 3, 3], [4]]);
    expect(inputs[6]).toMatchObject({ dtype: "i32", strides: [9, 3, 1] });
    expect(attrs).toMatchObject({ causal: false, windowLeft: -1, windowRight: -1 });
    // Backward needs no sinks: log-sum-exp, delta, dOut.
    expect(backward[0].inputs.length).toBe(10);
  });

  test("give the gradient of slopes query by query", async () => {
    const { backend, backward } = recordingBackend(() => true);
    const shapes = tidy(() => {
      const q = zeros([1, 2, 3, 4], { backend });
      const alibi = zeros([2], { backend });
      return vjp(() => [attention(q, q, q, { alibi })], [q, alibi], [q]).grads.map(({ shape }) => shape);
    });
    expect(backward[0].outputs[3].shape).toEqual([1, 2, 3]);
    expect(shapes).toEqual([[1, 2, 3, 4], [2]]);
  });

  test("write the gradient of the bias only where it is wanted", () => {
    const { backend, backward } = recordingBackend(() => true);
    tidy(() => {
      const q = zeros([1, 2, 3, 4], { backend });
      const bias = zeros([3, 3], { backend });
      const run = (sources: Tensor[]): void => {
        vjp(() => [attention(q, q, q, { bias })], sources, [q]);
      };
      run([q]);
      run([q, bias]);
    });
    expect(backward.map(({ outputs }) => outputs.length)).toEqual([3, 4]);
    expect(backward[1].outputs[3].shape).toEqual([1, 2, 3, 3]);
    // q, k, v, mask, bias, slopes, ranges, log-sum-exp, delta, dOut
    const shapes = backward[0].inputs.map((view) => view?.shape ?? null);
    expect(shapes.slice(3)).toEqual([null, [1, 2, 3, 3], null, null, [1, 2, 3], [1, 2, 3], [1, 2, 3, 4]]);
  });

  test("that decline are composed instead", async () => {
    const { backend, forward } = recordingBackend(() => false);
    using v = tensor([[[[3]]]], { backend });
    using out = attention(v, v, v);
    expect([...(await out.data())]).toEqual([3]);
    expect(forward.length).toBe(0);
  });
});
