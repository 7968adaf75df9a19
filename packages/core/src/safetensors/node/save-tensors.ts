import type { Tensor } from "../../tensor.ts";
import { entriesFromTensors } from "../from-tensors.ts";
import type { SafetensorsMetadata } from "../header.ts";
import { writeSafetensors } from "./write.ts";

/**
 * Writes tensors to a safetensors file, atomically: `path` holds the old file or the new one, whatever happens. What is
 * computed after the call does not show in it, even where it is not awaited at once.
 *
 * @param tensors  by name: `module.stateDict()`, `optimizer.stateDict().tensors`
 * @param metadata  free text, e.g. `{ format: "pt" }`
 * @throws SafetensorsError as `serializeSafetensors`, before anything is written; errors of the system
 * @example
 * const tensors = await loadTensors(path);
 * await saveTensors(path, tensors, { by: "hand" });
 * (await openSafetensors(path)).metadata; // => { by: "hand" }
 */
export async function saveTensors(
  path: string,
  tensors: Readonly<Record<string, Tensor>>,
  metadata?: SafetensorsMetadata | null,
): Promise<void> {
  await writeSafetensors(path, await entriesFromTensors(tensors), metadata);
}
