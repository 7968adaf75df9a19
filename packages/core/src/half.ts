/*
 * Half-precision codecs on bits, for whole arrays: they are the inner loops of loading a model.
 *
 * f16  (IEEE 754 binary16): 1 sign, 5 exponent (bias 15), 10 mantissa bits.
 * bf16 (upper half of f32): 1 sign, 8 exponent (bias 127), 7 mantissa bits.
 */

/**
 * f16 bits -> f32 bits. Exact; NaN payloads are kept.
 *
 * @param half  16 bits
 * @returns 32 bits, unsigned
 * @example f16BitsToF32Bits(0x3c00); // => 0x3f800000
 */
export function f16BitsToF32Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = half & 0x7c00;
  let mantissa = half & 0x03ff;
  if (exponent === 0x7c00) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0; // infinity, NaN
  if (exponent !== 0) return (sign | (((half & 0x7fff) << 13) + 0x38000000)) >>> 0; // bias 15 -> 127
  if (mantissa === 0) return sign >>> 0;
  const shift = Math.clz32(mantissa) - 21; // subnormal: its leading one becomes implicit
  mantissa = (mantissa << shift) & 0x03ff;
  return (sign | ((113 - shift) << 23) | (mantissa << 13)) >>> 0;
}

/**
 * f32 bits -> f16 bits, rounded to nearest, ties to even. 65520 and above become infinity; a NaN stays a NaN
 * (quiet, with the upper bits of its payload).
 *
 * @param bits  32 bits, unsigned
 * @returns 16 bits
 * @example f32BitsToF16Bits(0x3f800000); // => 0x3c00
 */
export function f32BitsToF16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x01ff); // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 = 65504 + half a unit: up, to infinity
  if (magnitude >= 0x38800000) {
    // Normal, 2^-14 and above: adding half a unit, less one where the result is even, rounds by carry.
    return sign | ((magnitude - 0x38000000 + 0x0fff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  if (magnitude <= 0x33000000) return sign; // 2^-25 and below: down, to zero
  const mantissa = (magnitude & 0x007fffff) | 0x00800000;
  const shift = 126 - (magnitude >>> 23); // subnormal, in units of 2^-24: 14..24 bits go
  const kept = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
}

const one = new Float64Array(1);
const words = new Uint32Array(one.buffer);
const high = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/**
 * A number -> f16 bits, rounded once: to nearest, ties to even. (By way of f32 it would be rounded twice.)
 *
 * @returns 16 bits; 65520 and above become infinity, NaN is 0x7e00
 * @example f64ToF16Bits(1 / 3); // => 0x3555
 */
export function f64ToF16Bits(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  one[0] = x;
  const sign = (words[high] >>> 16) & 0x8000;
  const magnitude = Math.abs(x);
  if (magnitude >= 65520) return sign | 0x7c00;
  const exponent = Math.max(((words[high] >>> 20) & 0x7ff) - 1023, -14);
  const units = magnitude * 2 ** (10 - exponent); // of the last place; exact, below 2048
  const rounded = units + 2 ** 52 - 2 ** 52; // what the sum cannot hold is rounded, ties to even
  return sign | (((exponent + 14) << 10) + rounded); // a carry goes into the exponent
}

/**
 * f32 bits -> bf16 bits, rounded to nearest, ties to even. A NaN stays a NaN (quiet, upper payload bits).
 *
 * @param bits  32 bits, unsigned
 * @returns 16 bits
 * @example f32BitsToBf16Bits(0x3f800000); // => 0x3f80
 */
export function f32BitsToBf16Bits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x0040;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/**
 * Decodes f16. Exact.
 *
 * @param source  f16 bits
 * @returns as many f32
 * @example decodeF16(Uint16Array.of(0x3c00, 0xc000)); // => Float32Array.of(1, -2)
 */
export function decodeF16(source: Uint16Array): Float32Array {
  const bits = new Uint32Array(source.length);
  for (let i = 0; i < source.length; i++) bits[i] = f16BitsToF32Bits(source[i]);
  return new Float32Array(bits.buffer);
}

/**
 * Decodes bf16. Exact.
 *
 * @param source  bf16 bits
 * @returns as many f32
 * @example decodeBf16(Uint16Array.of(0x3f80)); // => Float32Array.of(1)
 */
export function decodeBf16(source: Uint16Array): Float32Array {
  const bits = new Uint32Array(source.length);
  for (let i = 0; i < source.length; i++) bits[i] = source[i] << 16;
  return new Float32Array(bits.buffer);
}

/**
 * Encodes as f16, rounded to nearest, ties to even.
 *
 * @param source  any f32
 * @returns as many f16 bits
 * @example encodeF16(Float32Array.of(1, -2)); // => Uint16Array.of(0x3c00, 0xc000)
 */
export function encodeF16(source: Float32Array): Uint16Array {
  return mapBits(source, f32BitsToF16Bits);
}

/**
 * Encodes any numbers as f16, each rounded once.
 *
 * @returns as many f16 bits
 * @example encodeNumbersF16([0.1, 65520]); // => Uint16Array.of(0x2e66, 0x7c00)
 */
export function encodeNumbersF16(source: ArrayLike<number>): Uint16Array {
  if (source instanceof Float32Array) return encodeF16(source);
  const target = new Uint16Array(source.length);
  for (let i = 0; i < target.length; i++) target[i] = f64ToF16Bits(source[i]);
  return target;
}

/**
 * Encodes as bf16, rounded to nearest, ties to even.
 *
 * @param source  any f32
 * @returns as many bf16 bits
 * @example encodeBf16(Float32Array.of(1)); // => Uint16Array.of(0x3f80)
 */
export function encodeBf16(source: Float32Array): Uint16Array {
  return mapBits(source, f32BitsToBf16Bits);
}

function mapBits(source: Float32Array, encode: (bits: number) => number): Uint16Array {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  const target = new Uint16Array(source.length);
  for (let i = 0; i < bits.length; i++) target[i] = encode(bits[i]);
  return target;
}
