import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Installs the peers, as ../peers/package-lock.json pins them, into ../peers-installed (1.1 GB), from npm alone: no install script runs. */
const from = fileURLToPath(new URL("../peers/", import.meta.url));
const to = fileURLToPath(new URL("../peers-installed/", import.meta.url));
mkdirSync(to, { recursive: true });
for (const file of ["package.json", "package-lock.json"]) copyFileSync(join(from, file), join(to, file));
const { status } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
  cwd: to,
  env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" },
  shell: process.platform === "win32",
  stdio: "inherit",
});
process.exitCode = status ?? 1;
