import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { describe, expect, test } from "vitest";
import * as tokenizers from "./index.ts";

/** Every snippet of the README and every `@example` is run; a line `value; // => expected` is checked. */
const root = new URL("..", import.meta.url);
const sources = readdirSync(new URL("src", root))
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .map((file) => `src/${file}`);

describe("README.md", () => {
  const readme = readFileSync(new URL("README.md", root), "utf8");
  const snippets = Array.from(readme.matchAll(/```ts\n(.*?)```/gs), (match) => match[1]);
  test.each(snippets)("snippet %#", (snippet) => run(snippet));
});

describe("@example", () => {
  const examples = sources.flatMap((file) => {
    const blocks = readFileSync(new URL(file, root), "utf8").matchAll(/\/\*\*(.*?)\*\//gs);
    return Array.from(blocks, (block) => block[1].replace(/^\s*\* ?/gm, ""))
      .filter((text) => text.includes("@example"))
      .map((text) => ({ file, code: text.slice(text.indexOf("@example") + "@example".length) }));
  });
  test.each(examples)("in $file, number %#", ({ code }) => run(code));
});

function run(code: string): void {
  const body = stripTypeScriptTypes(code.replace(/^import .*$/gm, "")).replace(
    /^(\s*)(.+?); \/\/ => (.+)$/gm,
    "$1check($2, $3);",
  );
  let checks = 0;
  const check = (got: unknown, wanted: unknown): void => {
    checks++;
    expect(got).toEqual(wanted);
  };
  new Function("check", ...Object.keys(tokenizers), body)(check, ...Object.values(tokenizers));
  expect(checks, "a snippet that checks nothing").toBeGreaterThan(0);
}
