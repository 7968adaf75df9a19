import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { documentedFiles } from "./sources.ts";

// Where the packages are found by their names.
const folder = fileURLToPath(new URL("../../node_modules/.snippets", import.meta.url));
const compiler = fileURLToPath(new URL("../../../../node_modules/.bin/tsc", import.meta.url));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Docstrings speak of names in scope around them; pages import what they use, and can be pasted into a strict project. */
test("snippets of READMEs and guides have types", async () => {
  mkdirSync(folder, { recursive: true });
  const files = documentedFiles()
    .filter(({ path }) => path.endsWith(".md") && !path.startsWith("apps/"))
    .flatMap(({ path, snippets }) =>
      snippets
        .filter(({ runnable }) => runnable)
        .map(({ line, code }) => {
          const name = `${path.replaceAll(/[/\\]/g, "-")}.${line}.ts`;
          writeFileSync(join(folder, name), `${code}\nexport {};\n`);
          return name;
        }),
    );
  const options = {
    extends: "../../../../tsconfig.base.json",
    compilerOptions: { noEmit: true, noUnusedLocals: false, noUnusedParameters: false },
    files,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
  const { stdout } = await promisify(execFile)(compiler, ["-p", folder]).catch((error) => error);
  expect(files.length).toBeGreaterThan(40);
  expect(stdout).toBe("");
});
