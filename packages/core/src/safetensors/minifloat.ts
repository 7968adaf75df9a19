/**
 * A floating-point format of at most 16 bits: sign, exponent, mantissa, and which codes are special.
 *
 * `v = (-1)^s · 2^(E - bias) · (1 + M/2^m)`, or, where E = 0, `(-1)^s · 2^(1 - bias) · M/2^m`.
 */
export interface Minifloat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /**
   * - `ieee`: the largest exponent holds infinity (M = 0) and NaN
   * - `fn`: no infinity; NaN is the code of all ones after the sign
   * - `fnuz`: no infinity, no -0; NaN is the code that would be -0
   */
  readonly special: "ieee" | "fn" | "fnuz";
}

/**
 * The small float formats of safetensors.
 *
 * @see Micikevicius et al. 2022, arXiv:2209.05433 (E4M3, E5M2)
 * @see Noune et al. 2022, arXiv:2206.02915 (the FNUZ forms)
 */
export const MINIFLOATS = {
  F16: { exponentBits: 5, mantissaBits: 10, bias: 15, special: "ieee" },
  BF16: { exponentBits: 8, mantissaBits: 7, bias: 127, special: "ieee" },
  F8_E5M2: { exponentBits: 5, mantissaBits: 2, bias: 15, special: "ieee" },
  F8_E4M3: { exponentBits: 4, mantissaBits: 3, bias: 7, special: "fn" },
  F8_E5M2FNUZ: { exponentBits: 5, mantissaBits: 2, bias: 16, special: "fnuz" },
  F8_E4M3FNUZ: { exponentBits: 4, mantissaBits: 3, bias: 8, special: "fnuz" },
} as const satisfies Record<string, Minifloat>;

/**
 * The value of a code. Exact.
 *
 * @param code  the bits, as an unsigned integer
 * @example decodeMinifloat(MINIFLOATS.F8_E4M3, 0x7e); // => 448
 */
export function decodeMinifloat(format: Minifloat, code: number): number {
  const { exponentBits, mantissaBits, bias, special } = format;
  const signBit = 1 << (exponentBits + mantissaBits);
  const magnitude = code & (signBit - 1);
  const exponent = magnitude >>> mantissaBits;
  const mantissa = magnitude & ((1 << mantissaBits) - 1);
  if (special === "fnuz" && code === signBit) return Number.NaN;
  if (special === "fn" && magnitude === signBit - 1) return Number.NaN;
  const sign = code & signBit ? -1 : 1;
  if (special === "ieee" && exponent === (1 << exponentBits) - 1) {
    return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  }
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  return sign * (mantissa + (1 << mantissaBits)) * 2 ** (exponent - bias - mantissaBits);
}

/**
 * The code nearest to a double, rounded once, ties to even. What is too large becomes infinity or, in formats
 * without one, NaN (as PyTorch casts); a NaN becomes the positive quiet NaN.
 *
 * @example encodeMinifloat(MINIFLOATS.F8_E4M3, 447); // => 0x7e
 */
export function encodeMinifloat(format: Minifloat, value: number): number {
  const { exponentBits, mantissaBits, bias, special } = format;
  const signBit = 1 << (exponentBits + mantissaBits);
  const infinity = ((1 << exponentBits) - 1) << mantissaBits;
  const nan =
    special === "fnuz" ? signBit : special === "fn" ? signBit - 1 : infinity | (1 << (mantissaBits - 1));
  if (Number.isNaN(value)) return nan;
  const sign = value < 0 || Object.is(value, -0) ? signBit : 0;
  const magnitude = Math.abs(value);
  const firstSpecial = special === "fnuz" ? signBit : special === "fn" ? signBit - 1 : infinity;
  const overflow = special === "ieee" ? sign | infinity : special === "fn" ? sign | nan : nan;
  if (magnitude === Number.POSITIVE_INFINITY) return overflow;
  // In units of the last place at this exponent; exponents below the smallest share its unit (subnormals).
  const steps = Math.max(floorLog2(magnitude) + bias - 1, 0);
  const code =
    steps * (1 << mantissaBits) + roundTiesToEven(magnitude / 2 ** (steps + 1 - bias - mantissaBits));
  if (code >= firstSpecial) return overflow;
  return special === "fnuz" && code === 0 ? 0 : sign | code;
}

const scratch = new DataView(new ArrayBuffer(8));

function floorLog2(magnitude: number): number {
  scratch.setFloat64(0, magnitude);
  return (scratch.getUint16(0) >>> 4) - 1023; // zero and subnormals: -1023, below every format here
}

function roundTiesToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
