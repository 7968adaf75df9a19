import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Backend, DType } from "./backend.ts";
import { setBackend } from "./default-backend.ts";
import {
  crossEntropy,
  Key,
  layerNorm,
  logaddexp,
  matmul,
  ones,
  rand,
  softmax,
  sum,
  type Tensor,
  tensor,
  tidy,
  valueAndGrad,
  zeros,
} from "./index.ts";
import { createReferenceBackend } from "./reference/index.ts";
import { parseSafetensors, safetensorsFromTensors, tensorsFromSafetensors } from "./safetensors/index.ts";
import { guardMemory } from "./testing/index.ts";

guardMemory({ beforeEach, afterEach });
const reference = createReferenceBackend();
setBackend(reference);
const f16 = { dtype: "f16" } as const;

/** A backend like the CPU's: without halves. */
const without: Backend = { ...reference, name: "plain", dtypes: new Set<DType>(["f32", "i32", "u8"]) };

async function numbers(make: () => Tensor): Promise<number[]> {
  const result = tidy(make);
  try {
    return [...(await result.data())];
  } finally {
    result.dispose();
  }
}

describe("f16 tensors", () => {
  test("are made of numbers, each rounded once, and read as f32", async () => {
    using x = tensor([1, 0.1, 65519.99, 65520, 1e-8, -0], f16);
    expect(x.dtype).toBe("f16");
    const data = await x.data();
    expect(data).toBeInstanceOf(Float32Array);
    expect([...data]).toEqual([1, 0.0999755859375, 65504, Infinity, 0, -0]);
    using part = x.slice([0, 2]);
    expect(await part.array()).toEqual([1, 0.0999755859375]);
  });

  test("are made of bits", async () => {
    using x = tensor(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c01), { dtype: "f16", shape: [2, 2] });
    expect(await x.array()).toEqual([
      [1, -2],
      [2 ** -24, Number.NaN],
    ]);
    expect(() => tensor(Uint16Array.of(1))).toThrow("bits of f16 (got the dtype f32)");
  });

  test("are made of a Float16Array, where the engine has it, in any dtype", async () => {
    if (typeof Float16Array === "undefined") return;
    using x = tensor(Float16Array.of(0.5, 3));
    using y = tensor(Float16Array.of(0.5, 3), { dtype: "f32" });
    expect([x.dtype, y.dtype]).toEqual(["f16", "f32"]);
    expect([await x.array(), await y.array()]).toEqual([
      [0.5, 3],
      [0.5, 3],
    ]);
  });

  test("meet others as PyTorch's do", () => {
    tidy(() => {
      const x = ones([2], f16);
      expect(x.add(0.5).dtype).toBe("f16");
      expect(x.add(ones([2], { dtype: "i32" })).dtype).toBe("f16");
      expect(x.add(ones([2])).dtype).toBe("f32");
      expect(x.div(x).dtype).toBe("f16");
      expect(logaddexp(x, x).dtype).toBe("f16");
      expect(x.sum().dtype).toBe("f16");
    });
  });

  test("sum in f32 and wider: rounding comes last", async () => {
    // 2048 + 1 is 2048 in f16
    expect(await numbers(() => sum(ones([4096], f16)))).toEqual([4096]);
    expect(await numbers(() => matmul(ones([1, 4096], f16), ones([4096, 1], f16)))).toEqual([4096]);
  });

  test("are computed in f32 where an op is composed", async () => {
    // Squares of 300 are beyond f16; so is the sum of 70000 exponentials of 0.
    const normal = await numbers(() => layerNorm(tensor([300, -300], f16)));
    expect(normal).toEqual([1, -1]);
    const even = await numbers(() => softmax(zeros([70_000], f16)));
    expect(even[0]).toBeCloseTo(1 / 70_000, 6);
  });

  test("have gradients of their own dtype; losses are f32", async () => {
    using logits = tensor([[1, 2, 3]], f16);
    using target = tensor([2], { dtype: "i32" });
    using result = valueAndGrad(() => crossEntropy(logits, target), [logits]);
    expect([result.value.dtype, result.grads[0].dtype]).toEqual(["f32", "f16"]);
    expect(await result.value.item()).toBeCloseTo(0.4076, 4);
    const [grads] = (await result.grads[0].array()) as number[][];
    for (const [i, wanted] of [0.09003, 0.24473, -0.33476].entries()) expect(grads[i]).toBeCloseTo(wanted, 3);
  });

  test("are drawn below their bound, too", async () => {
    using exact = rand(new Key(3), [40_000]);
    using drawn = rand(new Key(3), [40_000], f16);
    const [wanted, got] = [await exact.data(), await drawn.data()];
    expect(got.every((u, i) => u === Math.floor(wanted[i] * 2048) / 2048)).toBe(true);
    expect(wanted.some((u) => u > 1 - 2 ** -12)).toBe(true); // these would be rounded to 1
  });

  test("are refused by a backend that lacks them, with what to do", async () => {
    const got = "the plain backend has no f16 (it has f32, i32, u8); f16 is there on the gpu backend where";
    expect(() => zeros([2], { ...f16, backend: without })).toThrow(got);
    expect(() => tensor([1], { ...f16, backend: without })).toThrow("cast to f32 instead");
    using x = ones([2], f16);
    await expect(x.to(without)).rejects.toThrow(got);
  });
});

describe("safetensors", () => {
  test("F16 is written as it is, and read as f32 or, on request, as it is", async () => {
    using w = tensor(Uint16Array.of(0x3c00, 0x7bff, 0x0001), { dtype: "f16" });
    const bytes = await safetensorsFromTensors({ w });
    const entry = parseSafetensors(bytes).tensors.get("w");
    expect(entry?.dtype).toBe("F16");
    expect(entry?.data).toEqual(Uint8Array.of(0x00, 0x3c, 0xff, 0x7b, 0x01, 0x00));
    const wide = tensorsFromSafetensors(bytes).w;
    const same = tensorsFromSafetensors(bytes, f16).w;
    expect([wide.dtype, same.dtype]).toEqual(["f32", "f16"]);
    expect(await same.array()).toEqual([1, 65504, 2 ** -24]);
    expect(await wide.array()).toEqual([1, 65504, 2 ** -24]);
    for (const x of [wide, same]) x.dispose();
  });

  test("others are rounded once on request", async () => {
    using w = tensor([1 + 2 ** -11 + 2 ** -40], { dtype: "f64" });
    using half = tensorsFromSafetensors(await safetensorsFromTensors({ w }), f16).w;
    expect(await half.array()).toEqual([1 + 2 ** -10]);
  });
});
