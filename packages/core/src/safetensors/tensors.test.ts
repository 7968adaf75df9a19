import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DType } from "../backend.ts";
import { DTypeError, ones, type Tensor, tensor, zeros } from "../index.ts";
import { Linear } from "../nn/index.ts";
import { Key } from "../random/key.ts";
import { createReferenceBackend } from "../reference/index.ts";
import { guardMemory } from "../testing/index.ts";
import {
  encodeValues,
  entriesFromTensors,
  parseSafetensors,
  SafetensorsError,
  safetensorsFromTensors,
  serializeSafetensors,
  tensorFromEntry,
  tensorsFromSafetensors,
} from "./index.ts";

guardMemory({ beforeEach, afterEach });

function disposeAll(tensors: Readonly<Record<string, Tensor>>): void {
  for (const each of Object.values(tensors)) each.dispose();
}

const file = (name: string): Uint8Array => readFileSync(new URL(`./fixtures/valid/${name}`, import.meta.url));

describe("tensors of a file", () => {
  test("have the dtype that fits, and the file's shapes", () => {
    const names = ["F32", "F64", "F16", "BF16", "F8_E4M3", "I64", "I16", "U32", "BOOL", "U8"] as const;
    const data = names.map(
      (dtype) => [dtype, { dtype, shape: [2], data: encodeValues(dtype, [1, 0]) }] as const,
    );
    const tensors = tensorsFromSafetensors(serializeSafetensors(data));
    const dtypes = Object.fromEntries(Object.entries(tensors).map(([name, { dtype }]) => [name, dtype]));
    expect(dtypes).toEqual({
      F32: "f32",
      F64: "f64",
      F16: "f32",
      BF16: "f32",
      F8_E4M3: "f32",
      I64: "i32",
      I16: "i32",
      U32: "i32",
      BOOL: "u8",
      U8: "u8",
    });
    disposeAll(tensors);
  });

  test("floats as one wishes, or as the backend has them", () => {
    const bytes = serializeSafetensors([
      ["half", { dtype: "F16", shape: [1], data: encodeValues("F16", [1]) }],
      ["double", { dtype: "F64", shape: [], data: encodeValues("F64", [1]) }],
      ["ids", { dtype: "I64", shape: [1], data: encodeValues("I64", [1]) }],
    ]);
    const dtypes = (options: Parameters<typeof tensorsFromSafetensors>[1]): DType[] => {
      const { half, double, ids } = tensorsFromSafetensors(bytes, options);
      disposeAll({ half, double, ids });
      return [half.dtype, double.dtype, ids.dtype];
    };
    expect(dtypes({ dtype: "f64" })).toEqual(["f64", "f64", "i32"]);
    expect(dtypes({ dtype: "f32" })).toEqual(["f32", "f32", "i32"]);
    const single = { ...createReferenceBackend(), dtypes: new Set<DType>(["f32", "i32", "u8"]) };
    expect(dtypes({ backend: single })).toEqual(["f32", "f32", "i32"]);
    expect(() => dtypes({ backend: single, dtype: "f64" })).toThrow(DTypeError);
  });

  test("of the official writer: empty, scalar, unicode", () => {
    const tensors = tensorsFromSafetensors(file("empty_and_scalar.safetensors"));
    expect(Object.values(tensors).some(({ size }) => size === 0)).toBe(true);
    expect(Object.values(tensors).some(({ rank }) => rank === 0)).toBe(true);
    disposeAll(tensors);
    disposeAll(tensorsFromSafetensors(file("unicode_names.safetensors")));
  });

  test("nothing is left behind where one of them cannot be read", () => {
    const entries = [
      ["a", { dtype: "F32", shape: [1], data: new Uint8Array(4) }],
      ["b", { dtype: "I64", shape: [1], data: encodeValues("I64", [2 ** 40]) }],
    ] as const;
    expect(() => tensorsFromSafetensors(serializeSafetensors(entries))).toThrow(SafetensorsError);
    const complex = { name: "c", dtype: "C64", shape: [1], data: new Uint8Array(8) } as const;
    expect(() => tensorFromEntry(complex)).toThrow(/C64/);
  });
});

describe("a file of tensors", () => {
  test("is byte for byte what serializing by hand gives, strided views included", async () => {
    using x = tensor([
      [1, 2],
      [3, 4],
    ]);
    using t = x.transpose();
    const bytes = await safetensorsFromTensors({ x, t }, { format: "pt" });
    const data = (values: number[]) =>
      ({ dtype: "F32", shape: [2, 2], data: encodeValues("F32", values) }) as const;
    expect(bytes).toEqual(
      serializeSafetensors(
        [
          ["x", data([1, 2, 3, 4])],
          ["t", data([1, 3, 2, 4])],
        ],
        { format: "pt" },
      ),
    );
  });

  test("round trip: bits, shapes, dtypes", async () => {
    const cases = fc.record({
      dtype: fc.constantFrom<DType>("f32", "f64", "i32", "u8"),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
      start: fc.integer({ min: 0, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), cases, { maxKeys: 4 }), async (specs) => {
        const tensors = Object.fromEntries(
          Object.entries(specs).map(([name, { dtype, shape, start }]) => {
            const size = shape.reduce((n, s) => n * s, 1);
            const values = Array.from({ length: size }, (_, i) => (start + i * 7) % 256);
            return [name, tensor(values, { dtype, shape })];
          }),
        );
        const back = tensorsFromSafetensors(await safetensorsFromTensors(tensors));
        expect(new Set(Object.keys(back))).toEqual(new Set(Object.keys(tensors)));
        for (const [name, each] of Object.entries(tensors)) {
          expect([back[name].shape, back[name].dtype]).toEqual([each.shape, each.dtype]);
          expect(await back[name].data()).toEqual(await each.data());
        }
        disposeAll(tensors);
        disposeAll(back);
      }),
      { numRuns: 50 },
    );
  });

  test("is a picture of the moment of the call", async () => {
    using x = ones([2]);
    using y = zeros([2]);
    const pending = entriesFromTensors({ x, y });
    for (const each of [x, y]) each.backend.kernels.fill([], [each], { value: 7 });
    const entries = new Map(await pending);
    expect(entries.get("x")?.data).toEqual(encodeValues("F32", [1, 1]));
    expect(entries.get("y")?.data).toEqual(encodeValues("F32", [0, 0]));
  });

  test("a model through a file", async () => {
    using from = new Linear(3, 2, { key: new Key(1) });
    using to = new Linear(3, 2, { key: new Key(2) });
    const bytes = await safetensorsFromTensors(from.stateDict());
    expect([...parseSafetensors(bytes).tensors.keys()].sort()).toEqual(["bias", "weight"]);
    const tensors = tensorsFromSafetensors(bytes);
    to.loadStateDict(tensors);
    disposeAll(tensors);
    expect(await to.weight.data()).toEqual(await from.weight.data());
  });
});
