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
 * @example decodeToInt32({ dtype: "I64", shape: [1], data: Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0) }) // Int32Array [7]
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
 * @example decodeToUint8({ dtype: "BOOL", shape: [2], data: Uint8Array.of(1, 0) }) // Uint8Array [1, 0]
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
 * @example decodeToBigInt64({ dtype: "U8", shape: [1], data: Uint8Array.of(7) }) // BigInt64Array [7n]
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
