import type { SafetensorsMetadata } from "../header.ts";
import { layoutSafetensors, type TensorsByName } from "../serialize.ts";
import { writeFileAtomic } from "./atomic-write.ts";

/**
 * Writes a safetensors file, atomically ({@link writeFileAtomic}) and without a second copy of the tensors in
 * memory. The bytes are those of `serializeSafetensors`.
 *
 * @param tensors  names must be unique, well-formed Unicode and not `__metadata__`
 * @param metadata  free text, e.g. `{ format: "pt" }`
 * @throws SafetensorsError as `serializeSafetensors`, before anything is written; errors of the system
 * @example
 * const tensors = { w: { dtype: "F32", shape: [2], data: encodeValues("F32", [1, 2]) } } as const;
 * await writeSafetensors(path, Object.entries(tensors), { format: "pt" });
 * (await readSafetensors(path)).metadata?.format; // => "pt"
 */
export async function writeSafetensors(
  path: string,
  tensors: TensorsByName,
  metadata?: SafetensorsMetadata | null,
): Promise<void> {
  const { head, data } = layoutSafetensors(tensors, metadata);
  await writeFileAtomic(path, [head, ...data]);
}
