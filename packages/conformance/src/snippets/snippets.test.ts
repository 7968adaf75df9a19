import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileSnippet } from "./compile.ts";
import { runSnippet } from "./run-snippet.ts";
import { documentedFiles, publicEntries, urlOf } from "./sources.ts";

const notRun = gpuTests.leftOut;
if (!notRun) useSoftwareAdapter();

const exported: Record<string, unknown> = {};
for (const name of publicEntries) Object.assign(exported, await import(/* @vite-ignore */ name));

// Snippets may write files: into a folder that goes away.
const home = process.cwd();
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "saccade-snippets-"));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

/** Every README and docstring says what is true: its snippets run, and what they claim holds. */
for (const { path, snippets } of documentedFiles()) {
  describe(path, () => {
    for (const { line, code, runnable } of snippets) {
      if (notRun && path.startsWith("packages/gpu-kernels")) {
        test.skip(gpuTests.title(`line ${line}`), () => {});
      } else if (runnable) {
        test(`line ${line}`, async () => {
          const own = path.endsWith(".ts") ? await import(/* @vite-ignore */ urlOf(path)) : {};
          await runSnippet(code, { ...exported, ...own });
        });
      } else {
        test(`line ${line} (no-run) parses`, () => {
          expect(() => new Function(`return async () => ${compileSnippet(code)}`)).not.toThrow();
        });
      }
    }
  });
}
