import { existsSync, globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { docstringSnippets, markdownSnippets, type Snippet } from "./extract.ts";

export interface DocumentedFile {
  /** relative to the root of the repository */
  readonly path: string;
  readonly snippets: readonly Snippet[];
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
}

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const manifests = globSync("{packages,apps}/*/package.json", { cwd: root }).map((path) => ({
  path,
  manifest: JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest,
}));
const published = manifests.filter(({ manifest }) => !manifest.private);

/** The names by which every published package's entries are imported. */
export const publicEntries: readonly string[] = published.flatMap(({ manifest }) =>
  Object.keys(manifest.exports ?? {})
    .filter((subpath) => subpath !== "./package.json")
    .map((subpath) => manifest.name + subpath.slice(1)),
);

/**
 * Every README, every guide, and every source file of a published package, where they have snippets. A folder with
 * an `examples.test.ts` runs the examples of its files itself, with names of its own in scope.
 */
export function documentedFiles(): DocumentedFile[] {
  const markdown = ["README.md", ...globSync(["{packages,apps}/*/README.md", "docs/**/*.md"], { cwd: root })]
    .filter((path) => existsSync(join(root, path)))
    .map((path) => ({ path, snippets: markdownSnippets(readFileSync(join(root, path), "utf8")) }));
  const sources = published
    .flatMap(({ path }) =>
      globSync("src/**/*.ts", { cwd: join(root, path, "..") }).map((file) => join(path, "..", file)),
    )
    .filter((path) => !/\.test\.ts$|\/generated\//.test(path))
    .filter((path) => !existsSync(join(root, path, "..", "examples.test.ts")))
    .map((path) => ({ path, snippets: docstringSnippets(readFileSync(join(root, path), "utf8")) }));
  return [...markdown, ...sources]
    .filter(({ snippets }) => snippets.length > 0)
    .map((it) => ({ ...it, path: relative(root, join(root, it.path)) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The URL of a file, for importing it. */
export const urlOf = (path: string): string => join(root, path);
