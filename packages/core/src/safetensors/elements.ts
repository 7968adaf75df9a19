import { decodeBf16, decodeF16 } from "../half.ts";
import { viewAs } from "./byte-order.ts";
import { DTYPE_BITS, type SafetensorsDtype, tensorBytes } from "./dtypes.ts";
import { quote, SafetensorsError, showShape } from "./error.ts";
import { decodeMinifloat, MINIFLOATS } from "./minifloat.ts";
import type { TensorData } from "./parse.ts";

/** A tensor as the decoders take it; a name, if it has one, is for their errors. */
export type DecodableTensor = TensorData & { readonly name?: string };

/** Elements as numbers of the host, exactly; they may share the tensor's memory. */
export type Elements =
  | { readonly kind: "float"; readonly values: Float32Array | Float64Array }
  | { readonly kind: "integer"; readonly values: IntegerArray }
  | { readonly kind: "wide integer"; readonly values: BigInt64Array | BigUint64Array }
  | { readonly kind: "opaque" };

type IntegerArray = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array;

/** What each dtype is to the decoders. 4- and 6-bit floats have no packing that the format defines. */
const READERS: { readonly [D in SafetensorsDtype]: (data: Uint8Array) => Elements } = {
  BOOL: (data) => ({ kind: "integer", values: data.map((byte) => (byte === 0 ? 0 : 1)) }),
  F4: () => ({ kind: "opaque" }),
  F6_E2M3: () => ({ kind: "opaque" }),
  F6_E3M2: () => ({ kind: "opaque" }),
  U8: (data) => ({ kind: "integer", values: data }),
  I8: (data) => ({ kind: "integer", values: viewAs(Int8Array, data) }),
  F8_E5M2: (data) => lookUp(data, (code) => decodeMinifloat(MINIFLOATS.F8_E5M2, code)),
  F8_E4M3: (data) => lookUp(data, (code) => decodeMinifloat(MINIFLOATS.F8_E4M3, code)),
  F8_E8M0: (data) => lookUp(data, (code) => (code === 0xff ? Number.NaN : 2 ** (code - 127))),
  F8_E4M3FNUZ: (data) => lookUp(data, (code) => decodeMinifloat(MINIFLOATS.F8_E4M3FNUZ, code)),
  F8_E5M2FNUZ: (data) => lookUp(data, (code) => decodeMinifloat(MINIFLOATS.F8_E5M2FNUZ, code)),
  I16: (data) => ({ kind: "integer", values: viewAs(Int16Array, data) }),
  U16: (data) => ({ kind: "integer", values: viewAs(Uint16Array, data) }),
  F16: (data) => ({ kind: "float", values: decodeF16(viewAs(Uint16Array, data)) }),
  BF16: (data) => ({ kind: "float", values: decodeBf16(viewAs(Uint16Array, data)) }),
  I32: (data) => ({ kind: "integer", values: viewAs(Int32Array, data) }),
  U32: (data) => ({ kind: "integer", values: viewAs(Uint32Array, data) }),
  F32: (data) => ({ kind: "float", values: viewAs(Float32Array, data) }),
  C64: () => ({ kind: "opaque" }),
  F64: (data) => ({ kind: "float", values: viewAs(Float64Array, data) }),
  I64: (data) => ({ kind: "wide integer", values: viewAs(BigInt64Array, data) }),
  U64: (data) => ({ kind: "wide integer", values: viewAs(BigUint64Array, data) }),
};

/** Every value of an 8-bit float is an f32. */
function lookUp(data: Uint8Array, decode: (code: number) => number): Elements {
  const table = Float32Array.from({ length: 256 }, (_, code) => decode(code));
  const values = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) values[i] = table[data[i]];
  return { kind: "float", values };
}

/**
 * The elements of a tensor, exactly.
 *
 * @param op  the function on whose behalf they are read, named in errors
 * @throws SafetensorsError `invalid-tensor` where the data has not the size of dtype and shape
 */
export function readElements(op: string, tensor: DecodableTensor): Elements {
  const { dtype, shape, data } = tensor;
  const expected = tensorBytes(op, tensor.name ?? "", dtype, shape);
  if (data.length !== expected) {
    const problem = `${dtype} ${showShape(shape)} takes ${expected} bytes (got ${data.length})`;
    throw new SafetensorsError("invalid-tensor", `${op}: ${subject(tensor)}: ${problem}`);
  }
  return READERS[dtype](data);
}

/** The error for a dtype that `op` cannot convert. */
export function unsupported(op: string, tensor: DecodableTensor, advice: string): SafetensorsError {
  const got = `${tensor.dtype}, ${DTYPE_BITS[tensor.dtype]} bits`;
  return new SafetensorsError("unsupported-dtype", `${op}: ${subject(tensor)} ${advice} (got ${got})`);
}

/** How errors call a tensor. */
export function subject(tensor: DecodableTensor): string {
  return tensor.name === undefined ? "the tensor" : `tensor ${quote(tensor.name)}`;
}
