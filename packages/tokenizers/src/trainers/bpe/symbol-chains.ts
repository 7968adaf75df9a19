import { compareCodePoints } from "../code-point-order.ts";
import { CODE_POINTS } from "./alphabet.ts";
import type { TokenTable } from "./token-table.ts";

/** What is written around a character that does not begin a word, or that ends one. */
export interface SymbolAffixes {
  readonly prefix: string;
  readonly suffix: string;
}

/** Fields of a node: the symbol's id (-1 when it was merged into its left neighbour), its neighbours, its word. */
export const SYMBOL = 0;
export const PREVIOUS = 1;
export const NEXT = 2;
export const WORD = 3;
export const NODE = 4;

/** All distinct words, cut into symbols: chains of nodes in one array, each node four numbers side by side. */
export interface SymbolChains {
  readonly nodes: Int32Array;
  readonly nodeCount: number;
  /** How often each word occurs. */
  readonly counts: Float64Array;
}

const NOT_FIRST = 1;
const LAST = 2;

/**
 * Cuts words into characters. A character that has no token by itself is left out. Where there is a prefix or a
 * suffix, `"a"` also becomes `"##a"`, `"a</w>"` ...; those that occur are added to `table` in the order of their
 * code points.
 */
export function cutIntoSymbols(
  words: ReadonlyMap<string, number>,
  table: TokenTable,
  affixes: SymbolAffixes,
): SymbolChains {
  const idOf = new Int32Array(CODE_POINTS).fill(-1);
  for (const [token, id] of table.ids) {
    const codePoint = token.codePointAt(0);
    if (codePoint !== undefined && String.fromCodePoint(codePoint) === token) idOf[codePoint] = id;
  }
  const forms = affixForms(words, table, affixes, idOf);

  let units = 0;
  for (const word of words.keys()) units += word.length;
  const nodes = new Int32Array(NODE * units);
  const counts = new Float64Array(words.size);
  let nodeCount = 0;
  let wordIndex = 0;
  for (const [word, count] of words) {
    counts[wordIndex] = count;
    const first = nodeCount;
    for (let i = 0; i < word.length; ) {
      const codePoint = word.codePointAt(i)!;
      const next = i + (codePoint > 0xffff ? 2 : 1);
      if (idOf[codePoint] !== -1) {
        const form = (i > 0 ? NOT_FIRST : 0) | (next === word.length ? LAST : 0);
        const at = NODE * nodeCount;
        nodes[at + SYMBOL] = forms[form][codePoint];
        nodes[at + PREVIOUS] = nodeCount > first ? nodeCount - 1 : -1;
        nodes[at + NEXT] = nodeCount + 1;
        nodes[at + WORD] = wordIndex;
        nodeCount++;
      }
      i = next;
    }
    if (nodeCount > first) nodes[NODE * (nodeCount - 1) + NEXT] = -1;
    wordIndex++;
  }
  return { nodes, nodeCount, counts };
}

/** For each form (first or not, last or not) the ids by code point. */
function affixForms(
  words: ReadonlyMap<string, number>,
  table: TokenTable,
  { prefix, suffix }: SymbolAffixes,
  idOf: Int32Array,
): Int32Array[] {
  if (prefix === "" && suffix === "") return [idOf, idOf, idOf, idOf];
  const seen = [0, 1, 2, 3].map(() => new Uint8Array(CODE_POINTS));
  for (const word of words.keys()) {
    for (let i = 0; i < word.length; ) {
      const codePoint = word.codePointAt(i)!;
      const next = i + (codePoint > 0xffff ? 2 : 1);
      if (idOf[codePoint] !== -1) {
        seen[(i > 0 ? NOT_FIRST : 0) | (next === word.length ? LAST : 0)][codePoint] = 1;
      }
      i = next;
    }
  }
  const written = (codePoint: number, form: number): string =>
    (form & NOT_FIRST ? prefix : "") + String.fromCodePoint(codePoint) + (form & LAST ? suffix : "");
  const added: string[] = [];
  seen.forEach((flags, form) => {
    flags.forEach((flag, codePoint) => {
      if (flag === 1) added.push(written(codePoint, form));
    });
  });
  for (const token of added.sort(compareCodePoints)) table.add(token);
  return seen.map((flags, form) => {
    const ids = new Int32Array(CODE_POINTS).fill(-1);
    flags.forEach((flag, codePoint) => {
      if (flag === 1) ids[codePoint] = table.ids.get(written(codePoint, form))!;
    });
    return ids;
  });
}
