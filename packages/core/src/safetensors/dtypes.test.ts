import { describe, expect, it } from "vitest";
import { DTYPE_BITS, dtypeRank, isSafetensorsDtype, tensorBytes } from "./dtypes.ts";

describe("dtypes", () => {
  it("are the 22 that safetensors 0.8.0 lists, in its order", () => {
    // Its message for an unknown dtype: "expected one of ...".
    const official =
      "BOOL F4 F6_E2M3 F6_E3M2 U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ " +
      "I16 U16 F16 BF16 I32 U32 F32 C64 F64 I64 U64";
    expect(Object.keys(DTYPE_BITS)).toEqual(official.split(" "));
    expect(dtypeRank("BOOL")).toBe(0);
    expect(dtypeRank("U64")).toBe(21);
  });

  it.each(["", "f32", "F31", "toString", "__proto__"])("has none of the name %j", (name) => {
    expect(isSafetensorsDtype(name)).toBe(false);
  });
});

describe("tensorBytes", () => {
  it.each([
    ["F32", [], 4],
    ["F32", [2, 3], 24],
    ["BOOL", [0, 5], 0],
    ["F4", [3, 2], 3],
    ["F6_E2M3", [4], 3],
    ["C64", [1], 8],
    ["U8", [2 ** 53 - 1], 2 ** 53 - 1],
    ["F32", [2 ** 40, 2 ** 20, 0], 0],
  ] as const)("%s %j takes %i bytes", (dtype, shape, bytes) => {
    expect(tensorBytes("op", "x", dtype, shape)).toBe(bytes);
  });

  it.each([
    ["F4", [3], 'op: tensor "x": its 12 bits do not end on a byte (F4 [3])'],
    ["F64", [2 ** 53 - 1, 2], 'op: tensor "x": its size overflows (F64 [9007199254740991,2])'],
    ["F64", [2 ** 51], 'op: tensor "x": its size overflows (F64 [2251799813685248])'],
    ["U8", [2 ** 32, 2 ** 32, 0], 'op: tensor "x": its size overflows (U8 [4294967296,4294967296,0])'],
  ] as const)("refuses %s %j", (dtype, shape, message) => {
    expect(() => tensorBytes("op", "x", dtype, shape)).toThrow(
      expect.objectContaining({ code: "invalid-shape", message }),
    );
  });
});
