import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { describe, expect, test } from "vitest";

/**
 * Tests that run every `ts` snippet of a README and every `@example` in the docstrings of a folder.
 *
 * A line `value; // => expected` is checked (deep equality), and a snippet without such a line fails. Imports
 * are dropped: the snippet sees the names in `scope`. `await` is allowed.
 *
 * @param folder  the folder whose `.ts` files (not the tests, not subfolders) are read
 * @param scope  what snippets import, by name: `import * as scope from "./index.ts"`
 * @param readme  a Markdown file, if there is one
 * @example exampleTests(new URL(".", import.meta.url), { DateTask });
 */
export function exampleTests(folder: URL, scope: Readonly<Record<string, unknown>>, readme?: URL): void {
  if (readme) {
    const snippets = readFileSync(readme, "utf8").matchAll(/```ts\n(.*?)```/gs);
    describe("README.md", () => {
      test.each(Array.from(snippets, ([, code]) => code))("snippet %#", (code) => run(code, scope));
    });
  }
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  describe("@example", () => {
    test.each(files.flatMap((file) => examplesOf(folder, file)))("in $file: $code", ({ code }) =>
      run(code, scope),
    );
  });
}

function examplesOf(folder: URL, file: string): { file: string; code: string }[] {
  const docstrings = readFileSync(new URL(file, folder), "utf8").matchAll(/^[ ]*\/\*\*(.*?)\*\//gms);
  return Array.from(docstrings, ([, text]) => text.replace(/^\s*\* ?/gm, ""))
    .flatMap((text) => text.split(/^\s*@(?=[a-z])/m))
    .filter((block) => block.startsWith("example"))
    .map((block) => ({ file, code: block.slice("example".length).trim() }));
}

async function run(code: string, scope: Readonly<Record<string, unknown>>): Promise<void> {
  const body = stripTypeScriptTypes(code.replace(/^import [^;]*;$/gm, ""))
    .replace(/^(\s*)(.+?); \/\/ => (.+)$/gm, "$1check($2, $3);")
    .trim();
  let checks = 0;
  const check = (got: unknown, wanted: unknown): void => {
    checks++;
    expect(got).toEqual(wanted);
  };
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  await new AsyncFunction("check", ...Object.keys(scope), body)(check, ...Object.values(scope));
  expect(checks, "a snippet that checks nothing: add `value; // => expected`").toBeGreaterThan(0);
}
