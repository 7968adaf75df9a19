import type { SafetensorsDtype } from "./dtypes.ts";
import { parseSafetensorsHeader, type SafetensorsMetadata } from "./header.ts";

/** The bytes of a tensor and what they mean. Little-endian, row-major; not necessarily aligned. */
export interface TensorData {
  readonly dtype: SafetensorsDtype;
  /** Sizes; `[]` is a scalar. */
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** A tensor of a file, with the name by which errors call it. */
export interface TensorEntry extends TensorData {
  readonly name: string;
}

/** A parsed file. */
export interface SafetensorsFile {
  readonly metadata: SafetensorsMetadata | null;
  /** In the order of their bytes in the file. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/**
 * Parses a safetensors file: 8 bytes of header length, a JSON header, the tensors' bytes.
 *
 * @param bytes  the whole file; the tensors' `data` are views of it, not copies
 * @returns metadata and tensors, by name
 * @throws SafetensorsError for whatever the official reader (safetensors 0.8) rejects, see
 *   {@link parseSafetensorsHeader}: `parseSafetensors: the header of 1000 bytes ends after the file does (10 bytes)`
 * @see https://huggingface.co/docs/safetensors
 * @example
 * const bias = { dtype: "F32", shape: [2], data: encodeValues("F32", [1, 2]) } as const;
 * const file = parseSafetensors(serializeSafetensors([["bias", bias]]));
 * file.tensors.get("bias")?.shape; // => [2]
 */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { metadata, tensors: infos, dataOffset } = parseSafetensorsHeader(bytes, bytes.length);
  const tensors = new Map<string, TensorEntry>();
  for (const [name, { dtype, shape, begin, end }] of infos) {
    tensors.set(name, { name, dtype, shape, data: bytes.subarray(dataOffset + begin, dataOffset + end) });
  }
  return { metadata, tensors };
}
