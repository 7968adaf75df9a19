import { readFileSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

/**
 * Marks `defineOp(...)` as free of side effects: it registers an op, and only tests walk the registry. What nobody imports
 * is then left out of a bundle. (esbuild heeds `@__NO_SIDE_EFFECTS__` at the function within one file only.)
 */
const pureOps: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "pure-ops",
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const made = /^(?! \*)(.*(?:= |return ))(?=defineOp[<(])/gm; // no examples in comments
      return { contents: readFileSync(path, "utf8").replace(made, "$1/* @__PURE__ */ "), loader: "ts" };
    });
  },
};

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
    esbuildPlugins: [pureOps],
    ...overrides,
  });
}
