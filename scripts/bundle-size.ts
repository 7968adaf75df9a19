import { relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** What a bundler makes of an entry: minified, other packages external. */
export interface BundleSize {
  /** Gzipped kB of the entry and of all that it imports. */
  readonly atOnce: number;
  /** Gzipped kB of the largest of the pieces that it may import later, with `import()`. */
  readonly onDemand: number;
  /** A module of Node's that it imports outright. */
  readonly nodeImport: string | undefined;
}

export async function bundleSize(entry: string): Promise<BundleSize> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    outdir: "bundle",
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    external: ["node:*", "koffi", "@saccade/*"],
  });
  const { outputs } = metafile;
  const kilobytes = new Map(
    outputFiles.map(({ path, contents }) => [
      relative("", path),
      gzipSync(contents, { level: 9 }).length / 1000,
    ]),
  );
  const importsOf = (path: string, kind: string, external: boolean): string[] =>
    outputs[path]!.imports.filter((it) => it.kind === kind && Boolean(it.external) === external).map(
      (it) => it.path,
    );

  const main = Object.keys(outputs).find((path) => outputs[path]!.entryPoint === relative("", entry))!;
  const loaded = new Set([main]);
  for (const path of loaded) for (const next of importsOf(path, "import-statement", false)) loaded.add(next);
  const later = [...loaded].flatMap((path) => importsOf(path, "dynamic-import", false));
  return {
    atOnce: [...loaded].reduce((sum, path) => sum + kilobytes.get(path)!, 0),
    onDemand: Math.max(0, ...later.map((path) => kilobytes.get(path)!)),
    nodeImport: [...loaded]
      .flatMap((path) => importsOf(path, "import-statement", true))
      .find((path) => path.startsWith("node:")),
  };
}

/** Gzipped kB of what a bundler makes of `export { name } from "entry"`, minified, with all packages that it needs. */
export async function importSize(entry: string, name: string, resolveDir: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${name} } from "${entry}"`, resolveDir },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "browser",
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length / 1000;
}
