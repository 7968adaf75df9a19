import type { OffsetTrim } from "../pipeline/roles.ts";
import { isWhiteSpace } from "../white-space.ts";
import type { TokenRun } from "./token-run.ts";

/** White space at the two ends of tokens, by id: counted when it is first asked for. */
export class TokenSpaces {
  readonly #name: (id: number) => string | undefined;
  /** By id: 0 for not known yet, else 1 + leading + 65536 * trailing. */
  #counts: Int32Array;

  constructor(name: (id: number) => string | undefined, idEnd: number) {
    this.#name = name;
    this.#counts = new Int32Array(idEnd);
  }

  /** Leading in the low 16 bits, trailing in the high ones. */
  ofId(id: number): number {
    const known = this.#counts[id] ?? 0;
    if (known > 0) return known - 1;
    const count = spacesOf(this.#name(id) ?? "");
    if (id < this.#counts.length) this.#counts[id] = count + 1;
    return count;
  }
}

function spacesOf(token: string): number {
  let leading = 0;
  while (leading < token.length && isSpace(token, leading)) leading++;
  let trailing = 0;
  while (trailing < token.length && isSpace(token, token.length - 1 - trailing)) trailing++;
  return Math.min(leading, 0x7fff) + 0x10000 * Math.min(trailing, 0x3fff);
}

/** A white space, or `Ġ`, which stands for one. */
function isSpace(token: string, at: number): boolean {
  const unit = token.charCodeAt(at);
  return unit === 0x120 || isWhiteSpace(unit);
}

/** Leaves white space at the tokens' ends out of their spans of `text`, in place. */
export function trimOffsets(run: TokenRun, text: string, trim: OffsetTrim, spaces: TokenSpaces): void {
  const { ids, starts, ends, texts } = run;
  for (let i = 0; i < ids.length; i++) {
    const named = texts?.get(i);
    const count = named === undefined ? spaces.ofId(ids[i]!) : spacesOf(named);
    if (count === 0) continue;
    let leading = count & 0xffff;
    const trailing = count >>> 16;
    if (leading === 1 && trim.addPrefixSpace && (i === 0 || starts[i] === 0)) leading = 0;
    starts[i] = Math.min(charactersAfter(text, starts[i]!, leading), ends[i]!);
    const end = charactersBefore(text, ends[i]!, trailing);
    if (end >= 0) ends[i] = Math.max(end, starts[i]!);
  }
}

/** The offset `count` characters behind `at`. A space that was put in front may stand for an astral character. */
function charactersAfter(text: string, at: number, count: number): number {
  let end = at;
  for (let i = 0; i < count; i++) end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  return end;
}

/** The offset `count` characters before `at`; negative where there are not as many. */
function charactersBefore(text: string, at: number, count: number): number {
  let start = at;
  for (let i = 0; i < count; i++) start -= (text.codePointAt(start - 2) ?? 0) > 0xffff ? 2 : 1;
  return start;
}
