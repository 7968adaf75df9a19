import { type DecodableTensor, readElements, subject, unsupported } from "./elements.ts";
import { SafetensorsError } from "./error.ts";

const ADVICE = "is no integer tensor; decodeToFloat32 takes floats";

/**
 * An integer or boolean tensor as i32, in a new array, each value checked.
 *
 * @param tensor  BOOL (as 0, 1) or any integer dtype
 * @returns `∏ shape` elements, row-major
 * @throws SafetensorsError `value-out-of-range`: `decodeToInt32: tensor "ids" has the value 4294967296 at
 *   element 3, outside [-2147483648, 2147483647]`; `unsupported-dtype` for floats
 * @example
 * const ids = { name: "ids", dtype: "I64", shape: [2], data: encodeValues("I64", [7, -1]) } as const;
 * decodeToInt32(ids); // => Int32Array.of(7, -1)
 */
export function decodeToInt32(tensor: DecodableTensor): Int32Array {
  return copyChecked("decodeToInt32", tensor, (size) => new Int32Array(size), -(2 ** 31), 2 ** 31 - 1);
}

/**
 * An integer or boolean tensor as u8, in a new array, each value checked.
 *
 * @param tensor  BOOL (as 0, 1) or any integer dtype
 * @returns `∏ shape` elements, row-major
 * @throws SafetensorsError as {@link decodeToInt32}, for values outside [0, 255]
 * @example
 * const mask = { dtype: "BOOL", shape: [2], data: encodeValues("BOOL", [1, 0]) } as const;
 * decodeToUint8(mask); // => Uint8Array.of(1, 0)
 */
export function decodeToUint8(tensor: DecodableTensor): Uint8Array {
  return copyChecked("decodeToUint8", tensor, (size) => new Uint8Array(size), 0, 255);
}

/**
 * An integer or boolean tensor as i64, in a new array, each value checked.
 *
 * @param tensor  BOOL (as 0, 1) or any integer dtype
 * @returns `∏ shape` elements, row-major
 * @throws SafetensorsError as {@link decodeToInt32}, for U64 values of 2^63 and above
 * @example
 * const large = { dtype: "I64", shape: [], data: encodeValues("I64", [2n ** 53n + 1n]) } as const;
 * decodeToBigInt64(large); // => BigInt64Array.of(9007199254740993n)
 */
export function decodeToBigInt64(tensor: DecodableTensor): BigInt64Array {
  const op = "decodeToBigInt64";
  const elements = readElements(op, tensor);
  if (elements.kind === "float" || elements.kind === "opaque") throw unsupported(op, tensor, ADVICE);
  const { values } = elements;
  const result = new BigInt64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = BigInt(values[i]);
    if (value >= 2n ** 63n) throw outOfRange(op, tensor, value, i, `${-(2n ** 63n)}, ${2n ** 63n - 1n}`);
    result[i] = value;
  }
  return result;
}

function copyChecked<A extends Int32Array | Uint8Array>(
  op: string,
  tensor: DecodableTensor,
  create: (size: number) => A,
  min: number,
  max: number,
): A {
  const elements = readElements(op, tensor);
  if (elements.kind === "float" || elements.kind === "opaque") throw unsupported(op, tensor, ADVICE);
  const { values } = elements;
  const result = create(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < min || value > max) throw outOfRange(op, tensor, value, i, `${min}, ${max}`);
    result[i] = Number(value);
  }
  return result;
}

function outOfRange(
  op: string,
  tensor: DecodableTensor,
  value: number | bigint,
  at: number,
  range: string,
): SafetensorsError {
  const problem = `has the value ${value} at element ${at}, outside [${range}]`;
  return new SafetensorsError("value-out-of-range", `${op}: ${subject(tensor)} ${problem}`);
}
