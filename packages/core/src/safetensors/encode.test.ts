import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeToFloat64 } from "./decode-floats.ts";
import { decodeToBigInt64 } from "./decode-integers.ts";
import { type EncodableDtype, encodeValues } from "./encode.ts";

const RANGES = {
  BOOL: [0n, 1n],
  U8: [0n, 255n],
  I8: [-128n, 127n],
  U16: [0n, 65535n],
  I16: [-32768n, 32767n],
  U32: [0n, 2n ** 32n - 1n],
  I32: [-(2n ** 31n), 2n ** 31n - 1n],
  I64: [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

const INTEGERS = ["BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "I64"] as const;
const FLOATS = ["F64", "F32", "F16", "BF16", "F8_E5M2", "F8_E4M3", "F8_E4M3FNUZ", "F8_E5M2FNUZ"] as const;

describe("encodeValues", () => {
  it.each(INTEGERS)("round-trips any %s, and refuses what is none", (dtype) => {
    const [min, max] = RANGES[dtype];
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min, max }), { maxLength: 20 }), (values) => {
        const data = encodeValues(dtype, values);
        expect([...decodeToBigInt64({ dtype, shape: [values.length], data })]).toEqual(values);
      }),
    );
    for (const value of [min - 1n, max + 1n]) {
      expect(() => encodeValues(dtype, [min, value], "ids")).toThrow(
        expect.objectContaining({
          code: "value-out-of-range",
          message: `encodeValues: tensor "ids": ${dtype} has no value ${value} (element 1)`,
        }),
      );
    }
    for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e30]) {
      expect(() => encodeValues(dtype, [value])).toThrow(
        expect.objectContaining({ code: "value-out-of-range" }),
      );
    }
  });

  it("writes U64 up to 2^64 - 1", () => {
    expect(encodeValues("U64", [2n ** 64n - 1n, 1n])).toEqual(
      Uint8Array.of(...new Array(8).fill(255), 1, 0, 0, 0, 0, 0, 0, 0),
    );
    expect(() => encodeValues("U64", [-1])).toThrow("U64 has no value -1");
    expect(() => encodeValues("U64", [2n ** 64n])).toThrow("U64 has no value 18446744073709551616");
  });

  it.each(FLOATS)("writes %s that decode to themselves, NaN included", (dtype) => {
    const values = [0, 1, -1.5, 2 ** -7, Number.NaN];
    const data = encodeValues(dtype, values);
    expect(Array.from(decodeToFloat64({ dtype, shape: [5], data }))).toEqual(values);
  });

  it.each(["F32", "F16", "BF16"] as const)("writes %s of a Float32Array as of a list", (dtype) => {
    const values = Float32Array.of(1 / 3, -65504, 1e-40, 3e38, -0);
    expect(encodeValues(dtype, values)).toEqual(encodeValues(dtype, Array.from(values)));
  });

  it("takes part of a Float32Array, and bigints as floats", () => {
    const part = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    expect(encodeValues("F32", part)).toEqual(encodeValues("F32", [1n, 2n]));
  });

  it.each<[EncodableDtype, number]>([
    ["F16", 0x3c00],
    ["BF16", 0x3f80],
  ])("writes %s little-endian", (dtype, code) => {
    expect(encodeValues(dtype, [1])).toEqual(Uint8Array.of(code & 0xff, code >> 8));
  });
});
