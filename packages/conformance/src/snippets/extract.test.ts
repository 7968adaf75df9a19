import { expect, test } from "vitest";
import { compileSnippet } from "./compile.ts";
import { docstringSnippets, markdownSnippets } from "./extract.ts";
import { runSnippet } from "./run-snippet.ts";

test("takes the ts blocks of a Markdown text, with their lines", () => {
  const text =
    "# A\n\n```ts\nconst a = 1;\n```\n\n```sh\nls\n```\n\n- in a list\n\n  ```ts no-run\n  open();\n  ```\n";
  expect(markdownSnippets(text)).toEqual([
    { line: 4, code: "const a = 1;", runnable: true },
    { line: 14, code: "open();", runnable: false },
  ]);
});

test("takes the examples of docstrings: inline, on rows of their own, and fenced", () => {
  const source = `/** One. @nothing */
/**
 * Two.
 *
 * @example f(1); // => 2
 * @param x  something
 */
  /**
   * @example
   * const y = f(2);
   * y; // => 3
   * @see elsewhere
   */
/**
 * @example
 * Text around it.
 * \`\`\`ts no-run
 * open("file");
 * \`\`\`
 */`;
  expect(docstringSnippets(source)).toEqual([
    { line: 5, code: "f(1); // => 2", runnable: true },
    { line: 9, code: "const y = f(2);\ny; // => 3", runnable: true },
    { line: 18, code: 'open("file");', runnable: false },
  ]);
});

test("imports are loaded, types are dropped", () => {
  expect(compileSnippet('import { a as b, type C } from "m";\nconst x: number = b;')).toMatch(
    /const \{ a: b,\s+\} = await load\("m"\);/,
  );
});

test("runs code, and checks what it claims", async () => {
  await runSnippet('import { tensor } from "@saccade/core";\ntensor([1, 2]).add(1); // => [2, 3]', {});
  await runSnippet("const third: number = 1 / 3; // => 0.3333\nusing two = tensor([2]); // => [2]", {
    tensor: (await import("@saccade/core")).tensor,
  });
  await expect(runSnippet("1 + 1; // => 3", {})).rejects.toThrow("expected 3 (got 2)");
  await expect(runSnippet("nothing.here();", {})).rejects.toThrow("nothing is not defined");
});
