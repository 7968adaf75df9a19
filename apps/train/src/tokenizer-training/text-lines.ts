import { createReadStream } from "node:fs";
import { glob, stat } from "node:fs/promises";
import { messageOf, UsageError } from "../errors.ts";

/** Files that were named, or that match patterns, each once and in order; with their size in bytes. */
export interface TextFiles {
  readonly paths: readonly string[];
  readonly bytes: number;
}

/** @throws UsageError for a name or pattern that finds no file */
export async function findFiles(patterns: readonly string[]): Promise<TextFiles> {
  const paths = new Map<string, number>();
  for (const pattern of patterns) {
    const matches = /[*?[{]/.test(pattern) ? await Array.fromAsync(glob(pattern)) : [pattern];
    let found = 0;
    for (const path of matches.sort()) {
      const info = await stat(path).catch((error) => {
        throw new UsageError(`cannot read ${path} (${messageOf(error)})`);
      });
      if (!info.isFile()) continue;
      paths.set(path, info.size);
      found++;
    }
    if (found === 0) throw new UsageError(`there is no file ${pattern}`);
  }
  return { paths: [...paths.keys()], bytes: [...paths.values()].reduce((sum, size) => sum + size, 0) };
}

/**
 * The lines of files with their line ends, one by one.
 *
 * @param onRead  told how many bytes have been read so far
 * @throws UsageError for a file that is not UTF-8 text
 */
export async function* linesOf(
  paths: readonly string[],
  onRead: (bytes: number) => void,
): AsyncGenerator<string, void> {
  let read = 0;
  for (const path of paths) {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let rest = "";
    try {
      for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
        read += (chunk as Buffer).length;
        const text = rest + decoder.decode(chunk as Buffer, { stream: true });
        const lines = text.split(/(?<=\n)/);
        rest = text.endsWith("\n") ? "" : (lines.pop() ?? "");
        onRead(read);
        yield* lines;
      }
      rest += decoder.decode();
    } catch (error) {
      throw new UsageError(`cannot read ${path} as UTF-8 text (${messageOf(error)})`);
    }
    if (rest !== "") yield rest;
  }
}
