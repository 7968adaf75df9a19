import type { LocaleTemplates } from "./templates.ts";

/** Scripts of single letters, in which a slip of the finger makes another letter and nothing else. */
const letters = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]$/u;
const shortest = 5; // of a shorter name too little would be left

/**
 * For every month name the wrong spellings that can be used: two neighbouring letters swapped, a letter left
 * out or doubled, all accents left out. A spelling that would also be one of another month, in any language
 * and either letter case, is not in the list (*juho* is a slip of *junho* and of *julho*).
 *
 * @example misspellings([localeTemplates({ tag: "fr", forms: [] })]).get("août"); // => ["aout"]
 */
export function misspellings(locales: readonly LocaleTemplates[]): ReadonlyMap<string, readonly string[]> {
  const monthsOf = new Map<string, Set<number>>(); // every spelling, right or wrong, to the months that it can be
  const namesByTag = new Map<string, { tag: string; wrong: string[] }>();
  const note = (text: string, tag: string, month: number): void => {
    for (const folded of new Set([text.toLowerCase(), text.toLocaleUpperCase(tag).toLowerCase()])) {
      const months = monthsOf.get(folded) ?? new Set();
      monthsOf.set(folded, months.add(month));
    }
  };
  for (const { tag, templates } of locales) {
    for (const template of templates) {
      for (const [month, parts] of template.months.entries()) {
        for (const part of parts) {
          if (part.kind !== "monthName") continue;
          const wrong = slips(part.text);
          for (const text of [part.text, ...wrong]) note(text, tag, month);
          namesByTag.set(part.text, { tag, wrong });
        }
      }
    }
  }
  const isClear = (text: string, tag: string): boolean =>
    [text.toLowerCase(), text.toLocaleUpperCase(tag).toLowerCase()].every(
      (folded) => monthsOf.get(folded)?.size === 1,
    );
  return new Map(
    Array.from(namesByTag, ([name, { tag, wrong }]) => [name, wrong.filter((text) => isClear(text, tag))]),
  );
}

function slips(name: string): string[] {
  const all = Array.from(name);
  const wrong = new Set<string>([withoutAccents(name)]);
  if (all.filter((character) => letters.test(character)).length >= shortest) {
    for (let i = 1; i < all.length; i++) {
      if (!letters.test(all[i - 1]) || !letters.test(all[i])) continue;
      const [before, after] = [all.slice(0, i), all.slice(i + 1)];
      wrong.add([...before, ...after].join(""));
      wrong.add([...before, all[i], all[i], ...after].join(""));
      wrong.add([...before.slice(0, -1), all[i], all[i - 1], ...after].join(""));
    }
  }
  wrong.delete(name);
  return [...wrong];
}

/** Latin and Greek only: Cyrillic й without its mark would be another letter. */
function withoutAccents(name: string): string {
  return name
    .normalize("NFD")
    .replace(/([\p{Script=Latin}\p{Script=Greek}])[\u0300-\u036F]+/gu, "$1")
    .normalize("NFC");
}
