import type { SafetensorsDtype } from "../dtypes.ts";
import type { SafetensorsMetadata } from "../header.ts";
import type { TensorEntry } from "../parse.ts";
import { readTensors, type TensorFile, tensorNotFound } from "./tensor-file.ts";

/** What is known of a tensor before it is read. */
export interface CheckpointTensor {
  readonly dtype: SafetensorsDtype;
  /** Sizes; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Size of its data, bytes. */
  readonly bytes: number;
  /** Path of the file that holds it. */
  readonly file: string;
}

/**
 * One or more safetensors files, listed but not read. No file is kept open, so there is nothing to close; one
 * that is replaced meanwhile is noticed (`file-changed`).
 *
 * @example
 * const checkpoint = await loadCheckpoint(directory);
 * checkpoint.tensors.get("lm_head.weight")?.shape; // => [53, 16]
 * decodeToFloat32(await checkpoint.read("lm_head.weight")).length; // => 848
 * for await (const { name, shape, data } of checkpoint) console.log(name, shape, data.length);
 */
export interface Checkpoint extends AsyncIterable<TensorEntry> {
  /** Every tensor by name: a file at a time, in the order of the bytes. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** Of the first file; null where it has none. */
  readonly metadata: SafetensorsMetadata | null;
  /** Paths of the files, in order. */
  readonly files: readonly string[];
  /**
   * Reads one tensor into memory of its own.
   *
   * @throws SafetensorsError `tensor-not-found`, `file-not-found`, `file-changed`
   */
  read(name: string): Promise<TensorEntry>;
  /** Reads every tensor, one after the other, each into memory of its own; each file is opened once. */
  [Symbol.asyncIterator](): AsyncGenerator<TensorEntry, void>;
}

/**
 * A checkpoint of some tensors of some files.
 *
 * @param path  what it was opened as, named in errors
 * @param parts  each file with the names that count, all of which it has
 */
export function checkpointOf(
  path: string,
  parts: readonly { readonly file: TensorFile; readonly names: readonly string[] }[],
): Checkpoint {
  const tensors = new Map<string, CheckpointTensor>();
  const fileOf = new Map<string, TensorFile>();
  for (const { file, names } of parts) {
    for (const name of names) {
      const info = file.header.tensors.get(name);
      if (info === undefined) throw tensorNotFound("checkpoint", name, file.path);
      const { dtype, shape, begin, end } = info;
      tensors.set(name, { dtype, shape, bytes: end - begin, file: file.path });
      fileOf.set(name, file);
    }
  }
  return {
    tensors,
    metadata: parts[0]?.file.header.metadata ?? null,
    files: parts.map(({ file }) => file.path),
    async read(name) {
      const file = fileOf.get(name);
      if (file === undefined) throw tensorNotFound("checkpoint.read", name, path);
      for await (const entry of readTensors("checkpoint.read", file, [name])) return entry;
      throw tensorNotFound("checkpoint.read", name, path);
    },
    async *[Symbol.asyncIterator]() {
      for (const { file, names } of parts) yield* readTensors("checkpoint", file, names);
    },
  };
}
