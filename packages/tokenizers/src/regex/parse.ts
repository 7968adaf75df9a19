import { repeatsEmptyFirst } from "./ambiguity.ts";
import { caseVariants, expansionOf, ligaturesFor } from "./case-folding.ts";
import { readCharacterEscape, readClassEscape } from "./escapes.ts";
import { choice, escapeCodePoint, look, type RegexNode, type RepeatMode, sequence, set } from "./node.ts";
import { PatternReader } from "./pattern-reader.ts";
import { WORD } from "./properties.ts";
import { readClass } from "./read-class.ts";

interface Options {
  readonly ignoreCase: boolean;
  /** The dot matches line feeds, too (Oniguruma's `m`). */
  readonly dotAll: boolean;
  /** White space and comments do not count (`x`). */
  readonly extended: boolean;
}

/** An item of a sequence; `literal` where it is one character as written, without a quantifier. */
interface Item {
  readonly node: RegexNode;
  readonly literal?: number;
}

const ANY = set("[\\p{Any}]");
const NEWLINE = set("[\\n]");
const NOT_NEWLINE = set("[^\\n]");
const START: RegexNode = { type: "start" };
const END: RegexNode = { type: "end" };
const LINE_START = choice([START, sequence([look(NEWLINE, true, false), look(ANY, false, false)])]);
const LINE_END = choice([END, look(NEWLINE, false, false)]);
const LAST_LINE_END = choice([END, look(sequence([NEWLINE, END]), false, false)]);
const LINE_BREAK: RegexNode = {
  type: "atomic",
  node: choice([sequence([set("[\\r]"), NEWLINE]), set("[\\n-\\r\\u{85}\\u{2028}\\u{2029}]")]),
};
const MAX_REPEAT = 100_000;
const MAX_DEPTH = 200;

/**
 * Reads a pattern of Oniguruma (Ruby's syntax, as Hugging Face's tokenizers use it).
 *
 * @throws TokenizerFormatError at `path` where the pattern is wrong, or uses what has no counterpart here:
 *   back-references, calls, conditions, `\K`, `\X`, the absent operator, options other than `i`, `m` and `x`
 */
export function parseOniguruma(pattern: string, path: string): RegexNode {
  const reader = new PatternReader(pattern, path);
  const node = readChoice(reader, { ignoreCase: false, dotAll: false, extended: false }, 0);
  if (!reader.done) throw reader.error("a parenthesis closes that was not opened");
  if (repeatsEmptyFirst(node)) throw reader.error("repetitions of what can be empty are not supported");
  return node;
}

function readChoice(reader: PatternReader, options: Options, depth: number): RegexNode {
  if (depth > MAX_DEPTH) throw reader.error(`groups are nested deeper than ${MAX_DEPTH}`);
  const nodes: RegexNode[] = [];
  do nodes.push(readSequence(reader, options, depth));
  while (reader.take("|"));
  return choice(nodes);
}

