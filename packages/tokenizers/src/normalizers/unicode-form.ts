import type { AlignedText } from "../pipeline/aligned-text.ts";
import { AlignedTextBuilder } from "../pipeline/aligned-text-builder.ts";
import { CLASSES, classRegExp } from "./character-classes.ts";
import { orderMarks } from "./mark-order.ts";

export type UnicodeForm = "NFC" | "NFD" | "NFKC" | "NFKD";

/** From this length on, long runs of marks are sorted before `String.prototype.normalize` sees them. */
const LONG = 4096;
/** An ASCII character and what is not ASCII behind it: normalized without a look at anything around it. */
let chunks: RegExp | undefined;

/**
 * A text in a Unicode normalization form, with alignment: the first character of a decomposition stands for
 * the character that it comes from, as do those that follow; a composed character for the first of its parts,
 * and marks that change places stay aligned in the order in which they stand.
 *
 * Characters whose decompositions came after Unicode 9 stay as they are, as in Hugging Face's tokenizers.
 *
 * @see Unicode Standard Annex #15
 */
export function normalizeForm(source: AlignedText, form: UnicodeForm): AlignedText {
  const { text } = source;
  if (/^[\0-\x7f]*$/.test(text)) return source;
  const isHostile = text.length >= LONG && /\p{M}{128}/u.test(text);
  if (!isHostile && !classRegExp("unknownToNormalization").test(text) && text.normalize(form) === text) {
    return source;
  }
  const unknown = CLASSES.unknownToNormalization();
  chunks ??= new RegExp(`[${unknown}]|[\\0-\\x7f]?[[^\\0-\\x7f]--[${unknown}]]+`, "vg");
  const builder = new AlignedTextBuilder(source);
  for (const { 0: chunk, index } of text.matchAll(chunks)) {
    const isKept = classRegExp("unknownToNormalization").test(chunk);
    if (isKept || (!isHostile && chunk.normalize(form) === chunk)) continue;
    builder.copyTo(index);
    normalizeChunk(builder, chunk, form);
  }
  builder.copyTo(text.length);
  return builder.finish();
}

/**
 * Characters with what they do to the alignment: 0 stands for one character of the source, 1 for none (it
 * belongs to the one before), -n for 1 + n characters.
 */
interface Characters {
  readonly characters: readonly string[];
  readonly changes: readonly number[];
}

function normalizeChunk(builder: AlignedTextBuilder, chunk: string, form: UnicodeForm): void {
  const isComposed = form === "NFC" || form === "NFKC";
  const decomposed = inCanonicalOrder(decompose(chunk, form === "NFKC" || form === "NFKD" ? "NFKD" : "NFD"));
  const { characters, changes } = isComposed ? compose(decomposed) : decomposed;
  for (const [i, character] of characters.entries()) {
    const change = changes[i]!;
    if (change > 0) {
      builder.insert(character);
    } else {
      builder.replace(character);
      builder.skip(-change);
    }
  }
}

function decompose(chunk: string, form: "NFD" | "NFKD"): Characters {
  const characters: string[] = [];
  const changes: number[] = [];
  for (const character of chunk) {
    let change = 0;
    for (const part of character.normalize(form)) {
      characters.push(part);
      changes.push(change);
      change = 1;
    }
  }
  return { characters, changes };
}

/** Sorts marks; their changes go with them. */
function inCanonicalOrder({ characters, changes }: Characters): Characters {
  const text = characters.join("");
  const sorted = text.length >= LONG ? orderMarks(text) : text.normalize("NFD");
  if (sorted === text) return { characters, changes };
  const ordered = [...sorted];
  const moved: number[] = [];
  for (let begin = 0; begin < ordered.length; ) {
    if (ordered[begin] === characters[begin]) {
      moved.push(changes[begin++]!);
      continue;
    }
    // the shortest stretch that holds the same characters before and after; equal ones keep their order
    const queues = new Map<string, number[]>();
    const balance = new Map<string, number>();
    let end = begin;
    for (let open = 0; end === begin || open > 0; end++) {
      const before = characters[end]!;
      queues.set(before, queues.get(before) ?? []);
      queues.get(before)!.push(changes[end]!);
      open += add(balance, before, 1) + add(balance, ordered[end]!, -1);
    }
    const taken = new Map<string, number>();
    for (let i = begin; i < end; i++) {
      const count = taken.get(ordered[i]!) ?? 0;
      moved.push(queues.get(ordered[i]!)![count]!);
      taken.set(ordered[i]!, count + 1);
    }
    begin = end;
  }
  return { characters: ordered, changes: moved };
}

/** Adds to a balance; by how much this changes the number of characters out of balance. */
function add(balance: Map<string, number>, character: string, step: number): number {
  const before = balance.get(character) ?? 0;
  balance.set(character, before + step);
  return Number(before + step !== 0) - Number(before !== 0);
}

/** Composes a decomposed text: each composed character adds up the changes of its parts. */
function compose({ characters, changes }: Characters): Characters {
  const composed = [...characters.join("").normalize("NFC")];
  const isUsed = new Uint8Array(characters.length);
  const sums: number[] = [];
  let next = 0;
  for (const character of composed) {
    while (isUsed[next] === 1) next++;
    let sum = changes[next]!;
    let at = next++;
    let isFirst = true;
    for (const part of character.normalize("NFD")) {
      if (!isFirst) {
        // parts stand behind the first one, with marks in between that did not compose
        do at++;
        while (isUsed[at] === 1 || characters[at] !== part);
        isUsed[at] = 1;
        sum += changes[at]! - 1;
      }
      isFirst = false;
    }
    sums.push(sum);
  }
  return { characters: composed, changes: sums };
}
