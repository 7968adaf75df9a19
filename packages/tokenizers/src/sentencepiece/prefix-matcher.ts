/** Finds the longest of some strings that begins at a place of a text. */
export class PrefixMatcher {
  /** By first UTF-16 unit, the longest first. */
  readonly #byUnit = new Map<number, string[]>();

  constructor(strings: Iterable<string>) {
    for (const string of strings) {
      const list = this.#byUnit.get(string.charCodeAt(0));
      if (list === undefined) this.#byUnit.set(string.charCodeAt(0), [string]);
      else list.push(string);
    }
    for (const list of this.#byUnit.values()) list.sort((a, b) => b.length - a.length);
  }

  /** Its length in UTF-16 units, or 0 for none. */
  match(text: string, at: number): number {
    const list = this.#byUnit.get(text.charCodeAt(at));
    return list?.find((string) => text.startsWith(string, at))?.length ?? 0;
  }
}
