import { type FileHandle, open, stat } from "node:fs/promises";
import { SafetensorsError } from "../error.ts";

const CHUNK_BYTES = 2 ** 28; // a single read of 2 GiB or more fails

/** An open file. */
export interface RegularFile {
  /** Size, bytes. */
  readonly bytes: number;
  /** Tells the file from its successor of the same name. */
  readonly version: string;
  /** Reads bytes into new memory. */
  read(position: number, bytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens a file for reading at any place.
 *
 * @param op  the function on whose behalf, named in errors
 * @throws SafetensorsError `file-not-found`, `not-a-file`; other errors of the system as they are
 */
export async function openRegularFile(op: string, path: string): Promise<RegularFile> {
  const kind = await kindOf(path); // asked before opening: opening a pipe would wait for a writer
  if (kind === "missing") throw new SafetensorsError("file-not-found", `${op}: there is no file ${path}`);
  if (kind !== "file")
    throw new SafetensorsError("not-a-file", `${op}: ${path} is not a regular file (${kind})`);
  const handle = await open(path, "r");
  try {
    const { ino, size, mtimeMs } = await handle.stat();
    return {
      bytes: size,
      version: `${ino}:${size}:${mtimeMs}`,
      read: (position, bytes) => readFully(op, path, handle, position, bytes),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** What a path leads to, through links. */
export async function kindOf(path: string): Promise<"missing" | "file" | "directory" | "other"> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other";
  } catch (error) {
    if (isMissing(error)) return "missing";
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

async function readFully(
  op: string,
  path: string,
  handle: FileHandle,
  position: number,
  bytes: number,
): Promise<Uint8Array> {
  const target = new Uint8Array(bytes);
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await handle.read(
      target,
      done,
      Math.min(bytes - done, CHUNK_BYTES),
      position + done,
    );
    if (bytesRead === 0) {
      throw new SafetensorsError(
        "file-changed",
        `${op}: ${path} ended at byte ${position + done} while being read`,
      );
    }
    done += bytesRead;
  }
  return target;
}
