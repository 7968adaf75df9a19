import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { publicPackages, root } from "./workspace.ts";

/**
 * Bundles every entry of every built package (minified, other packages external), holds it to its budget, and
 * sees to it that only entries that end in `/node` import Node's modules outright.
 */
const budgets: Record<string, number> = JSON.parse(
  readFileSync(join(root, "scripts/size-budgets.json"), "utf8"),
);
const unused = new Set(Object.keys(budgets));
let failed = false;

for (const { dir, manifest } of publicPackages()) {
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    if (typeof target === "string" || !target.default) continue;
    const name = join(manifest.name, subpath);
    if (!existsSync(join(dir, target.default))) {
      console.log(`${name.padEnd(32)} is not built: npm run build`);
      failed = true;
      continue;
    }
    const { outputFiles, metafile } = await build({
      entryPoints: [join(dir, target.default)],
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: "esm",
      target: "es2022",
      platform: "neutral",
      external: ["node:*", "koffi", "@saccade/*"],
    });
    const kilobytes = gzipSync(outputFiles[0]!.contents, { level: 9 }).length / 1000;
    const budget = budgets[name];
    unused.delete(name);
    const verdict =
      budget === undefined ? "NO BUDGET in scripts/size-budgets.json" : kilobytes > budget ? "OVER" : "ok";
    const forNode = Object.values(metafile.outputs)
      .flatMap((it) => it.imports)
      .filter((it) => it.kind === "import-statement" && it.path.startsWith("node:"));
    if (forNode.length > 0 && !subpath.endsWith("/node")) {
      console.log(`${name} is for browsers too, but imports ${forNode[0]!.path}`);
      failed = true;
    }
    if (verdict !== "ok") failed = true;
    console.log(
      `${name.padEnd(32)} ${kilobytes.toFixed(1).padStart(7)} kB gzip, budget ${budget ?? "-"} kB  ${verdict}`,
    );
  }
}
for (const name of unused) {
  console.log(`${name}: has a budget but is not an entry`);
  failed = true;
}
process.exitCode = failed ? 1 : 0;
