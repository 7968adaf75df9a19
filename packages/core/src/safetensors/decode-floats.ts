import { type DecodableTensor, type Elements, readElements, unsupported } from "./elements.ts";

const RAW = "has a dtype that is not decoded; its bytes are in `data`";

/**
 * A tensor's elements as f32, in a new array.
 *
 * F16, BF16, the 8-bit floats, booleans (0, 1) and integers up to 24 bits are exact; F64 and larger integers
 * are rounded to nearest.
 *
 * @param tensor  of any dtype but F4, F6_E2M3, F6_E3M2 and C64
 * @returns `∏ shape` elements, row-major
 * @throws SafetensorsError `unsupported-dtype` for those four, `invalid-tensor` where the data has not the size
 *   of the shape
 * @example
 * const tensor = { dtype: "BF16", shape: [1], data: Uint8Array.of(0x80, 0x3f) } as const;
 * decodeToFloat32(tensor); // => Float32Array.of(1)
 */
export function decodeToFloat32(tensor: DecodableTensor): Float32Array {
  const elements = readElements("decodeToFloat32", tensor);
  if (elements.kind === "opaque") throw unsupported("decodeToFloat32", tensor, RAW);
  if (elements.kind === "wide integer") return Float32Array.from(numbers(elements));
  const { values } = elements;
  if (values instanceof Float32Array && values.buffer !== tensor.data.buffer) return values;
  return new Float32Array(values);
}

/**
 * A tensor's elements as f64, in a new array. Exact, but for 64-bit integers beyond ±2^53, which are rounded to
 * nearest ({@link decodeToBigInt64} keeps them).
 *
 * @param tensor  of any dtype but F4, F6_E2M3, F6_E3M2 and C64
 * @returns `∏ shape` elements, row-major
 * @throws SafetensorsError as {@link decodeToFloat32}
 * @example
 * const tensor = { dtype: "F16", shape: [], data: Uint8Array.of(0x00, 0x3c) } as const;
 * decodeToFloat64(tensor); // => Float64Array.of(1)
 */
export function decodeToFloat64(tensor: DecodableTensor): Float64Array {
  const elements = readElements("decodeToFloat64", tensor);
  if (elements.kind === "opaque") throw unsupported("decodeToFloat64", tensor, RAW);
  if (elements.kind === "wide integer") return numbers(elements);
  const { values } = elements;
  if (values instanceof Float64Array && values.buffer !== tensor.data.buffer) return values;
  return new Float64Array(values);
}

function numbers({ values }: Extract<Elements, { kind: "wide integer" }>): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = Number(values[i]);
  return result;
}
