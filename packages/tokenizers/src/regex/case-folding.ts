import { escapeCodePoint } from "./node.ts";

/** What matches what where case does not count. */
interface CaseTables {
  /** All characters that match this one, itself included. */
  readonly groups: ReadonlyMap<number, readonly number[]>;
  /** The one character that stands for all of a group. */
  readonly keys: ReadonlyMap<number, number>;
  /** Characters that match a string of several characters, by that string: `ss` -> ß, ẞ. */
  readonly byExpansion: ReadonlyMap<string, readonly number[]>;
  readonly expansions: ReadonlyMap<number, string>;
}

const LAST_CASED = 0x1e943; // Adlam, the last script with case
const CAPITAL_SHARP_S = 0x1e9e; // the only one whose lower case is one character, ß, that folds to two
let tables: CaseTables | undefined;

/** Built when matching without case is first asked for: a walk over the characters that have case. */
function caseTables(): CaseTables {
  tables ??= buildTables();
  return tables;
}

function buildTables(): CaseTables {
  const byKey = new Map<number, number[]>();
  const byExpansion = new Map<string, number[]>();
  const expansions = new Map<number, string>();
  for (let codePoint = 0; codePoint <= LAST_CASED; codePoint++) {
    if (codePoint === 0xd800) codePoint = 0xe000;
    const character = String.fromCodePoint(codePoint);
    const lower = character.toLowerCase();
    const folded = character.toUpperCase().toLowerCase();
    if (folded === character && lower === character) continue;
    const long = codePoint === CAPITAL_SHARP_S ? "ss" : lower.length > character.length ? lower : folded;
    if (long.length > character.length) {
      byExpansion.set(long, [...(byExpansion.get(long) ?? []), codePoint]);
      expansions.set(codePoint, long);
    }
    const key = folded.length > character.length ? lower : folded;
    const keyCodePoint = (key.length > character.length ? character : key).codePointAt(0)!;
    byKey.set(keyCodePoint, [...(byKey.get(keyCodePoint) ?? []), codePoint]);
  }
  const groups = new Map<number, readonly number[]>();
  const keys = new Map<number, number>();
  for (const [key, members] of byKey) {
    // the dotless i has I as its upper case, but is another letter: JavaScript's own folding knows
    const same = new RegExp(`^\\u{${key.toString(16)}}$`, "iu");
    const group = new Set([key, ...members].filter((member) => same.test(String.fromCodePoint(member))));
    for (const member of group) {
      groups.set(member, [...group]);
      keys.set(member, key);
    }
  }
  return { groups, keys, byExpansion, expansions };
}

/** The characters that match `codePoint` where case does not count, as class members. */
export function caseVariants(codePoint: number): string {
  return (caseTables().groups.get(codePoint) ?? [codePoint]).map(escapeCodePoint).join("");
}

/** The single characters that match the beginning of `text`, at least two characters of it: `ss...` -> ß, ẞ. */
export function ligaturesFor(
  text: readonly number[],
): { readonly length: number; readonly members: string } | undefined {
  const { byExpansion, keys } = caseTables();
  const folded = text.slice(0, 3).map((codePoint) => keys.get(codePoint) ?? codePoint);
  for (let length = folded.length; length >= 2; length--) {
    const characters = byExpansion.get(String.fromCodePoint(...folded.slice(0, length)));
    if (characters !== undefined) return { length, members: characters.map(escapeCodePoint).join("") };
  }
  return undefined;
}

/** The string of several characters that matches `codePoint` where case does not count: ß -> `ss`. */
export function expansionOf(codePoint: number): string | undefined {
  return caseTables().expansions.get(codePoint);
}

/** A member of a class that matches several characters where case does not count. */
export function memberWithExpansion(members: string): string | undefined {
  const matches = new RegExp(`^[${members}]$`, "v");
  for (const codePoint of caseTables().expansions.keys()) {
    const character = String.fromCodePoint(codePoint);
    if (matches.test(character)) return character;
  }
  return undefined;
}

/** Class members, with everything that differs from one of them in case only. */
export function closeOverCase(members: string): string {
  const matches = new RegExp(`^[${members}]$`, "v");
  let missing = "";
  for (const group of new Set(caseTables().groups.values())) {
    const outside = group.filter((codePoint) => !matches.test(String.fromCodePoint(codePoint)));
    if (outside.length < group.length) missing += outside.map(escapeCodePoint).join("");
  }
  return missing === "" ? members : `[${members}]${missing}`;
}
