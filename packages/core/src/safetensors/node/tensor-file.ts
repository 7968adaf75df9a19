import { quote, SafetensorsError } from "../error.ts";
import { PREFIX_BYTES, parseSafetensorsHeader, readHeaderLength, type SafetensorsHeader } from "../header.ts";
import type { TensorEntry } from "../parse.ts";
import { openRegularFile } from "./regular-file.ts";

/** A safetensors file whose header has been read; it is not kept open. */
export interface TensorFile {
  readonly path: string;
  readonly version: string;
  readonly header: SafetensorsHeader;
}

/** Reads the header of a file, and nothing else of it. */
export async function openTensorFile(op: string, path: string): Promise<TensorFile> {
  const file = await openRegularFile(op, path);
  try {
    const prefix = await file.read(0, Math.min(PREFIX_BYTES, file.bytes));
    const length = readHeaderLength(prefix, file.bytes);
    const header = parseSafetensorsHeader(await file.read(0, PREFIX_BYTES + length), file.bytes);
    return { path, version: file.version, header };
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    throw new SafetensorsError(error.code, `${op}: ${path}: ${error.message}`, { cause: error });
  } finally {
    await file.close();
  }
}

/** Reads tensors of a file, which is open while the generator runs. */
export async function* readTensors(
  op: string,
  { path, version, header }: TensorFile,
  names: readonly string[],
): AsyncGenerator<TensorEntry, void> {
  const file = await openRegularFile(op, path);
  try {
    if (file.version !== version) {
      throw new SafetensorsError("file-changed", `${op}: ${path} was changed since its header was read`);
    }
    for (const name of names) {
      const info = header.tensors.get(name);
      if (info === undefined) throw tensorNotFound(op, name, path);
      const { dtype, shape, begin, end } = info;
      yield { name, dtype, shape, data: await file.read(header.dataOffset + begin, end - begin) };
    }
  } finally {
    await file.close();
  }
}

/** The error for a name that a file or checkpoint does not have. */
export function tensorNotFound(op: string, name: string, where: string): SafetensorsError {
  return new SafetensorsError("tensor-not-found", `${op}: ${where} has no tensor ${quote(name)}`);
}
