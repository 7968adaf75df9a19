import { describe, expect, it } from "vitest";
import { decodeToFloat32, decodeToFloat64 } from "./decode-floats.ts";
import type { SafetensorsDtype } from "./dtypes.ts";
import { encodeValues } from "./encode.ts";

const bytes = (...list: number[]) => Uint8Array.from(list);

describe.each([
  ["decodeToFloat32", decodeToFloat32, Float32Array],
  ["decodeToFloat64", decodeToFloat64, Float64Array],
] as const)("%s", (op, decode, type) => {
  it.each([
    ["F64", bytes(0, 0, 0, 0, 0, 0, 0xf8, 0x3f), 1.5],
    ["F32", bytes(0, 0, 0xc0, 0xbf), -1.5],
    ["F16", bytes(0x00, 0xbe), -1.5],
    ["BF16", bytes(0xc0, 0xbf), -1.5],
    ["F8_E5M2", bytes(0xbe), -1.5],
    ["F8_E4M3", bytes(0xbc), -1.5],
    ["F8_E5M2FNUZ", bytes(0xc2), -1.5],
    ["F8_E4M3FNUZ", bytes(0xc4), -1.5],
    ["F8_E8M0", bytes(0x80), 2],
    ["F8_E8M0", bytes(0x00), 2 ** -127],
    ["F8_E8M0", bytes(0xff), Number.NaN],
    ["BOOL", bytes(2), 1],
    ["U8", bytes(255), 255],
    ["I8", bytes(255), -1],
    ["U16", bytes(0, 0x80), 32768],
    ["I16", bytes(0, 0x80), -32768],
    ["U32", bytes(0, 0, 0, 0x80), 2 ** 31],
    ["I32", bytes(0, 0, 0, 0x80), -(2 ** 31)],
    ["U64", bytes(0, 0, 0, 0, 0, 0, 0, 0x80), 2 ** 63],
    ["I64", bytes(0, 0, 0, 0, 0, 0, 0, 0x80), -(2 ** 63)],
  ] as const)("reads %s, aligned or not", (dtype, data, value) => {
    for (const offset of [0, 1]) {
      const memory = new Uint8Array(data.length + offset);
      memory.set(data, offset);
      const decoded = decode({ dtype, shape: [], data: memory.subarray(offset) });
      expect(decoded).toBeInstanceOf(type);
      expect(decoded).toHaveLength(1);
      expect(decoded[0]).toBe(value);
    }
  });

  it.each(["F32", "F64", "F16", "U8", "I64"] as const)("returns new memory for %s", (dtype) => {
    const data = encodeValues(dtype, [1, 2]);
    const decoded = decode({ dtype, shape: [2], data });
    decoded.fill(0);
    expect(data).toEqual(encodeValues(dtype, [1, 2]));
  });

  it("reads nothing from an empty tensor", () => {
    expect(decode({ dtype: "F16", shape: [3, 0], data: bytes() })).toHaveLength(0);
  });

  it.each<[SafetensorsDtype, number]>([
    ["F4", 1],
    ["F6_E2M3", 3],
    ["F6_E3M2", 3],
    ["C64", 8],
  ])("does not decode %s", (dtype, size) => {
    const shape = [dtype === "C64" ? 1 : (size * 8) / (dtype === "F4" ? 4 : 6)];
    expect(() => decode({ name: "w", dtype, shape, data: new Uint8Array(size) })).toThrow(
      expect.objectContaining({
        code: "unsupported-dtype",
        message: expect.stringMatching(
          new RegExp(`^${op}: tensor "w" has a dtype .* \\(got ${dtype}, \\d+ bits\\)$`),
        ),
      }),
    );
  });

  it("refuses data of another size than the shape's", () => {
    expect(() => decode({ dtype: "F32", shape: [2], data: bytes(1, 2, 3, 4) })).toThrow(
      expect.objectContaining({
        code: "invalid-tensor",
        message: `${op}: the tensor: F32 [2] takes 8 bytes (got 4)`,
      }),
    );
  });
});

describe("rounding", () => {
  it("f64 to f32 is to nearest, and overflows to infinity", () => {
    const data = encodeValues("F64", [1 + 2 ** -24, 1 + 2 ** -23, 1e300, -0]);
    expect(Array.from(decodeToFloat32({ dtype: "F64", shape: [4], data }))).toEqual([
      1,
      1 + 2 ** -23,
      Number.POSITIVE_INFINITY,
      -0,
    ]);
  });

  it("i64 beyond 2^53 to f64 is to nearest", () => {
    const data = encodeValues("I64", [9007199254740993n, -9007199254740991n]);
    expect(Array.from(decodeToFloat64({ dtype: "I64", shape: [2], data }))).toEqual([
      9007199254740992, -9007199254740991,
    ]);
  });
});
