import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { SafetensorsError } from "../error.ts";
import type { SafetensorsFile, TensorEntry } from "../parse.ts";
import { type Checkpoint, checkpointOf } from "./checkpoint.ts";
import { kindOf } from "./regular-file.ts";
import { INDEX_SUFFIX, openSharded } from "./sharded.ts";
import { openTensorFile } from "./tensor-file.ts";

const SINGLE = "model.safetensors";
const SUFFIX = ".safetensors";

/**
 * Opens one safetensors file: reads its header, and tensors when they are asked for.
 *
 * @throws SafetensorsError `file-not-found`, `not-a-file`, or as `parseSafetensorsHeader`, with the path
 * @example
 * const checkpoint = await openSafetensors(path);
 * checkpoint.tensors.get("w")?.shape; // => [2]
 */
export async function openSafetensors(path: string): Promise<Checkpoint> {
  const file = await openTensorFile("openSafetensors", path);
  return checkpointOf(path, [{ file, names: [...file.header.tensors.keys()] }]);
}

/**
 * Reads a whole safetensors file, each tensor into memory of its own (files above 4 GB included).
 *
 * @throws SafetensorsError as {@link openSafetensors}
 * @example
 * const { tensors, metadata } = await readSafetensors(path);
 * tensors.get("w")?.dtype; // => "F32"
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const checkpoint = await openSafetensors(path);
  const tensors = new Map<string, TensorEntry>();
  for await (const entry of checkpoint) tensors.set(entry.name, entry);
  return { metadata: checkpoint.metadata, tensors };
}

/**
 * Opens a checkpoint, however it is stored.
 *
 * @param path  a `*.safetensors` file, a `*.safetensors.index.json`, or a directory. Of a directory: its
 *   `model.safetensors`, else its `model.safetensors.index.json`, else its only index, else its only
 *   `*.safetensors`
 * @returns names, dtypes and shapes at once, the tensors lazily, a file at a time
 * @throws SafetensorsError `file-not-found`: `loadCheckpoint: ./gpt2 has no model.safetensors, index or single
 *   other *.safetensors (got a.safetensors, b.safetensors)`; else as {@link openSafetensors} and
 *   {@link openSharded}
 * @example
 * let bytes = 0;
 * for await (const { data } of await loadCheckpoint(directory)) bytes += data.length;
 * bytes; // => 27968
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  const file = (await kindOf(path)) === "directory" ? join(path, await chooseFile(path)) : path;
  return file.endsWith(".json") ? openSharded(file) : openSafetensors(file);
}

async function chooseFile(directory: string): Promise<string> {
  const names = (await readdir(directory)).sort();
  if (names.includes(SINGLE)) return SINGLE;
  if (names.includes(`model${INDEX_SUFFIX}`)) return `model${INDEX_SUFFIX}`;
  const indices = names.filter((name) => name.endsWith(INDEX_SUFFIX));
  if (indices.length === 1) return indices[0];
  const files = names.filter((name) => name.endsWith(SUFFIX));
  if (indices.length === 0 && files.length === 1) return files[0];
  const got = [...indices, ...files].slice(0, 8).join(", ") || "none";
  const problem = `${directory} has no ${SINGLE}, index or single other *${SUFFIX} (got ${got})`;
  throw new SafetensorsError("file-not-found", `loadCheckpoint: ${problem}`);
}
