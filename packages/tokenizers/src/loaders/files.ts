import { TokenizerError } from "../errors.ts";

/** Files by name: texts or bytes. */
export type FileContents = Readonly<Record<string, string | Uint8Array>>;

/** Where a tokenizer's files lie: a folder, what is below a URL, or in memory. */
export interface TokenizerFiles {
  /** For error messages. */
  readonly place: string;
  /** The file's bytes, or `undefined` where there is none of that name. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** The names of all files; `undefined` where they cannot be listed. */
  list(): Promise<readonly string[] | undefined>;
}

/** A place and, where one file of it was named, its name. */
export interface Located {
  readonly files: TokenizerFiles;
  readonly name: string | undefined;
}

/**
 * Finds out what was named: a folder or file by its path, a URL (a file where its last part has a dot, else what
 * is below it), or files by their contents.
 */
export async function locate(source: string | URL | FileContents): Promise<Located> {
  if (typeof source === "object" && !(source instanceof URL)) {
    const names = Object.keys(source);
    return { files: filesInMemory(source), name: names.length === 1 ? names[0] : undefined };
  }
  const text = String(source);
  if (/^https?:|^blob:|^data:/i.test(text)) return locateUrl(new URL(text));
  if (typeof process === "undefined") return locateUrl(new URL(text, globalThis.location?.href));
  return locatePath(source);
}

function filesInMemory(contents: FileContents): TokenizerFiles {
  return {
    place: "the files given",
    list: async () => Object.keys(contents),
    read: async (name) => {
      const content = Object.hasOwn(contents, name) ? contents[name] : undefined;
      return typeof content === "string" ? new TextEncoder().encode(content) : content;
    },
  };
}

function locateUrl(url: URL): Located {
  const isFile = /\.[^/]*$/.test(url.pathname);
  const base = new URL(url);
  if (!isFile && !base.pathname.endsWith("/")) base.pathname += "/";
  const files: TokenizerFiles = {
    place: url.href,
    list: async () => undefined,
    read: async (name) => {
      const at = isFile ? url : new URL(name, base);
      at.search = url.search;
      const response = await fetch(at);
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
      if (response.status === 404 || response.status === 403) return undefined;
      throw new TokenizerError(
        `loadTokenizer: ${at.href} answered ${response.status} ${response.statusText}`,
      );
    },
  };
  return { files, name: isFile ? url.pathname.split("/").at(-1) : undefined };
}

/** A path of the file system; Node only. */
async function locatePath(source: string | URL): Promise<Located> {
  const { readFile, readdir, stat } = await import("node:fs/promises");
  const { basename, dirname, join } = await import("node:path");
  const { fileURLToPath } = await import("node:url");
  const path = source instanceof URL || source.startsWith("file:") ? fileURLToPath(source) : source;
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new TokenizerError(`loadTokenizer: there is no file or folder ${path}`);
  const folder = found.isDirectory() ? path : dirname(path);
  const files: TokenizerFiles = {
    place: path,
    list: () => readdir(folder),
    read: async (name) => {
      try {
        return await readFile(join(folder, name));
      } catch (error) {
        if ((error as { readonly code?: unknown }).code === "ENOENT") return undefined;
        throw error;
      }
    },
  };
  return { files, name: found.isDirectory() ? undefined : basename(path) };
}

/** A file's text, or `undefined` where there is none. */
export async function readText(files: TokenizerFiles, name: string): Promise<string | undefined> {
  const bytes = await files.read(name);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

/** A parsed file, or `undefined` where there is none. */
export async function readJson(files: TokenizerFiles, name: string): Promise<unknown> {
  const text = await readText(files, name);
  if (text === undefined) return undefined;
  return parseJson(text, `${files.place}: ${name}`);
}

/** @throws TokenizerError `place is no JSON (why)` */
export function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TokenizerError(`loadTokenizer: ${place} is no JSON (${(error as Error).message})`);
  }
}
