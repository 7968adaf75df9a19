import { randomUUID } from "node:crypto";
import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const CHUNK_BYTES = 2 ** 28; // a single write of 2 GiB or more fails

/** Bytes to be written: at once or in pieces, which need not be in memory together. */
export type FileContent = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes a file so that its name always leads to a whole file, the old one or the new, whatever fails: into a
 * temporary file in the same directory, flushed to the disk (fsync), then renamed.
 *
 * A link is followed, and the permissions of a file that is replaced are kept. The temporary file
 * (`.<name>.<uuid>.tmp`) is removed on failure; only a killed process leaves it behind.
 *
 * @param path  in a directory that exists
 * @throws the error of the system (`ENOENT`, `ENOSPC`, `EISDIR`, …) or of `content`; the old file is then as
 *   it was
 * @example
 * await writeFileAtomic(path, new TextEncoder().encode("{}"));
 * await readFile(path, "utf8"); // => "{}"
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const directory = dirname(target);
  const temporary = join(directory, `.${basename(target)}.${randomUUID()}.tmp`);
  const mode = await stat(target).then(
    (stats) => stats.mode & 0o777,
    () => null,
  );
  const handle = await open(temporary, "wx");
  try {
    try {
      for await (const piece of content instanceof Uint8Array ? [content] : content)
        await writeFully(handle, piece);
      if (mode !== null) await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += (await handle.write(bytes, done, Math.min(bytes.length - done, CHUNK_BYTES))).bytesWritten;
  }
}

/** Makes the renaming last through a loss of power, where the system can (Windows cannot). */
async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // The file is whole and in place either way.
  }
}
