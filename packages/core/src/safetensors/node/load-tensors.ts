import { getBackend } from "../../default-backend.ts";
import type { Tensor } from "../../tensor.ts";
import { type TensorsFromOptions, tensorFromEntry } from "../to-tensors.ts";
import { loadCheckpoint } from "./open.ts";

export interface LoadTensorsOptions extends TensorsFromOptions {
  /** Which tensors to read, by name. Default: all. */
  readonly filter?: (name: string) => boolean;
}

/**
 * Reads the tensors of a checkpoint, one after the other: never more than one of them is in the host's memory. f16 and
 * bf16 become f32. They belong to the caller, and to no scope.
 *
 * @param path  a `*.safetensors` file, an index, or a directory: as `loadCheckpoint` takes it
 * @returns tensors by name, ready for `module.loadStateDict`
 * @throws SafetensorsError as `loadCheckpoint` and `tensorFromEntry`; nothing is left behind then
 * @example
 * const tensors = await loadTensors(path);
 * await tensors.w.array(); // => [1, 2]
 */
export async function loadTensors(
  path: string,
  options: LoadTensorsOptions = {},
): Promise<Record<string, Tensor>> {
  const { filter = () => true, ...rest } = options;
  const how: TensorsFromOptions = { backend: getBackend(), ...rest };
  const made: [string, Tensor][] = [];
  try {
    const checkpoint = await loadCheckpoint(path);
    const isWhole = [...checkpoint.tensors.keys()].every(filter);
    if (isWhole) for await (const entry of checkpoint) made.push([entry.name, tensorFromEntry(entry, how)]);
    else {
      for (const name of [...checkpoint.tensors.keys()].filter(filter)) {
        made.push([name, tensorFromEntry(await checkpoint.read(name), how)]);
      }
    }
  } catch (error) {
    for (const [, tensor] of made) tensor.dispose();
    throw error;
  }
  return Object.fromEntries(made);
}
