import { spawnSync } from "node:child_process";
import { root } from "./workspace.ts";

/** Everything besides the tests that a change has to pass, each part timed; all run, any failure fails. */
const parts: [name: string, command: string[]][] = [
  ["types", ["turbo", "run", "types", "//#types:root", "--continue", "--output-logs=errors-only"]],
  ["lint", ["biome", "check", "."]],
  [
    "build, publint, attw",
    ["turbo", "run", "check:package", "--continue=dependencies-successful", "--output-logs=errors-only"],
  ],
  ["knip", ["knip"]],
  ["size budgets", ["node", "scripts/size.ts"]],
  ["release dry run", ["node", "scripts/release-check.ts"]],
];

const results: string[] = [];
for (const [name, [program, ...args]] of parts) {
  console.log(`\n--- ${name}: ${program} ${args.join(" ")}`);
  const started = performance.now();
  const { status } = spawnSync(program!, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  results.push(`${status === 0 ? "pass" : "FAIL"}  ${name} (${seconds} s)`);
  if (status !== 0) process.exitCode = 1;
}
console.log(`\n${results.join("\n")}`);
