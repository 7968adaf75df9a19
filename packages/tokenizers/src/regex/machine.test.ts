import fc from "fast-check";
import { expect, it } from "vitest";
import { needsMemory } from "./ambiguity.ts";
import { Machine } from "./machine.ts";
import { OnigurumaRegex } from "./oniguruma.ts";
import { parseOniguruma } from "./parse.ts";
import { compileProgram } from "./program.ts";

/** Patterns that JavaScript's own matcher is trusted with. */
const { pattern } = fc.letrec<{ pattern: string; atom: string; group: string }>((tie) => ({
  atom: fc.constantFrom(
    ..."a b c é 😀 \\s \\w \\d \\S . [ab] [^a] [a-c&&[^b]] \\p{L} ^ $ \\b (?=a) (?!b) (?<=a) (?<!\\s) \\G (?i:ss)".split(
      " ",
    ),
  ),
  group: fc
    .tuple(fc.constantFrom("(?:", "(?>", "(?=", "(?!", "(?<=", "(?i:"), tie("pattern"))
    .map(([open, inner]) => `${open}${inner})`),
  pattern: fc.oneof(
    { depthSize: "small" },
    tie("atom"),
    fc
      .tuple(
        fc.constantFrom("a", "b", "[ab]", "\\w", "\\s", "."),
        fc.constantFrom("*", "+", "?", "*?", "+?", "??", "*+", "++", "{2}", "{1,2}"),
      )
      .map((parts) => parts.join("")),
    fc.tuple(tie("pattern"), tie("pattern")).map((parts) => parts.join("")),
    fc.tuple(tie("pattern"), tie("pattern")).map(([left, right]) => `(?:${left}|${right})`),
    tie("group"),
  ),
}));
const text = fc
  .array(fc.constantFrom("a", "b", "c", "A", "é", " ", "1", "\n", "ß", "s", "😀", "\ud800"))
  .map((parts) => parts.join(""));

function byMachine(source: string, text: string): number[] {
  const machine = new Machine(compileProgram(parseOniguruma(source, "pattern"), "pattern"), text);
  const matches: number[] = [];
  for (let from = 0, lastEnd = -1; from <= text.length; ) {
    const match = machine.search(from);
    if (match === undefined) break;
    if (match.start === match.end && match.end === lastEnd) {
      from = match.end + (text.codePointAt(match.end)! > 0xffff ? 2 : 1);
      continue;
    }
    matches.push(match.start, match.end);
    from = lastEnd = match.end;
  }
  return matches;
}

it("finds what JavaScript's matcher finds", () => {
  fc.assert(
    fc.property(pattern, text, (source, text) => {
      fc.pre(!needsMemory(parseOniguruma(source, "pattern")));
      expect(byMachine(source, text)).toEqual(new OnigurumaRegex(source).findAll(text));
    }),
    { numRuns: 500 },
  );
});

it("matches in lookbehinds and atomic groups, forwards and backwards", () => {
  expect(byMachine("(?<=(?:ab)+)c", "ababc abc c")).toEqual([4, 5, 8, 9]);
  expect(byMachine("(?<=(?>a|ab))c", "abc")).toEqual([2, 3]);
  expect(byMachine("(?:a|ab)*c", "aababc")).toEqual([0, 6]);
});