function readSequence(reader: PatternReader, options: Options, depth: number): RegexNode {
  const items: Item[] = [];
  while (!reader.done && reader.peek() !== "|" && reader.peek() !== ")") {
    if (reader.match(/^\(\?#[^)]*\)/u)) continue;
    if (options.extended && reader.match(/^(?:\s+|#.*)/u)) continue;
    const changed = readOptions(reader, options, /^\(\?([a-zA-Z-]*)\)/u);
    if (changed !== undefined) {
      // options hold to the end of the group, alternatives included: a(?i)b|c is a(?i:b|c)
      items.push({ node: readChoice(reader, changed, depth + 1) });
      break;
    }
    items.push(readQuantifiers(reader, readAtom(reader, options, depth)));
  }
  return sequence(options.ignoreCase ? joinLiterals(items) : items.map(({ node }) => node));
}

/** Where case does not count, characters in a row may be matched by one: `ss` by ß. */
function joinLiterals(items: readonly Item[]): RegexNode[] {
  const nodes: RegexNode[] = [];
  for (let i = 0; i < items.length; ) {
    const run: number[] = [];
    while (items[i + run.length]?.literal !== undefined) run.push(items[i + run.length]!.literal!);
    const ligatures = ligaturesFor(run);
    const length = ligatures?.length ?? 1;
    const singles = items.slice(i, i + length).map(({ node }) => node);
    nodes.push(ligatures ? choice([set(`[${ligatures.members}]`), sequence(singles)]) : singles[0]!);
    i += length;
  }
  return nodes;
}

function readQuantifiers(reader: PatternReader, item: Item): Item {
  let { node } = item;
  let isRepeated = false;
  for (;;) {
    const simple = reader.match(/^([?*+])([?+]?)/u);
    const interval = simple ? null : reader.match(/^\{(?=\d|,\d)(\d*)(,?)(\d*)\}(\??)/u);
    if (simple === null && interval === null) break;
    if (["look", "start", "end", "searchStart"].includes(node.type) || isLineAnchor(node)) {
      throw reader.error("a quantifier on something without width");
    }
    isRepeated = true;
    if (simple !== null) {
      const [, sign, suffix] = simple;
      node = repeat(node, sign === "+" ? 1 : 0, sign === "?" ? 1 : Number.POSITIVE_INFINITY, modeOf(suffix!));
    } else {
      node = readInterval(reader, node, interval!);
    }
  }
  return isRepeated ? { node } : item;
}

function isLineAnchor(node: RegexNode): boolean {
  return node === LINE_START || node === LINE_END || node === LAST_LINE_END;
}

function readInterval(reader: PatternReader, node: RegexNode, found: RegExpExecArray): RegexNode {
  const [, low, comma, high, lazy] = found;
  const min = low === "" ? 0 : Number(low);
  const max = comma === "" ? min : high === "" ? Number.POSITIVE_INFINITY : Number(high);
  if (min > MAX_REPEAT || (Number.isFinite(max) && max > MAX_REPEAT)) {
    throw reader.error(`more than ${MAX_REPEAT} repetitions`);
  }
  if (comma === "") {
    const exact = repeat(node, min, max, "greedy");
    return lazy === "" ? exact : repeat(exact, 0, 1, "greedy"); // {n}? is (?:...{n})?
  }
  if (max < min) return repeat(node, max, min, "possessive");
  return repeat(node, min, max, modeOf(lazy!));
}

function modeOf(suffix: string): RepeatMode {
  return suffix === "?" ? "lazy" : suffix === "+" ? "possessive" : "greedy";
}

function repeat(node: RegexNode, min: number, max: number, mode: RepeatMode): RegexNode {
  return { type: "repeat", node, min, max, mode };
}

function readAtom(reader: PatternReader, options: Options, depth: number): Item {
  const character = reader.next();
  switch (character) {
    case ".":
      return { node: options.dotAll ? ANY : NOT_NEWLINE };
    case "^":
      return { node: LINE_START };
    case "$":
      return { node: LINE_END };
    case "[":
      return { node: set(readClass(reader, options.ignoreCase)) };
    case "(":
      return { node: readGroup(reader, options, depth) };
    case "\\":
      return readEscape(reader, options);
    case "?":
    case "*":
    case "+":
      throw reader.error("a quantifier without anything before it");
    default:
      return literal(character.codePointAt(0)!, options);
  }
}

function literal(codePoint: number, { ignoreCase }: Options): Item {
  if (!ignoreCase) return { node: set(`[${escapeCodePoint(codePoint)}]`) };
  const variants = set(`[${caseVariants(codePoint)}]`);
  const expansion = expansionOf(codePoint);
  if (expansion === undefined) return { node: variants, literal: codePoint };
  const parts = [...expansion].map((part) => set(`[${caseVariants(part.codePointAt(0)!)}]`));
  return { node: choice([variants, sequence(parts)]) };
}

function readGroup(reader: PatternReader, options: Options, depth: number): RegexNode {
  const read = (inner = options): RegexNode => {
    const node = readChoice(reader, inner, depth + 1);
    if (!reader.take(")")) throw reader.error("a group does not end");
    return node;
  };
  if (reader.take("?:")) return read();
  if (reader.take("?=")) return look(read(), false, false);
  if (reader.take("?!")) return look(read(), false, true);
  if (reader.take("?<=")) return look(read(), true, false);
  if (reader.take("?<!")) return look(read(), true, true);
  if (reader.take("?>")) return { type: "atomic", node: read() };
  if (reader.match(/^\?(?:<[\p{L}_][\p{L}\p{N}_]*>|'[\p{L}_][\p{L}\p{N}_]*')/u)) return captured(read());
  const changed = readOptions(reader, options, /^\?([a-zA-Z-]*):/u);
  if (changed !== undefined) return read(changed);
  if (reader.peek() === "?" || reader.peek() === "*") {
    throw reader.error(`groups that begin with (${reader.peek()}${reader.peek(1)} are not supported`);
  }
  return captured(read());
}

/** Nothing asks for what a group captured; but unlike what is in it, a group may always be repeated. */
function captured(node: RegexNode): RegexNode {
  return { type: "sequence", nodes: [node] };
}

/** `i`, `m`, `x`, and which are off: `i-mx`. */
function readOptions(reader: PatternReader, options: Options, form: RegExp): Options | undefined {
  const found = reader.match(form);
  if (found === null) return undefined;
  const changed = { i: options.ignoreCase, m: options.dotAll, x: options.extended };
  let on = true;
  for (const letter of found[1]!) {
    if (letter === "-") on = false;
    else if (letter === "i" || letter === "m" || letter === "x") changed[letter] = on;
    else throw reader.error(`the option ${letter} is not supported (known: i, m, x)`);
  }
  return { ignoreCase: changed.i, dotAll: changed.m, extended: changed.x };
}

function readEscape(reader: PatternReader, options: Options): Item {
  const members = readClassEscape(reader, WORD);
  if (members !== undefined) return { node: set(`[${members}]`) };
  if (/[1-9]/u.test(reader.peek())) throw reader.error("back-references are not supported");
  const letter = reader.peek();
  const special = SPECIAL_ESCAPES[letter];
  if (special !== undefined) {
    reader.next();
    return { node: special };
  }
  if (/[KXyYkgM]/u.test(letter)) throw reader.error(`\\${letter} is not supported`);
  return literal(readCharacterEscape(reader), options);
}

const SPECIAL_ESCAPES: Readonly<Record<string, RegexNode>> = {
  A: START,
  z: END,
  Z: LAST_LINE_END,
  G: { type: "searchStart" },
  b: choice([wordEdge(true), wordEdge(false)]),
  B: choice([wordInside(true), wordInside(false)]),
  R: LINE_BREAK,
  N: NOT_NEWLINE,
  O: ANY,
};

function wordEdge(begins: boolean): RegexNode {
  const word = set(`[${WORD}]`);
  return sequence([look(word, true, begins), look(word, false, !begins)]);
}

function wordInside(inWord: boolean): RegexNode {
  const word = set(`[${WORD}]`);
  return sequence([look(word, true, !inWord), look(word, false, !inWord)]);
}
