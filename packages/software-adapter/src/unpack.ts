import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

const TAR_BLOCK = 512;

/** A folder of the package that carries the driver and the browser, which compresses both. */
function source(): { folder: string; version: string } {
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium"); // build/index.js
  const folder = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return { folder, version };
}

/**
 * Unpacks `archives` of the package (tar files) and `executables` (single files) once, into a folder for temporary
 * files; several processes may do so at the same time.
 *
 * @returns the folder
 */
export function unpackOnce(
  name: string,
  archives: readonly string[],
  executables: readonly string[] = [],
): string {
  const { folder, version } = source();
  const target = join(tmpdir(), `saccade-${name}-${version}`);
  const done = join(target, "complete");
  if (existsSync(done)) return target;
  const read = (file: string): Buffer =>
    brotliDecompressSync(readFileSync(join(folder, "bin", `${file}.br`)));
  for (const archive of archives) {
    for (const { path, bytes } of filesOf(read(`${archive}.tar`))) place(join(target, path), bytes);
  }
  for (const executable of executables) {
    place(join(target, executable), read(executable));
    chmodSync(join(target, executable), 0o755);
  }
  writeFileSync(done, "");
  return target;
}

function place(path: string, bytes: Buffer): void {
  const partial = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(partial, bytes);
  renameSync(partial, path);
}

/** The regular files of a tar archive: name at 0, octal size at 124, type at 156, contents in blocks of 512 bytes. */
function* filesOf(tar: Buffer): Generator<{ path: string; bytes: Buffer }> {
  for (let at = 0; at < tar.length && tar[at] !== 0; ) {
    const path = tar.toString("utf8", at, at + 100).split("\0")[0];
    const size = Number.parseInt(tar.toString("utf8", at + 124, at + 136), 8);
    const type = String.fromCharCode(tar[at + 156]);
    if ((type === "0" || type === "\0") && !path.endsWith("/")) {
      yield { path, bytes: tar.subarray(at + TAR_BLOCK, at + TAR_BLOCK + size) };
    }
    at += TAR_BLOCK * (1 + Math.ceil(size / TAR_BLOCK));
  }
}
