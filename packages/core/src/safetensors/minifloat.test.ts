import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBf16, decodeF16, encodeBf16, encodeF16 } from "../half.ts";
import { decodeMinifloat, encodeMinifloat, MINIFLOATS, type Minifloat } from "./minifloat.ts";

const EIGHT_BIT = ["F8_E5M2", "F8_E4M3", "F8_E5M2FNUZ", "F8_E4M3FNUZ"] as const;

/** The tables of the formats' papers: code, value. */
const KNOWN: readonly [format: keyof typeof MINIFLOATS, code: number, value: number][] = [
  ["F8_E4M3", 0x00, 0],
  ["F8_E4M3", 0x80, -0],
  ["F8_E4M3", 0x38, 1],
  ["F8_E4M3", 0x7e, 448],
  ["F8_E4M3", 0xfe, -448],
  ["F8_E4M3", 0x7f, Number.NaN],
  ["F8_E4M3", 0xff, Number.NaN],
  ["F8_E4M3", 0x01, 2 ** -9],
  ["F8_E4M3", 0x07, 0.875 * 2 ** -6],
  ["F8_E4M3", 0x08, 2 ** -6],
  ["F8_E5M2", 0x3c, 1],
  ["F8_E5M2", 0x7b, 57344],
  ["F8_E5M2", 0x7c, Number.POSITIVE_INFINITY],
  ["F8_E5M2", 0xfc, Number.NEGATIVE_INFINITY],
  ["F8_E5M2", 0x7d, Number.NaN],
  ["F8_E5M2", 0x01, 2 ** -16],
  ["F8_E4M3FNUZ", 0x7f, 240],
  ["F8_E4M3FNUZ", 0x80, Number.NaN],
  ["F8_E4M3FNUZ", 0x40, 1],
  ["F8_E4M3FNUZ", 0x01, 2 ** -10],
  ["F8_E5M2FNUZ", 0x7f, 57344],
  ["F8_E5M2FNUZ", 0x80, Number.NaN],
  ["F8_E5M2FNUZ", 0x40, 1],
  ["F8_E5M2FNUZ", 0x01, 2 ** -17],
];

describe("decodeMinifloat", () => {
  it.each(KNOWN)("%s %i is %d", (format, code, value) => {
    expect(decodeMinifloat(MINIFLOATS[format], code)).toBe(value);
  });

  it("agrees with the bit codecs on all f16 and bf16", () => {
    const codes = Uint16Array.from({ length: 65536 }, (_, code) => code);
    const f16 = decodeF16(codes);
    const bf16 = decodeBf16(codes);
    const wrong = Array.from(codes).filter(
      (code) =>
        !Object.is(decodeMinifloat(MINIFLOATS.F16, code), f16[code]) ||
        !Object.is(decodeMinifloat(MINIFLOATS.BF16, code), bf16[code]),
    );
    expect(wrong).toEqual([]);
  });
});

describe("encodeMinifloat", () => {
  it.each(EIGHT_BIT)("%s: every value to its code, every midpoint to the even one", (name) => {
    const format: Minifloat = MINIFLOATS[name];
    for (let code = 0; code < 256; code++) {
      const value = decodeMinifloat(format, code);
      if (!Number.isNaN(value)) expect(encodeMinifloat(format, value)).toBe(code);
      const next = decodeMinifloat(format, code + 1);
      if (code === 127 || code === 255 || !Number.isFinite(next) || !Number.isFinite(value)) continue;
      const middle = (value + next) / 2;
      const outward = middle * (1 + Number.EPSILON);
      const inward = middle * (1 - Number.EPSILON);
      expect(encodeMinifloat(format, middle) & 0x7f).toBe((code % 2 === 0 ? code : code + 1) & 0x7f);
      expect(encodeMinifloat(format, outward)).toBe(code + 1);
      if (code & 0x7f) expect(encodeMinifloat(format, inward)).toBe(code);
    }
  });

  it.each([
    ["F8_E4M3", 464, 0x7e, 464.001, 0x7f],
    ["F8_E5M2", 61439.99, 0x7b, 61440, 0x7c],
    ["F8_E4M3FNUZ", 247.99, 0x7f, 248, 0x80],
    ["F8_E5M2FNUZ", 61439.99, 0x7f, 61440, 0x80],
    ["F16", 65519.99, 0x7bff, 65520, 0x7c00],
  ] as const)("%s ends at %d", (name, last, lastCode, first, firstCode) => {
    expect(encodeMinifloat(MINIFLOATS[name], last)).toBe(lastCode);
    expect(encodeMinifloat(MINIFLOATS[name], first)).toBe(firstCode);
    expect(encodeMinifloat(MINIFLOATS[name], Number.POSITIVE_INFINITY)).toBe(firstCode);
    expect(encodeMinifloat(MINIFLOATS[name], Number.MAX_VALUE)).toBe(firstCode);
  });

  it("keeps NaN, and -0 where there is one", () => {
    for (const format of Object.values(MINIFLOATS)) {
      expect(decodeMinifloat(format, encodeMinifloat(format, Number.NaN))).toBeNaN();
      const zero = format.special === "fnuz" ? 0 : -0;
      expect(decodeMinifloat(format, encodeMinifloat(format, -0))).toBe(zero);
      expect(decodeMinifloat(format, encodeMinifloat(format, -Number.MIN_VALUE))).toBe(zero);
    }
  });

  it("rounds a double once: via f32 this one would be a tie, and go to even", () => {
    const x = 1 + 2 ** -11 + 2 ** -30;
    expect(encodeMinifloat(MINIFLOATS.F16, x)).toBe(0x3c01);
    expect(encodeF16(Float32Array.of(x))[0]).toBe(0x3c00);
  });

  it("agrees with the bit codecs on any f32", () => {
    fc.assert(
      fc.property(fc.float(), (x) => {
        fc.pre(!Number.isNaN(x));
        expect(encodeMinifloat(MINIFLOATS.F16, x)).toBe(encodeF16(Float32Array.of(x))[0]);
        expect(encodeMinifloat(MINIFLOATS.BF16, x)).toBe(encodeBf16(Float32Array.of(x))[0]);
      }),
      { numRuns: 5000 },
    );
  });
});
