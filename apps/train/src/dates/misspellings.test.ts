import { expect, test } from "vitest";
import { dateLocales } from "./locales.ts";
import { misspellings } from "./misspellings.ts";
import { localeTemplates } from "./templates.ts";

const locales = dateLocales.map(localeTemplates);
const wrong = misspellings(locales);
const names = locales.flatMap(({ tag, templates }) =>
  templates.flatMap(({ months }) =>
    months.flatMap((parts, month) =>
      parts.flatMap((part) => (part.kind === "monthName" ? [{ tag, month, text: part.text }] : [])),
    ),
  ),
);

test("no month name, right or wrong, in any language and case, is a name of two months", () => {
  const monthOf = new Map<string, number>();
  for (const { tag, month, text } of names) {
    for (const spelling of [text, ...(wrong.get(text) ?? [])]) {
      for (const cased of [spelling, spelling.toLocaleUpperCase(tag), spelling.toLocaleLowerCase(tag)]) {
        const folded = cased.toLowerCase();
        expect([folded, monthOf.get(folded) ?? month]).toEqual([folded, month]);
        monthOf.set(folded, month);
      }
    }
  }
});

test("swaps, drops, doubles and takes accents off; short names and other scripts stay", () => {
  expect(wrong.get("March")).toEqual(expect.arrayContaining(["Mach", "Macrh", "Marrch"]));
  expect(wrong.get("février")).toEqual(expect.arrayContaining(["fevrier", "févirer"]));
  expect(wrong.get("Μαρτίου")).toContain("Μαρτιου");
  expect(wrong.get("мая")).toEqual([]);
  expect(wrong.get("May")).toEqual([]);
  expect(wrong.get("दिसंबर")).toEqual([]);
  expect(wrong.get("أغسطس")).toEqual([]);
});

test("a slip that could be another month is not used", () => {
  expect(wrong.get("junho")).not.toContain("juho");
  expect(wrong.get("julho")).not.toContain("juho");
  expect(wrong.get("junho")).toContain("jnuho");
});
