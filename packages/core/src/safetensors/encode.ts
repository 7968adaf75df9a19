import { encodeBf16, encodeF16 } from "../half.ts";
import { toFileOrder } from "./byte-order.ts";
import { DTYPE_BITS, type SafetensorsDtype } from "./dtypes.ts";
import { quote, SafetensorsError } from "./error.ts";
import { encodeMinifloat, MINIFLOATS } from "./minifloat.ts";

/** The dtypes that `encodeValues` writes. */
export type EncodableDtype = Exclude<SafetensorsDtype, "F4" | "F6_E2M3" | "F6_E3M2" | "F8_E8M0" | "C64">;

/** Numbers to be written; bigints where doubles would not be exact. */
export type EncodableValues = ArrayLike<number> | ArrayLike<bigint>;

/** Writes one element; returns false where the dtype has no such value. */
type Put = (view: DataView, at: number, value: number | bigint) => boolean;

const PUTS: { readonly [D in EncodableDtype]: Put } = {
  BOOL: integer(0, 1, (view, at, x) => view.setUint8(at, x)),
  U8: integer(0, 0xff, (view, at, x) => view.setUint8(at, x)),
  I8: integer(-0x80, 0x7f, (view, at, x) => view.setInt8(at, x)),
  F8_E5M2: float((view, at, x) => view.setUint8(at, encodeMinifloat(MINIFLOATS.F8_E5M2, x))),
  F8_E4M3: float((view, at, x) => view.setUint8(at, encodeMinifloat(MINIFLOATS.F8_E4M3, x))),
  F8_E4M3FNUZ: float((view, at, x) => view.setUint8(at, encodeMinifloat(MINIFLOATS.F8_E4M3FNUZ, x))),
  F8_E5M2FNUZ: float((view, at, x) => view.setUint8(at, encodeMinifloat(MINIFLOATS.F8_E5M2FNUZ, x))),
  I16: integer(-0x8000, 0x7fff, (view, at, x) => view.setInt16(at, x, true)),
  U16: integer(0, 0xffff, (view, at, x) => view.setUint16(at, x, true)),
  F16: float((view, at, x) => view.setUint16(at, encodeMinifloat(MINIFLOATS.F16, x), true)),
  BF16: float((view, at, x) => view.setUint16(at, encodeMinifloat(MINIFLOATS.BF16, x), true)),
  I32: integer(-(2 ** 31), 2 ** 31 - 1, (view, at, x) => view.setInt32(at, x, true)),
  U32: integer(0, 2 ** 32 - 1, (view, at, x) => view.setUint32(at, x, true)),
  F32: float((view, at, x) => view.setFloat32(at, x, true)),
  F64: float((view, at, x) => view.setFloat64(at, x, true)),
  I64: wideInteger(-(2n ** 63n), 2n ** 63n - 1n, (view, at, x) => view.setBigInt64(at, x, true)),
  U64: wideInteger(0n, 2n ** 64n - 1n, (view, at, x) => view.setBigUint64(at, x, true)),
};

function float(put: (view: DataView, at: number, value: number) => void): Put {
  return (view, at, value) => {
    put(view, at, Number(value));
    return true;
  };
}

function integer(min: number, max: number, put: (view: DataView, at: number, value: number) => void): Put {
  return (view, at, value) => {
    if (!(value >= min && value <= max && Number.isInteger(Number(value)))) return false;
    put(view, at, Number(value));
    return true;
  };
}

function wideInteger(
  min: bigint,
  max: bigint,
  put: (view: DataView, at: number, value: bigint) => void,
): Put {
  return (view, at, value) => {
    if (typeof value === "number" && !Number.isInteger(value)) return false;
    if (value < min || value > max) return false;
    put(view, at, BigInt(value));
    return true;
  };
}

/**
 * The little-endian bytes of numbers, as the `data` of a tensor.
 *
 * Floats are rounded once, to nearest, ties to even; what is too large becomes infinity, or NaN in the formats
 * without one. Integers must fit.
 *
 * @param dtype  any but F4, F6_E2M3, F6_E3M2, F8_E8M0 and C64
 * @param values  copied, but for F32 of a Float32Array, which is viewed
 * @param name  the tensor, named in errors
 * @throws SafetensorsError `value-out-of-range`: `encodeValues: tensor "ids": U8 has no value 256 (element 0)`
 * @example encodeValues("F16", [1, -2]); // => Uint8Array.of(0x00, 0x3c, 0x00, 0xc0)
 */
export function encodeValues(dtype: EncodableDtype, values: EncodableValues, name = ""): Uint8Array {
  if (values instanceof Float32Array) {
    if (dtype === "F32") return toFileOrder(values);
    if (dtype === "F16") return toFileOrder(encodeF16(values));
    if (dtype === "BF16") return toFileOrder(encodeBf16(values));
  }
  const width = DTYPE_BITS[dtype] / 8;
  const view = new DataView(new ArrayBuffer(values.length * width));
  const put = PUTS[dtype];
  for (let i = 0; i < values.length; i++) {
    if (put(view, i * width, values[i])) continue;
    const problem = `${dtype} has no value ${values[i]} (element ${i})`;
    throw new SafetensorsError("value-out-of-range", `encodeValues: tensor ${quote(name)}: ${problem}`);
  }
  return new Uint8Array(view.buffer);
}
