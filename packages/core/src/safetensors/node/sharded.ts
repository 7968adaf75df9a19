import { dirname, join } from "node:path";
import { quote, SafetensorsError } from "../error.ts";
import { JsonCursor } from "../json-cursor.ts";
import { type Checkpoint, checkpointOf } from "./checkpoint.ts";
import { kindOf, openRegularFile } from "./regular-file.ts";
import { openTensorFile, type TensorFile } from "./tensor-file.ts";

/** How the name of an index ends. */
export const INDEX_SUFFIX = ".safetensors.index.json";

const OP = "openSharded";
const MAX_INDEX_BYTES = 100_000_000; // as for a header

/**
 * Opens a checkpoint of several files, listed by an index as Hugging Face writes it:
 * `{ "weight_map": { "<tensor>": "<file>", … } }`.
 *
 * The header of every file is read and checked. Tensors that the index does not list are left out.
 *
 * @param path  the index, or a directory with a `model.safetensors.index.json`
 * @returns names, dtypes and shapes at once, the tensors lazily, a file at a time
 * @throws SafetensorsError `invalid-index` where the index is malformed, names a file outside its directory or
 *   one that is not there, or a tensor that its file has not: `openSharded: …index.json says that tensor
 *   "wte.weight" is in model-00001-of-00002.safetensors, which has no such tensor`; `file-not-found`; for the
 *   files themselves as `parseSafetensorsHeader`
 * @example
 * const checkpoint = await openSharded(directory);
 * checkpoint.files.length; // => 4
 */
export async function openSharded(path: string): Promise<Checkpoint> {
  const isDirectory = (await kindOf(path)) === "directory";
  const index = isDirectory ? join(path, `model${INDEX_SUFFIX}`) : path;
  const shards = [...(await readIndex(index))].sort(([a], [b]) => (a < b ? -1 : 1));
  const parts: { file: TensorFile; names: string[] }[] = [];
  for (const [shard, listed] of shards) {
    const shardPath = join(dirname(index), shard);
    if ((await kindOf(shardPath)) === "missing")
      throw invalidIndex(index, `names ${quote(shard)}, which is not there`);
    const file = await openTensorFile(OP, shardPath);
    for (const name of listed) {
      if (file.header.tensors.has(name)) continue;
      throw invalidIndex(index, `says that tensor ${quote(name)} is in ${shard}, which has no such tensor`);
    }
    parts.push({ file, names: [...file.header.tensors.keys()].filter((name) => listed.has(name)) });
  }
  return checkpointOf(index, parts);
}

/** The tensors that each file is said to have. */
async function readIndex(index: string): Promise<Map<string, Set<string>>> {
  const cursor = new JsonCursor(await readText(index), {
    what: `${OP}: the index ${index}`,
    syntax: "invalid-index",
    form: "invalid-index",
  });
  const shards = new Map<string, Set<string>>();
  let hasMap = false;
  cursor.object((key) => {
    if (key !== "weight_map") return cursor.skip();
    hasMap = true;
    cursor.object((tensor) => {
      const shard = cursor.string();
      if (!isInside(shard)) {
        throw invalidIndex(index, `puts tensor ${quote(tensor)} outside its directory (${quote(shard)})`);
      }
      const names = shards.get(shard) ?? new Set();
      shards.set(shard, names.add(tensor));
    });
  });
  cursor.end();
  if (!hasMap) throw invalidIndex(index, "has no weight_map");
  return shards;
}

async function readText(index: string): Promise<string> {
  const file = await openRegularFile(OP, index);
  try {
    if (file.bytes > MAX_INDEX_BYTES) {
      throw invalidIndex(index, `must be at most ${MAX_INDEX_BYTES} bytes long (got ${file.bytes})`);
    }
    const bytes = await file.read(0, file.bytes);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // what a fatal decoder throws
    throw invalidIndex(index, "is not UTF-8", error);
  } finally {
    await file.close();
  }
}

/** A relative path that stays below, on any system; links are followed, since caches are made of them. */
function isInside(shard: string): boolean {
  if (/[\\\0]/.test(shard) || /^[a-zA-Z]:/.test(shard)) return false;
  return shard.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

function invalidIndex(index: string, problem: string, cause?: unknown): SafetensorsError {
  return new SafetensorsError("invalid-index", `${OP}: ${index} ${problem}`, { cause });
}
