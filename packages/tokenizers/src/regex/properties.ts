/**
 * Character classes of Oniguruma by name, as members of a JavaScript class in `v` mode.
 *
 * `\w` is looked up by Oniguruma in the tables of Latin-1 when it stands alone, and then has the superscript
 * digits and fractions as well; inside of brackets it has not.
 *
 * @see Oniguruma, doc/RE and doc/UNICODE_PROPERTIES
 */
export const WORD_IN_CLASS = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";
export const WORD = `${WORD_IN_CLASS}\\u{b2}\\u{b3}\\u{b9}\\u{bc}-\\u{be}`;
export const SPACE = "\\p{White_Space}";
export const DIGIT = "\\p{Nd}";
export const HEX_DIGIT = "0-9A-Fa-f";

/** `[:name:]` */
export const POSIX_BRACKETS: Readonly<Record<string, string>> = {
  alnum: "\\p{Alphabetic}\\p{Nd}",
  alpha: "\\p{Alphabetic}",
  ascii: "\\p{ASCII}",
  blank: "\\p{Zs}\\t",
  cntrl: "\\p{Cc}",
  digit: DIGIT,
  graph: "[\\p{Any}--[\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}]]",
  lower: "\\p{Lowercase}",
  print: "[\\p{Any}--[\\p{Zl}\\p{Zp}\\p{Cc}\\p{Cn}\\p{Cs}]]",
  punct: "\\p{P}\\p{S}",
  space: SPACE,
  upper: "\\p{Uppercase}",
  word: WORD_IN_CLASS,
  xdigit: HEX_DIGIT,
};

/** Names in `\p{...}` that JavaScript does not have, or that mean something else there. */
const OWN_PROPERTIES: Readonly<Record<string, string>> = {
  ...POSIX_BRACKETS,
  punct: "\\p{P}",
  word: WORD,
  any: "\\p{Any}",
  assigned: "\\p{Assigned}",
};

/** `\p{name}` as class members; `undefined` where there is no such property. */
export function propertyMembers(name: string): string | undefined {
  const plain = name.replace(/[\s_-]/g, "").toLowerCase();
  if (Object.hasOwn(OWN_PROPERTIES, plain)) return OWN_PROPERTIES[plain];
  if (name.includes("=")) return undefined;
  for (const spelling of spellings(name)) {
    for (const members of [`\\p{${spelling}}`, `\\p{Script=${spelling}}`]) {
      if (isClass(members)) return members;
    }
  }
  return undefined;
}

/** JavaScript takes only one spelling of a name, Oniguruma any: `LETTER`, `old_italic`, `lu`. */
function spellings(name: string): string[] {
  const words = name.split(/[\s_-]+/).filter((word) => word !== "");
  const capitals = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase());
  return [name, capitals.join("_"), capitals.join(" "), name.toUpperCase()];
}

function isClass(members: string): boolean {
  try {
    new RegExp(`[${members}]`, "v");
    return true;
  } catch {
    return false;
  }
}
