import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DTYPE_BITS, type SafetensorsDtype, tensorBytes } from "./dtypes.ts";
import { parseSafetensors, type TensorData } from "./parse.ts";
import { layoutSafetensors, serializeSafetensors } from "./serialize.ts";

const fixture = (file: string) =>
  new Uint8Array(readFileSync(new URL(`./fixtures/${file}`, import.meta.url)));
const f32 = (shape: number[], bytes = 4): TensorData => ({
  dtype: "F32",
  shape,
  data: new Uint8Array(bytes),
});
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("serializeSafetensors", () => {
  it.each([
    "written/official-order.safetensors",
    "written/official-empty.safetensors",
    "written/official-metadata.safetensors",
    "written/official-empty-metadata.safetensors",
    "valid/empty_and_scalar.safetensors",
    "valid/unicode_names.safetensors",
    "valid/f8.safetensors",
    "valid/edge_f16.safetensors",
  ])("gives the bytes of the official writer, whatever the order of the tensors: %s", (file) => {
    const official = fixture(file);
    const { tensors, metadata } = parseSafetensors(official);
    const entries = [...tensors];
    expect(serializeSafetensors(entries, metadata)).toEqual(official);
    expect(serializeSafetensors(entries.reverse(), metadata)).toEqual(official);
  });

  it("sorts metadata by key, so that the same content gives the same bytes", () => {
    const a = serializeSafetensors([], { b: "1", a: "2", "😀": "3", "\uff21": "4" });
    expect(a).toEqual(serializeSafetensors([], { "\uff21": "4", "😀": "3", a: "2", b: "1" }));
    expect(text(a.subarray(8)).trimEnd()).toBe('{"__metadata__":{"a":"2","b":"1","\uff21":"4","😀":"3"}}');
  });

  it("pads the header with spaces to 8 bytes", () => {
    for (let length = 0; length < 16; length++) {
      const bytes = serializeSafetensors([["n".repeat(length), f32([])]]);
      expect((bytes.length - 4) % 8).toBe(0);
      expect(text(bytes.subarray(8, -4))).toMatch(/^\{.*\} {0,7}$/);
    }
  });

  it("round-trips any tensors and metadata", () => {
    const dtypes = Object.keys(DTYPE_BITS).filter(
      (dtype): dtype is SafetensorsDtype => !/^F[46]/.test(dtype),
    );
    const tensor = fc
      .record({ dtype: fc.constantFrom(...dtypes), shape: fc.array(fc.nat(4), { maxLength: 4 }) })
      .chain(({ dtype, shape }) => {
        const length = tensorBytes("test", "x", dtype, shape);
        return fc
          .uint8Array({ minLength: length, maxLength: length })
          .map((data): TensorData => ({ dtype, shape, data }));
      });
    const name = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: "binary" }),
      fc.constantFrom("__proto__", "constructor"),
    );
    const named = fc.uniqueArray(
      fc.tuple(
        name.filter((n) => n !== "__metadata__"),
        tensor,
      ),
      {
        selector: ([key]) => key,
        maxLength: 8,
      },
    );
    const metadata = fc.option(fc.array(fc.tuple(name, name)).map((pairs) => Object.fromEntries(pairs)));
    fc.assert(
      fc.property(named, metadata, (tensors, texts) => {
        const bytes = serializeSafetensors(tensors, texts);
        const parsed = parseSafetensors(bytes);
        expect(parsed.metadata === null ? null : Object.entries(parsed.metadata).sort()).toEqual(
          texts === null ? null : Object.entries(texts).sort(),
        );
        expect(parsed.tensors.size).toBe(tensors.length);
        for (const [key, { dtype, shape, data }] of tensors) {
          expect(parsed.tensors.get(key)).toEqual({ name: key, dtype, shape, data });
        }
        expect(serializeSafetensors(parsed.tensors, parsed.metadata)).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it.each<[label: string, code: string, message: string, tensors: [string, TensorData][]]>([
    [
      "a name twice",
      "duplicate-key",
      'tensor "w" is given twice',
      [
        ["w", f32([])],
        ["w", f32([])],
      ],
    ],
    [
      "a name twice, of two dtypes",
      "duplicate-key",
      'tensor "w" is given twice',
      [
        ["w", f32([])],
        ["w", { dtype: "U8", shape: [1], data: new Uint8Array(1) }],
      ],
    ],
    [
      "the reserved name",
      "invalid-tensor",
      'tensor "__metadata__" has the name',
      [["__metadata__", f32([])]],
    ],
    ["a lone surrogate", "invalid-tensor", "has a lone surrogate in its name", [["a\ud800", f32([])]]],
    [
      "too little data",
      "invalid-tensor",
      'tensor "w": F32 [2,3] takes 24 bytes (got 4)',
      [["w", f32([2, 3])]],
    ],
    ["a fractional size", "invalid-tensor", "non-negative integers (got [0.5])", [["w", f32([0.5])]]],
    ["a negative size", "invalid-tensor", "non-negative integers (got [-1])", [["w", f32([-1])]]],
    [
      "half a byte",
      "invalid-shape",
      "its 4 bits do not end on a byte",
      [["w", { dtype: "F4", shape: [1], data: new Uint8Array(1) }]],
    ],
  ])("refuses %s", (_label, code, message, tensors) => {
    expect(() => serializeSafetensors(tensors)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(
          `serializeSafetensors: ${message.startsWith("tensor") ? message : ""}`,
        ),
      }),
    );
    expect(() => serializeSafetensors(tensors)).toThrow(message);
  });

  it("refuses a dtype that the format does not know", () => {
    const tensor: TensorData = JSON.parse('{"dtype":"F31","shape":[],"data":[]}');
    expect(() => serializeSafetensors([["w", tensor]])).toThrow(
      expect.objectContaining({ code: "unknown-dtype", message: expect.stringContaining('"F31"') }),
    );
  });

  it("refuses metadata that is no text", () => {
    expect(() => serializeSafetensors([], { k: "\udc00" })).toThrow(
      'metadata "k" must be a string of well-formed',
    );
    expect(() => serializeSafetensors([], JSON.parse('{"step":7}'))).toThrow(
      'metadata "step" must be a string',
    );
  });

  it("refuses a header that readers would refuse", () => {
    expect(() => serializeSafetensors([], { k: "x".repeat(100_000_000) })).toThrow(
      expect.objectContaining({ code: "header-too-large" }),
    );
  });
});

describe("layoutSafetensors", () => {
  it("returns the tensors' own memory, in file order", () => {
    const wide: TensorData = { dtype: "F64", shape: [1], data: new Uint8Array(8) };
    const narrow = f32([1]);
    const layout = layoutSafetensors(
      new Map([
        ["a", narrow],
        ["b", wide],
      ]),
    );
    expect(layout.data).toEqual([wide.data, narrow.data]);
    expect(layout.data[0]).toBe(wide.data);
    expect(layout.bytes).toBe(layout.head.length + 12);
  });
});
