import { closeOverCase, memberWithExpansion } from "./case-folding.ts";
import { readCharacterEscape, readClassEscape } from "./escapes.ts";
import { escapeCodePoint } from "./node.ts";
import type { PatternReader } from "./pattern-reader.ts";
import { POSIX_BRACKETS, WORD_IN_CLASS } from "./properties.ts";

/**
 * Reads a bracketed class, after its `[`, with ranges, classes in it, `[:posix:]` and `&&`.
 *
 * @returns a class of JavaScript in `v` mode, with its brackets
 */
export function readClass(reader: PatternReader, ignoreCase: boolean): string {
  const { negated, members } = readMembers(reader);
  if (!ignoreCase) return negated ? `[^${members}]` : `[${members}]`;
  const long = negated ? undefined : memberWithExpansion(members);
  if (long !== undefined) {
    throw reader.error(`case-insensitive classes with ${long}, which also matches several characters`);
  }
  return negated ? `[^${closeOverCase(members)}]` : `[${closeOverCase(members)}]`;
}

function readMembers(reader: PatternReader): { negated: boolean; members: string } {
  const negated = reader.take("^");
  const operands: string[] = []; // between `&&`
  let members = "";
  for (let isFirst = true; ; isFirst = false) {
    if (reader.done) throw reader.error("a character class does not end");
    if (reader.peek() === "]") {
      const isLiteral = isFirst && reader.match(/^\](?=.*\])/su) !== null;
      if (isFirst && !isLiteral) throw reader.error("an empty character class");
      if (!isLiteral) break;
      members += readRange(reader, 0x5d);
    } else if (reader.take("&&")) {
      operands.push(members);
      members = "";
    } else {
      members += readMember(reader);
    }
  }
  reader.next();
  if (operands.length === 0) return { negated, members };
  // an operand that is empty matches nothing
  const all = [...operands, members].map((operand) => (operand === "" ? "[]" : `[${operand}]`));
  return { negated, members: `[${all.join("&&")}]` };
}

function readMember(reader: PatternReader): string {
  const posix = reader.match(/^\[:(\^?)([a-z]+):\]/u);
  if (posix !== null) {
    const [, caret, name] = posix;
    if (!Object.hasOwn(POSIX_BRACKETS, name!)) throw reader.error(`there is no POSIX class ${name}`);
    const members = POSIX_BRACKETS[name!]!;
    return checkNoRange(reader, caret === "^" ? `[^${members}]` : members);
  }
  if (reader.take("[")) {
    const { negated, members } = readMembers(reader);
    return negated ? `[^${members}]` : `[${members}]`;
  }
  if (reader.take("\\")) {
    const members = readClassEscape(reader, WORD_IN_CLASS);
    if (members !== undefined) return checkNoRange(reader, members);
    return readRange(reader, reader.take("b") ? 8 : readCharacterEscape(reader));
  }
  return readRange(reader, reader.next().codePointAt(0)!);
}

/** A character, or the range that begins with it. */
function readRange(reader: PatternReader, first: number): string {
  let last = first;
  // a hyphen before the end, a nested class or `&&` is a hyphen
  if (reader.peek() === "-" && !["]", "[", ""].includes(reader.peek(1))) {
    reader.next();
    if (!reader.take("\\")) last = reader.next().codePointAt(0)!;
    else if (/[wWsSdDhHpP]/u.test(reader.peek())) throw reader.error("a class as the end of a range");
    else last = readCharacterEscape(reader);
    if (last < first) throw reader.error("a range that ends before it begins");
  }
  if (last === first) return escapeCodePoint(first);
  return `${escapeCodePoint(first)}-${escapeCodePoint(last)}`;
}

function checkNoRange(reader: PatternReader, members: string): string {
  if (reader.peek() === "-" && !["]", "[", ""].includes(reader.peek(1))) {
    throw reader.error("a class as the beginning of a range");
  }
  return members;
}
