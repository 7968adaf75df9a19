import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleSize, importSize } from "./bundle-size.ts";
import { publicPackages, root } from "./workspace.ts";

/**
 * Bundles every entry of every built package, holds what a page loads of it to its budget, and
 * sees to it that only entries that end in `/node` import Node's modules outright. A budget of `entry { name }` is that of
 * one import with all packages that it needs: what is not imported is not bundled.
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
    const { atOnce, onDemand, nodeImport } = await bundleSize(join(dir, target.default));
    const budget = budgets[name];
    unused.delete(name);
    const verdict =
      budget === undefined
        ? "NO BUDGET in scripts/size-budgets.json"
        : atOnce + onDemand > budget
          ? "OVER"
          : "ok";
    if (nodeImport && !subpath.endsWith("/node")) {
      console.log(`${name} is for browsers too, but imports ${nodeImport}`);
      failed = true;
    }
    if (verdict !== "ok") failed = true;
    console.log(
      `${name.padEnd(32)} ${atOnce.toFixed(1).padStart(7)} kB gzip${onDemand > 0 ? ` + ${onDemand.toFixed(1)} on demand` : ""}, budget ${budget ?? "-"} kB  ${verdict}`,
    );
  }
}
for (const key of [...unused]) {
  const [, entry, name] = key.match(/^(\S+) { (\w+) }$/) ?? [];
  if (!entry || !name) continue;
  unused.delete(key);
  const size = await importSize(entry, name, join(root, "packages/conformance"));
  if (size > budgets[key]!) failed = true;
  const verdict = size > budgets[key]! ? "OVER" : "ok";
  console.log(
    `${key.padEnd(48)} ${size.toFixed(1).padStart(7)} kB gzip, budget ${budgets[key]} kB  ${verdict}`,
  );
}
for (const name of unused) {
  console.log(`${name}: has a budget but is not an entry`);
  failed = true;
}
process.exitCode = failed ? 1 : 0;
