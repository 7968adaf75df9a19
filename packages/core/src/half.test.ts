import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeBf16,
  decodeF16,
  encodeBf16,
  encodeF16,
  encodeNumbersF16,
  f16BitsToF32Bits,
  f32BitsToBf16Bits,
  f32BitsToF16Bits,
  f64ToF16Bits,
} from "./half.ts";

const ALL = Uint16Array.from({ length: 65536 }, (_, code) => code);

/** IEEE 754 by its definition, on numbers: the formula that the bit tricks are checked against. */
function definition(code: number, exponentBits: number, mantissaBits: number): number {
  const sign = code >= 0x8000 ? -1 : 1;
  const exponent = Math.floor((code % 0x8000) / 2 ** mantissaBits);
  const fraction = (code % 2 ** mantissaBits) / 2 ** mantissaBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1)
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

const FORMATS = [
  { name: "f16", decode: decodeF16, encode: encodeF16, exponentBits: 5, mantissaBits: 10, infinity: 0x7c00 },
  {
    name: "bf16",
    decode: decodeBf16,
    encode: encodeBf16,
    exponentBits: 8,
    mantissaBits: 7,
    infinity: 0x7f80,
  },
];

describe.each(FORMATS)("$name", ({ decode, encode, exponentBits, mantissaBits, infinity }) => {
  const decoded = decode(ALL);

  it("decodes all 65536 codes to their values, -0 and NaN included", () => {
    const wrong = Array.from(ALL).filter(
      (code) => !Object.is(decoded[code], definition(code, exponentBits, mantissaBits)),
    );
    expect(wrong).toEqual([]);
  });

  it("encodes every value back to its code; NaNs stay NaN, quiet, of the same sign", () => {
    const encoded = encode(decoded);
    const wrong = Array.from(ALL).filter((code) => {
      if (!Number.isNaN(decoded[code])) return encoded[code] !== code;
      return (
        Number.isFinite(definition(encoded[code], exponentBits, mantissaBits)) ||
        encoded[code] >> 15 !== code >> 15
      );
    });
    expect(wrong).toEqual([]);
    expect(encode(Float32Array.of(Number.NaN))[0] & infinity).toBe(infinity);
  });

  it("rounds to nearest, ties to even, between all neighbours of both signs", () => {
    const wrong: number[] = [];
    for (let code = 0; code < infinity; code++) {
      // The value after the largest is what the next code would be worth if it were finite.
      const low = decoded[code];
      const high = code + 1 === infinity ? 2 * low - decoded[code - 1] : decoded[code + 1];
      const middle = Math.fround((low + high) / 2);
      if (middle !== (low + high) / 2 || middle <= low) continue; // f32 has no value in between
      const even = code % 2 === 0 ? code : code + 1;
      const [below, tie, above] = encode(Float32Array.of(nextDown(middle), middle, nextUp(middle)));
      const [negative] = encode(Float32Array.of(-middle));
      if (below !== code || tie !== even || above !== code + 1 || negative !== even + 0x8000)
        wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });

  it("rounds any f32 to the nearest code", () => {
    const finite = Array.from(decoded.subarray(0, infinity));
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (x) => {
        const [code] = encode(Float32Array.of(x));
        const magnitude = Math.abs(x);
        expect(code >> 15).toBe(x < 0 || Object.is(x, -0) ? 1 : 0);
        const got = code & 0x7fff;
        if (got === infinity) {
          expect(magnitude).toBeGreaterThan(finite[infinity - 1]);
          return;
        }
        const distance = Math.abs(finite[got] - magnitude);
        for (const other of [got - 1, got + 1]) {
          if (finite[other] !== undefined)
            expect(distance).toBeLessThanOrEqual(Math.abs(finite[other] - magnitude));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("f16 bits", () => {
  it.each([
    [0x3c00, 0x3f800000, "1"],
    [0x8000, 0x80000000, "-0"],
    [0x0001, 0x33800000, "the smallest subnormal, 2^-24"],
    [0x03ff, 0x387fc000, "the largest subnormal"],
    [0x0400, 0x38800000, "the smallest normal, 2^-14"],
    [0x7bff, 0x477fe000, "65504"],
    [0xfc00, 0xff800000, "-infinity"],
    [0x7e01, 0x7fc02000, "a NaN with payload"],
  ])("%i is the f32 %i: %s", (half, single) => {
    expect(f16BitsToF32Bits(half)).toBe(single);
    expect(f32BitsToF16Bits(single)).toBe(half);
  });

  it("overflows at 65520 and underflows at 2^-25", () => {
    expect(Array.from(encodeF16(Float32Array.of(65519.996, 65520, -65520, 3e38)))).toEqual([
      0x7bff, 0x7c00, 0xfc00, 0x7c00,
    ]);
    expect(Array.from(encodeF16(Float32Array.of(2 ** -25, nextUp(2 ** -25), -(2 ** -25), 1e-45)))).toEqual([
      0, 1, 0x8000, 0,
    ]);
  });

  it("makes signalling NaNs quiet, whatever payload is lost", () => {
    expect(f32BitsToF16Bits(0x7f800001)).toBe(0x7e00);
    expect(f32BitsToF16Bits(0xff800001)).toBe(0xfe00);
    expect(f32BitsToBf16Bits(0x7f800001)).toBe(0x7fc0);
    expect(f32BitsToBf16Bits(0xffffffff)).toBe(0xffff);
    expect(f32BitsToBf16Bits(0x7f7fffff)).toBe(0x7f80);
  });
});

function nextUp(x: number): number {
  return step(x, 1);
}

function nextDown(x: number): number {
  return step(x, -1);
}

/** The neighbouring f32 of a positive one. */
function step(x: number, by: number): number {
  const value = Float32Array.of(x);
  new Uint32Array(value.buffer)[0] += by;
  return value[0];
}

describe("numbers to f16, rounded once", () => {
  const codes = Array.from(ALL).filter((code) => (code & 0x7fff) < 0x7c00);
  const value = (code: number) => definition(code, 5, 10);

  it("gives every value its code, -0 included", () => {
    expect(codes.filter((code) => f64ToF16Bits(value(code)) !== code)).toEqual([]);
    expect([Infinity, -Infinity, Number.NaN].map(f64ToF16Bits)).toEqual([0x7c00, 0xfc00, 0x7e00]);
  });

  it("rounds what lies between two neighbours to the nearer one, and half way to the even one", () => {
    const wrong = codes.filter((code) => {
      const [here, next] = [
        value(code),
        (code & 0x7fff) === 0x7bff ? Math.sign(value(code)) * 65536 : value(code + 1),
      ];
      const middle = (here + next) / 2;
      const even = code % 2 === 0 ? code : code + 1;
      const nearHere = f64ToF16Bits(middle - (middle - here) * 1e-12) === code;
      const nearNext = f64ToF16Bits(middle + (next - middle) * 1e-12) === code + 1;
      return f64ToF16Bits(middle) !== even || !nearHere || !nearNext;
    });
    expect(wrong).toEqual([]);
  });

  it("is not the same as rounding to f32 first", () => {
    const x = 1 + 2 ** -11 + 2 ** -40; // above the middle of 1 and its neighbour; f32 sees the middle itself
    expect(f64ToF16Bits(x)).toBe(0x3c01);
    expect(encodeF16(Float32Array.of(x))[0]).toBe(0x3c00);
    expect(encodeNumbersF16([x, 2])).toEqual(Uint16Array.of(0x3c01, 0x4000));
  });

  it("agrees with the engine's own where it has one", () => {
    if (typeof Float16Array === "undefined") return;
    const numbers = Array.from({ length: 20_000 }, (_, i) => Math.sin(i) * 10 ** ((i % 13) - 8));
    const own = new Uint16Array(Float16Array.from(numbers).buffer);
    expect(encodeNumbersF16(numbers)).toEqual(own);
  });
});
