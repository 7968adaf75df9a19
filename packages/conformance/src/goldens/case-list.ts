import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Config, type Json } from "./config.ts";

/** One case of any folder. */
export interface GoldenCase {
  /** `ops_matmul/3x4__4x5`, or `hf/llama` for a folder or file that is a case. */
  readonly id: string;
  /** The folder of the layout: `ops`, `attention`, ..., `hf`, `tokenizers`. */
  readonly folder: string;
  /** What the report adds up by: the part of the id before the slash. */
  readonly group: string;
  /** What adapters are found by. */
  readonly op: string;
  readonly config: Config;
  readonly atol: number;
  readonly rtol: number;
  /** The safetensors file of its tensors, or the folder or file that the case is; a full path. */
  readonly path: string;
  /** What its tensors' keys begin with. */
  readonly prefix: string;
  /** Names, in order; empty for tables (which have `tensors`). */
  readonly inputs: readonly string[];
  readonly params: readonly string[];
  readonly outputs: readonly string[];
  /** Outputs that have an upstream gradient. */
  readonly upstream: readonly string[];
  /** `in/NAME` and `param/NAME`: what has a gradient to compare, and what must have none. */
  readonly grads: readonly string[];
  readonly gradsAbsent: readonly string[];
  /** Everything that the list says about the case. */
  readonly entry: Config;
}

/** Folders whose cases stand in a `cases.json`. */
const LISTED = ["ops", "attention", "rnn", "optim", "misc"];
/** Folders whose folders are cases. */
const MODELS = ["hf", "indep"];

/** What is wrong with what the user gave: one line, exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

function strings(entry: Config, key: string): readonly string[] {
  const value = entry.values[key] ?? [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string"))
    throw new Error(`${key} should be strings`);
  return value as readonly string[];
}

function listedCase(folder: string, path: string, entry: Config): GoldenCase {
  const id = entry.string("id");
  return {
    id,
    folder,
    group: id.split("/")[0],
    op: entry.string("op"),
    config: entry.has("config") ? entry.section("config") : new Config(),
    atol: entry.number("atol", 1e-5),
    rtol: entry.number("rtol", 1e-4),
    path: join(path, entry.string("file", "")),
    prefix: entry.string("prefix", ""),
    inputs: strings(entry, "inputs"),
    params: strings(entry, "params"),
    outputs: strings(entry, "outputs"),
    upstream: strings(entry, "upstream"),
    grads: strings(entry, "grads"),
    gradsAbsent: strings(entry, "grads_absent"),
    entry,
  };
}

/** A file or folder that is a case: its adapter knows what lies in it. */
function wholeCase(folder: string, name: string, path: string, op: string = folder): GoldenCase {
  const empty = { inputs: [], params: [], outputs: [], upstream: [], grads: [], gradsAbsent: [] };
  const config = new Config();
  return {
    id: `${folder}/${name}`,
    folder,
    group: folder,
    op,
    config,
    atol: 1e-5,
    rtol: 1e-4,
    path,
    prefix: "",
    entry: config,
    ...empty,
  };
}

function readJson(path: string): Json {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Json;
  } catch (error) {
    throw new UsageError(`${path} is no JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}

function listedCases(folder: string, path: string): GoldenCase[] {
  const list = readJson(join(path, "cases.json"));
  const cases = typeof list === "object" && list !== null && "cases" in list ? list.cases : null;
  if (!Array.isArray(cases)) throw new UsageError(`${join(path, "cases.json")} has no list "cases"`);
  return cases.map((entry) => listedCase(folder, path, new Config(entry as Readonly<Record<string, Json>>)));
}

function subfolders(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((item) => item.isDirectory())
    .map((item) => item.name)
    .sort();
}

/** `format/`: valid and broken files as its list names them, and checkpoints (folders with a config). */
function formatCases(path: string): GoldenCase[] {
  const list = readJson(join(path, "cases.json")) as Readonly<
    Record<string, readonly Readonly<Record<string, Json>>[]>
  >;
  const files = (["valid", "broken"] as const).flatMap((kind) =>
    (list[kind] ?? []).map((entry) => {
      const config = new Config(entry);
      const file = config.string("file");
      return {
        ...wholeCase("format", file.replace(/\.safetensors$/, ""), join(path, file), kind),
        entry: config,
      };
    }),
  );
  const checkpoints = subfolders(path).filter((name) => existsSync(join(path, name, "config.json")));
  return [...files, ...checkpoints.map((name) => wholeCase("format", name, join(path, name), "checkpoint"))];
}

function folderCases(folder: string, path: string): GoldenCase[] {
  if (LISTED.includes(folder)) return listedCases(folder, path);
  if (MODELS.includes(folder))
    return subfolders(path).map((name) => wholeCase(folder, name, join(path, name)));
  if (folder === "format") return formatCases(path);
  if (folder === "tokenizers") {
    const files = readdirSync(path)
      .filter((name) => name.endsWith(".json"))
      .sort();
    return files.map((name) => wholeCase(folder, name.replace(/\.json$/, ""), join(path, name)));
  }
  return [];
}

/**
 * The cases below a folder of the documented layout: the whole of it, or one of its folders (`ops`, `hf`, ...).
 *
 * @throws UsageError if the folder is not there, or holds no cases
 */
export function findCases(dir: string): GoldenCase[] {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) throw new UsageError(`${dir} is no folder`);
  const known = [...LISTED, ...MODELS, "format", "tokenizers"];
  const present = known.filter((folder) => existsSync(join(dir, folder)));
  const cases =
    present.length > 0
      ? present.flatMap((folder) => folderCases(folder, join(dir, folder)))
      : known.includes(basename(dir))
        ? folderCases(basename(dir), dir)
        : existsSync(join(dir, "cases.json"))
          ? listedCases(basename(dirname(join(dir, "cases.json"))), dir)
          : [];
  if (cases.length === 0) throw new UsageError(`${dir} holds no cases (looked for ${known.join(", ")})`);
  return cases;
}

/**
 * The cases that a list of names chooses: folders (`ops`), groups (`ops_matmul`), ids.
 *
 * @throws UsageError for a name that chooses none
 */
export function chooseCases(cases: readonly GoldenCase[], names: readonly string[]): GoldenCase[] {
  if (names.length === 0) return [...cases];
  const matches = (each: GoldenCase, name: string): boolean =>
    each.id === name || each.group === name || each.folder === name || `${each.folder}/${each.id}` === name;
  for (const name of names) {
    if (!cases.some((each) => matches(each, name)))
      throw new UsageError(`no case, group or folder is named "${name}"`);
  }
  return cases.filter((each) => names.some((name) => matches(each, name)));
}
