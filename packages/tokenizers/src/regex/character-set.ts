const UNKNOWN = 0;
const OUTSIDE = 1;
const INSIDE = 2;

/** A class of characters with a table of what has been asked: a lookup a character. */
export class CharacterSet {
  readonly #matches: RegExp;
  #known: Uint8Array | undefined;

  /** @param set  a class of JavaScript in `v` mode, with its brackets */
  constructor(set: string) {
    this.#matches = new RegExp(`^${set}$`, "v");
  }

  has(codePoint: number): boolean {
    if (codePoint > 0xffff) return this.#matches.test(String.fromCodePoint(codePoint));
    this.#known ??= new Uint8Array(0x10000);
    const known = this.#known[codePoint]!;
    if (known !== UNKNOWN) return known === INSIDE;
    const isInside = this.#matches.test(String.fromCharCode(codePoint));
    this.#known[codePoint] = isInside ? INSIDE : OUTSIDE;
    return isInside;
  }
}
