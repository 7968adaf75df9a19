import { readFileSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

type Manifest = { exports: Record<string, string | Record<string, string>> };

/**
 * The build of every published package: one ESM entry per `exports` entry of its package.json, with shared
 * chunks, so that a class (Tensor, Module) is one class across entries. Types come from `tsc`.
 */
export function library(packageUrl: string, overrides: Options = {}): ReturnType<typeof defineConfig> {
  const manifest = JSON.parse(readFileSync(new URL("package.json", packageUrl), "utf8")) as Manifest;
  const entry: Record<string, string> = {};
  for (const target of Object.values(manifest.exports)) {
    const source = typeof target === "string" ? undefined : target["@saccade/source"];
    if (source) entry[source.replace(/^\.\/src\//, "").replace(/\.ts$/, "")] = source;
  }
  return defineConfig({
    entry,
    format: "esm",
    target: "es2022", // lowers `using`, which Node 20 and Safari lack
    platform: "neutral",
    external: [/^node:/],
    removeNodeProtocol: false,
    splitting: true,
    treeshake: false,
    sourcemap: true,
    clean: true,
    dts: false,
    ...overrides,
  });
}
