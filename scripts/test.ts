import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { root, workspacePackages } from "./workspace.ts";

/** `npm test`: every package's tests through turbo, then one closing line over all of them. */
const packages = workspacePackages().filter((it) => it.manifest.scripts?.test);
const report = (dir: string): string => join(dir, ".vitest", "report.json");
for (const { dir } of packages) rmSync(report(dir), { force: true });

const { status } = spawnSync(
  "turbo",
  ["run", "test", "--continue", "--output-logs=new-only", ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit" },
);

const total = { passed: 0, failed: 0, skipped: 0 };
let broken = false;
for (const { dir } of packages) {
  const file = report(dir);
  if (!existsSync(file)) {
    console.log(`${relative(root, dir)}: no test report`);
    broken = true;
    continue;
  }
  const json = JSON.parse(readFileSync(file, "utf8"));
  total.passed += json.numPassedTests;
  total.failed += json.numFailedTests;
  total.skipped += json.numPendingTests + json.numTodoTests;
  for (const suite of json.testResults) {
    // A file that does not load has no failed test to count, yet is a failure.
    if (suite.status === "failed" && suite.assertionResults.length === 0) total.failed++;
    if (suite.status !== "failed") continue;
    for (const it of suite.assertionResults) {
      if (it.status === "failed") console.log(`failed: ${relative(root, suite.name)} > ${it.fullName}`);
    }
    if (suite.assertionResults.length === 0) console.log(`failed: ${relative(root, suite.name)}`);
  }
  if (json.numTotalTests === 0) console.log(`${relative(root, dir)}: has no tests`);
  if (!json.success) broken = true;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = status !== 0 || broken || total.failed > 0 ? 1 : 0;
