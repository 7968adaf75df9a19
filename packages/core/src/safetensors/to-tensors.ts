import type { Backend, DType } from "../backend.ts";
import { tensor } from "../create.ts";
import { getBackend } from "../default-backend.ts";
import { encodeF16, encodeNumbersF16 } from "../half.ts";
import { keep } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { viewAs } from "./byte-order.ts";
import { decodeToFloat32, decodeToFloat64 } from "./decode-floats.ts";
import { decodeToInt32, decodeToUint8 } from "./decode-integers.ts";
import type { SafetensorsDtype } from "./dtypes.ts";
import { parseSafetensors, type TensorEntry } from "./parse.ts";

export interface TensorsFromOptions {
  /** Where the tensors are made. Default: the one of `setBackend`. */
  readonly backend?: Backend;
  /**
   * What floats become. Default: f64 stays f64 where the backend has it; all others become f32. With `f16` a file of F16
   * is read as it is, and others are rounded.
   */
  readonly dtype?: "f16" | "f32" | "f64";
}

/** The dtype of the tensor that an entry becomes. */
function targetDtype(
  dtype: SafetensorsDtype,
  backend: Backend,
  floats: "f16" | "f32" | "f64" | undefined,
): DType {
  switch (dtype) {
    case "BOOL":
    case "U8":
      return "u8";
    case "I8":
    case "I16":
    case "U16":
    case "I32":
    case "U32":
    case "I64":
    case "U64":
      return "i32";
    default:
      return floats ?? (dtype === "F64" && backend.dtypes.has("f64") ? "f64" : "f32");
  }
}

/**
 * A tensor of the elements of a file's entry: f16, bf16 and the 8-bit floats become f32 unless `dtype` says f16,
 * integers i32 (each value checked), booleans and bytes u8.
 *
 * @returns a tensor in the current scope
 * @throws SafetensorsError `unsupported-dtype`, `value-out-of-range`; DTypeError if the backend lacks the dtype
 * @example
 * const half = tensorFromEntry({ name: "w", dtype: "F16", shape: [2], data: encodeValues("F16", [1, -2]) });
 * Array.from(await half.data()); // => [1, -2]
 */
export function tensorFromEntry(entry: TensorEntry, options: TensorsFromOptions = {}): Tensor {
  const { backend = getBackend(), dtype } = options;
  const { shape } = entry;
  const target = targetDtype(entry.dtype, backend, dtype);
  switch (target) {
    case "f16":
      return tensor(halfBits(entry), { shape, backend, dtype: "f16" });
    case "f32":
      return tensor(decodeToFloat32(entry), { shape, backend });
    case "f64":
      return tensor(decodeToFloat64(entry), { shape, backend });
    case "i32":
      return tensor(decodeToInt32(entry), { shape, backend });
    case "u8":
      return tensor(decodeToUint8(entry), { shape, backend });
  }
}

/** F16 bit for bit; others rounded once. */
function halfBits(entry: TensorEntry): Uint16Array {
  if (entry.dtype === "F64") return encodeNumbersF16(decodeToFloat64(entry));
  const values = decodeToFloat32(entry); // also checks the entry
  return entry.dtype === "F16" ? viewAs(Uint16Array, entry.data) : encodeF16(values);
}

/**
 * The tensors of a safetensors file, ready for `module.loadStateDict`. They belong to the caller, and to no scope.
 *
 * @param bytes  the whole file
 * @returns tensors by name, as {@link tensorFromEntry} makes them
 * @throws SafetensorsError as `parseSafetensors` and {@link tensorFromEntry}; nothing is left behind then
 * @example
 * const w = { dtype: "BF16", shape: [1, 2], data: encodeValues("BF16", [1, 3]) } as const;
 * const tensors = tensorsFromSafetensors(serializeSafetensors([["w", w]]));
 * tensors.w.dtype; // => "f32"
 * await tensors.w.array(); // => [[1, 3]]
 */
export function tensorsFromSafetensors(
  bytes: Uint8Array,
  options: TensorsFromOptions = {},
): Record<string, Tensor> {
  const made: [string, Tensor][] = [];
  try {
    for (const [name, entry] of parseSafetensors(bytes).tensors) {
      made.push([name, keep(tensorFromEntry(entry, options))]);
    }
  } catch (error) {
    for (const [, each] of made) each.dispose();
    throw error;
  }
  return Object.fromEntries(made);
}
