import "../methods.ts";
import { bytesPerElement, type DType } from "../backend.ts";
import { readBytes } from "../read.ts";
import type { Tensor } from "../tensor.ts";
import { toFileOrder } from "./byte-order.ts";
import type { SafetensorsDtype } from "./dtypes.ts";
import type { SafetensorsMetadata } from "./header.ts";
import type { TensorData } from "./parse.ts";
import { serializeSafetensors } from "./serialize.ts";

const FILE_DTYPES: { readonly [D in DType]: SafetensorsDtype } = {
  f16: "F16",
  f32: "F32",
  f64: "F64",
  i32: "I32",
  u8: "U8",
};

/** For the byte order: bytes of elements as numbers of their width. */
function storedArray(buffer: ArrayBuffer, dtype: DType) {
  const types = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: Float64Array } as const;
  return new types[bytesPerElement[dtype] as keyof typeof types](buffer);
}

/**
 * The bytes of tensors, read from their backend, as `serializeSafetensors` and `writeSafetensors` take them. What is
 * computed after the call does not show in them, even where it is not awaited at once.
 *
 * @param tensors  by name: a state dict
 * @example
 * const tensors = tensorsFromSafetensors(serializeSafetensors([]));
 * await entriesFromTensors(tensors); // => []
 */
export async function entriesFromTensors(
  tensors: Readonly<Record<string, Tensor>>,
): Promise<[name: string, tensor: TensorData][]> {
  // All reads are asked for before the first one is awaited.
  return Promise.all(
    Object.entries(tensors).map(async ([name, tensor]): Promise<[string, TensorData]> => {
      const { shape, dtype } = tensor;
      return [
        name,
        { dtype: FILE_DTYPES[dtype], shape, data: toFileOrder(storedArray(await readBytes(tensor), dtype)) },
      ];
    }),
  );
}

/**
 * The bytes of a safetensors file of tensors: every dtype as it is.
 *
 * @param tensors  by name: a state dict
 * @param metadata  free text, e.g. `{ format: "pt" }`
 * @throws SafetensorsError as `serializeSafetensors`
 * @example
 * const w = { dtype: "F32", shape: [2], data: encodeValues("F32", [1, 2]) } as const;
 * const bytes = serializeSafetensors([["w", w]], { by: "hand" });
 * await safetensorsFromTensors(tensorsFromSafetensors(bytes), { by: "hand" }); // => bytes
 */
export async function safetensorsFromTensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata?: SafetensorsMetadata | null,
): Promise<Uint8Array<ArrayBuffer>> {
  return serializeSafetensors(await entriesFromTensors(tensors), metadata);
}
