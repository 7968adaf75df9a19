import { show, TokenizerFormatError } from "../errors.ts";

/** Token names with their ids, as `tokenizer.json` has them, or in any other iterable form. */
export type VocabularyInput = Readonly<Record<string, number>> | Iterable<readonly [string, number]>;

/** Ids are below this: they index arrays. */
const MAX_ID = 2 ** 24;

/** Token names to ids and back. Ids need not be dense, but each belongs to one token. */
export class Vocabulary {
  readonly ids = new Map<string, number>();
  /** By id; `undefined` where there is a gap. */
  readonly tokens: (string | undefined)[] = [];

  /**
   * @param path  where the vocabulary stands, for error messages
   * @throws TokenizerFormatError for an id that is no whole number in [0, 2^24), or that two tokens have
   */
  constructor(input: VocabularyInput, path: string) {
    if (Symbol.iterator in input) {
      for (const [token, id] of input as Iterable<readonly [string, number]>) this.#add(token, id, path);
    } else {
      for (const token of Object.keys(input)) this.#add(token, input[token], path);
    }
  }

  /** Number of tokens. */
  get size(): number {
    return this.ids.size;
  }

  /** The id that `token` must have, for a token that another field names. */
  idOf(token: string, path: string): number {
    const id = this.ids.get(token);
    if (id !== undefined) return id;
    throw new TokenizerFormatError(
      `${path}: not in the vocabulary of ${this.size} tokens (got ${show(token)})`,
      path,
    );
  }

  /** Plain JSON, in the order of ids. */
  toJSON(): Record<string, number> {
    const entries: [string, number][] = [];
    this.tokens.forEach((token, id) => {
      if (token !== undefined) entries.push([token, id]);
    });
    return Object.fromEntries(entries);
  }

  #add(token: string, id: number, path: string): void {
    if (!(Number.isInteger(id) && id >= 0 && id < MAX_ID)) {
      throw new TokenizerFormatError(
        `${path}: the id of ${show(token)} is not a whole number in [0, 2^24) (got ${show(id)})`,
        path,
      );
    }
    const other = this.tokens[id];
    if (other !== undefined && other !== token) {
      throw new TokenizerFormatError(
        `${path}: ${show(other)} and ${show(token)} have the same id (got ${id})`,
        path,
      );
    }
    this.ids.set(token, id);
    this.tokens[id] = token;
  }
}
