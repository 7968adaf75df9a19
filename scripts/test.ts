import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { root, workspacePackages } from "./workspace.ts";

/** `npm test`: every package's tests through turbo; then the slowest files, and one closing line over all of them. */
const packages = workspacePackages().filter((it) => it.manifest.scripts?.test);
const report = (dir: string): string => join(dir, ".vitest", "report.json");
for (const { dir } of packages) rmSync(report(dir), { force: true });

const { status } = spawnSync(
  "turbo",
  ["run", "test", "--continue", "--output-logs=new-only", ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit" },
);

const SLOWEST = 12;

const total = { passed: 0, failed: 0, skipped: 0 };
const notes: string[] = [];
const files: { name: string; seconds: number }[] = [];
let broken = false;
for (const { dir } of packages) {
  const file = report(dir);
  if (!existsSync(file)) {
    notes.push(`${relative(root, dir)}: no test report`);
    broken = true;
    continue;
  }
  const json = JSON.parse(readFileSync(file, "utf8"));
  total.passed += json.numPassedTests;
  total.failed += json.numFailedTests;
  total.skipped += json.numPendingTests + json.numTodoTests;
  for (const suite of json.testResults) {
    files.push({ name: relative(root, suite.name), seconds: (suite.endTime - suite.startTime) / 1000 });
    // A file that does not load has no failed test to count, yet is a failure.
    if (suite.status === "failed" && suite.assertionResults.length === 0) total.failed++;
    if (suite.status !== "failed") continue;
    for (const it of suite.assertionResults) {
      if (it.status === "failed") notes.push(`failed: ${relative(root, suite.name)} > ${it.fullName}`);
    }
    if (suite.assertionResults.length === 0) notes.push(`failed: ${relative(root, suite.name)}`);
  }
  if (json.numTotalTests === 0) notes.push(`${relative(root, dir)}: has no tests`);
  if (!json.success) broken = true;
}
files.sort((a, b) => b.seconds - a.seconds);
console.log(`\nthe slowest of ${files.length} files:`);
for (const { name, seconds } of files.slice(0, SLOWEST))
  console.log(`${seconds.toFixed(1).padStart(7)} s  ${name}`);
console.log("");
for (const note of notes) console.log(note);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = status !== 0 || broken || total.failed > 0 ? 1 : 0;
