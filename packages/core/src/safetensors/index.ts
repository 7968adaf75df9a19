/** The safetensors format as bytes: parse, decode, encode, serialise. Files are in `@saccade/core/safetensors/node`. */

export { decodeBf16, decodeF16, encodeBf16, encodeF16 } from "../half.ts";
export { decodeToFloat32, decodeToFloat64 } from "./decode-floats.ts";
export { decodeToBigInt64, decodeToInt32, decodeToUint8 } from "./decode-integers.ts";
export { DTYPE_BITS, isSafetensorsDtype, type SafetensorsDtype } from "./dtypes.ts";
export type { DecodableTensor } from "./elements.ts";
export { type EncodableDtype, type EncodableValues, encodeValues } from "./encode.ts";
export { SafetensorsError, type SafetensorsErrorCode } from "./error.ts";
export { entriesFromTensors, safetensorsFromTensors } from "./from-tensors.ts";
export {
  parseSafetensorsHeader,
  readHeaderLength,
  type SafetensorsHeader,
  type SafetensorsMetadata,
  type TensorInfo,
} from "./header.ts";
export { decodeMinifloat, encodeMinifloat, MINIFLOATS, type Minifloat } from "./minifloat.ts";
export { parseSafetensors, type SafetensorsFile, type TensorData, type TensorEntry } from "./parse.ts";
export {
  layoutSafetensors,
  type SafetensorsLayout,
  serializeSafetensors,
  type TensorsByName,
} from "./serialize.ts";
export { type TensorsFromOptions, tensorFromEntry, tensorsFromSafetensors } from "./to-tensors.ts";
