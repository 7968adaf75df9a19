import { describe, expect, it } from "vitest";
import { decodeToBigInt64, decodeToInt32, decodeToUint8 } from "./decode-integers.ts";
import { type EncodableDtype, encodeValues } from "./encode.ts";

const tensor = (dtype: EncodableDtype, ...values: (number | bigint)[]) => ({
  name: "ids",
  dtype,
  shape: [values.length],
  data: encodeValues(dtype, values.map(BigInt)),
});

describe("decodeToInt32", () => {
  it.each(["BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64"] as const)("reads %s", (dtype) => {
    expect(decodeToInt32(tensor(dtype, 1, 0))).toEqual(Int32Array.of(1, 0));
  });

  it("reads to the ends of the range", () => {
    expect(decodeToInt32(tensor("I64", 2147483647, -2147483648))).toEqual(
      Int32Array.of(2147483647, -2147483648),
    );
  });

  it.each([
    ["I64", 2147483648n, "2147483648"],
    ["I64", -2147483649n, "-2147483649"],
    ["I64", 4294967296n, "4294967296"],
    ["U64", 2n ** 64n - 1n, "18446744073709551615"],
    ["U32", 2147483648, "2147483648"],
  ] as const)("refuses the %s %d", (dtype, value, text) => {
    const message = `decodeToInt32: tensor "ids" has the value ${text} at element 1, outside [-2147483648, 2147483647]`;
    expect(() => decodeToInt32(tensor(dtype, 7, value))).toThrow(
      expect.objectContaining({ code: "value-out-of-range", message }),
    );
  });

  it.each(["F32", "F16", "F8_E4M3"] as const)("refuses %s", (dtype) => {
    expect(() => decodeToInt32(tensor(dtype, 1))).toThrow(
      expect.objectContaining({
        code: "unsupported-dtype",
        message: expect.stringContaining('tensor "ids" is no integer tensor; decodeToFloat32 takes floats'),
      }),
    );
  });
});

describe("decodeToUint8", () => {
  it("reads booleans as 0 and 1, and what fits", () => {
    expect(decodeToUint8({ dtype: "BOOL", shape: [3], data: Uint8Array.of(0, 1, 255) })).toEqual(
      Uint8Array.of(0, 1, 1),
    );
    expect(decodeToUint8(tensor("I64", 0, 255))).toEqual(Uint8Array.of(0, 255));
  });

  it.each([-1, 256])("refuses %i", (value) => {
    expect(() => decodeToUint8(tensor("I16", value))).toThrow(
      `has the value ${value} at element 0, outside [0, 255]`,
    );
  });

  it("returns new memory", () => {
    const source = tensor("U8", 1);
    expect(decodeToUint8(source).buffer).not.toBe(source.data.buffer);
  });
});

describe("decodeToBigInt64", () => {
  it("keeps what doubles cannot", () => {
    const values = [9007199254740993n, -(2n ** 63n), 2n ** 63n - 1n];
    expect(decodeToBigInt64(tensor("I64", ...values))).toEqual(BigInt64Array.from(values));
    expect(decodeToBigInt64(tensor("BOOL", 1, 0))).toEqual(BigInt64Array.of(1n, 0n));
    expect(decodeToBigInt64(tensor("I32", -5))).toEqual(BigInt64Array.of(-5n));
  });

  it("refuses U64 values of 2^63 and above", () => {
    expect(() => decodeToBigInt64(tensor("U64", 2n ** 63n))).toThrow(
      "has the value 9223372036854775808 at element 0, outside [-9223372036854775808, 9223372036854775807]",
    );
  });

  it("refuses floats", () => {
    expect(() => decodeToBigInt64(tensor("F64", 1))).toThrow(
      expect.objectContaining({ code: "unsupported-dtype" }),
    );
  });
});
