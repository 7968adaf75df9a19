import { quote, SafetensorsError, showShape } from "./error.ts";

/**
 * Bits of one element of every dtype that safetensors 0.8 knows, in the official order of increasing
 * alignment, by which writers sort.
 */
export const DTYPE_BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

/** A dtype as the header of a file names it. */
export type SafetensorsDtype = keyof typeof DTYPE_BITS;

const RANK: ReadonlyMap<string, number> = new Map(Object.keys(DTYPE_BITS).map((name, rank) => [name, rank]));

/** Whether a string names a dtype of the format. */
export function isSafetensorsDtype(name: string): name is SafetensorsDtype {
  return RANK.has(name);
}

/** Position in the official order: writers put tensors of a higher rank first. */
export function dtypeRank(dtype: SafetensorsDtype): number {
  return RANK.get(dtype) ?? -1;
}

/**
 * Bytes that a tensor occupies: `∏ shape · bits / 8`.
 *
 * @param op  the function on whose behalf it is computed, named in errors
 * @param name  the tensor, named in errors
 * @param shape  non-negative integers up to 2^53 - 1; `[]` is a scalar
 * @returns bytes, up to 2^53 - 1
 * @throws SafetensorsError `invalid-shape` where the official reader overflows (a partial product of 2^64 or
 *   more, even if a zero follows), where the result is above 2^53 - 1 bytes, or where a 4- or 6-bit dtype does
 *   not end on a byte
 */
export function tensorBytes(
  op: string,
  name: string,
  dtype: SafetensorsDtype,
  shape: readonly number[],
): number {
  const bits = countBits(dtype, shape);
  const problem =
    bits === null || bits / 8 > Number.MAX_SAFE_INTEGER
      ? "its size overflows"
      : bits % 8 !== 0
        ? `its ${bits} bits do not end on a byte`
        : null;
  if (bits !== null && problem === null) return bits / 8;
  const got = `${dtype} ${showShape(shape)}`;
  throw new SafetensorsError("invalid-shape", `${op}: tensor ${quote(name)}: ${problem} (${got})`);
}

/** Null where a product reaches 2^64. Doubles while they are exact, which is nearly always. */
function countBits(dtype: SafetensorsDtype, shape: readonly number[]): number | null {
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    if (elements > Number.MAX_SAFE_INTEGER) return countBitsExactly(dtype, shape);
  }
  return elements * DTYPE_BITS[dtype]; // exact or above any file: a double times at most 64
}

function countBitsExactly(dtype: SafetensorsDtype, shape: readonly number[]): number | null {
  let product = 1n;
  for (const size of [...shape, DTYPE_BITS[dtype]]) {
    product *= BigInt(size);
    if (product >= 2n ** 64n) return null;
  }
  return Number(product);
}
