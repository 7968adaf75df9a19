import { show, TokenizerFormatError } from "../errors.ts";
import { AlignedText } from "../pipeline/aligned-text.ts";
import type { Model, Normalizer } from "../pipeline/roles.ts";
import type { AddedToken } from "./added-token.ts";
import { spaceEndFrom, spaceStartBefore, touchesWord } from "./boundaries.ts";
import { TextTrie } from "./text-trie.ts";

/** An added token in a text: units `start .. end` of it. */
export interface AddedMatch {
  readonly token: Required<AddedToken>;
  /** What the token is called in an encoding. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The added tokens of a tokenizer: their ids, and where they stand in a text.
 *
 * @throws TokenizerFormatError where two tokens share an id, or one has another id than the model gives it
 */
export class AddedVocabulary {
  /** By id. */
  readonly tokens: readonly Required<AddedToken>[];
  readonly #byContent = new Map<string, Required<AddedToken>>();
  readonly #byId = new Map<number, Required<AddedToken>>();
  readonly #names = new Map<number, string>();
  /** Tokens looked for in the text as it is, and in the normalized text; special ones first. */
  readonly #raw: Searched;
  readonly #normalized: Searched;

  constructor(tokens: readonly AddedToken[], model: Model, normalizer: Normalizer | undefined) {
    let next = model.vocabSize;
    for (const [i, given] of tokens.entries()) {
      const content = given.content.toWellFormed();
      if (content === "") continue; // never found; known tokenizers have such entries
      const known = this.#byContent.get(content)?.id ?? model.tokenToId(content);
      const id = known ?? given.id ?? next;
      const token = withDefaults({ ...given, content }, id);
      this.#check(token, given.id, known, `added_tokens[${i}]`, model);
      this.#byContent.set(content, token);
      this.#byId.set(id, token);
      next = Math.max(next, id + 1);
    }
    this.tokens = [...this.#byId.values()].sort((a, b) => a.id - b.id);
    const order = [...this.#byContent.values()].sort((a, b) => Number(b.special) - Number(a.special));
    this.#raw = searched(order.filter(({ normalized }) => !normalized));
    this.#normalized = searched(
      order.filter(({ normalized }) => normalized),
      normalizer,
    );
    for (const { tokens: found, names } of [this.#raw, this.#normalized]) {
      for (const [i, { id }] of found.entries()) this.#names.set(id, names[i]!);
    }
  }

  /** One more than the highest id; 0 where there is none. */
  get idEnd(): number {
    return this.tokens.length === 0 ? 0 : this.tokens.at(-1)!.id + 1;
  }

  byId(id: number): Required<AddedToken> | undefined {
    return this.#byId.get(id);
  }

  /** What a token is called where it was found: its content, normalized where it is looked for so. */
  nameOf(id: number): string | undefined {
    return this.#names.get(id);
  }

  byContent(content: string): Required<AddedToken> | undefined {
    return this.#byContent.get(content);
  }

  /** Whether tokens are looked for in the normalized text. */
  get hasNormalized(): boolean {
    return this.#normalized.tokens.length > 0;
  }

  /** Tokens in the text as it is. @param special  `false` leaves special tokens alone, as text */
  findRaw(text: string, special: boolean): AddedMatch[] {
    return findIn(this.#raw, text, special);
  }

  /** Tokens in a normalized text. */
  findNormalized(text: string, special: boolean): AddedMatch[] {
    return findIn(this.#normalized, text, special);
  }

  #check(
    token: Required<AddedToken>,
    givenId: number | undefined,
    known: number | undefined,
    path: string,
    model: Model,
  ): void {
    if (givenId !== undefined && givenId !== token.id) {
      throw new TokenizerFormatError(
        `${path}: ${show(token.content)} has id ${known} already (got id ${givenId})`,
        `${path}.id`,
      );
    }
    const other =
      this.#byId.get(token.id)?.content ?? (known === undefined ? model.idToToken(token.id) : undefined);
    if (other !== undefined && other !== token.content) {
      throw new TokenizerFormatError(
        `${path}: id ${token.id} of ${show(token.content)} is the id of ${show(other)}`,
        `${path}.id`,
      );
    }
  }
}

interface Searched {
  readonly tokens: readonly Required<AddedToken>[];
  readonly names: readonly string[];
  readonly trie: TextTrie;
}

function searched(tokens: readonly Required<AddedToken>[], normalizer?: Normalizer): Searched {
  const names = tokens.map(({ content }) => normalizer?.normalize(new AlignedText(content)).text ?? content);
  return { tokens, names, trie: new TextTrie(names) };
}

function withDefaults(token: AddedToken, id: number): Required<AddedToken> {
  const special = token.special ?? false;
  return {
    id,
    content: token.content,
    singleWord: token.singleWord ?? false,
    lstrip: token.lstrip ?? false,
    rstrip: token.rstrip ?? false,
    normalized: token.normalized ?? !special,
    special,
  };
}

function findIn({ tokens, names, trie }: Searched, text: string, special: boolean): AddedMatch[] {
  const matches: AddedMatch[] = [];
  let settled = 0; // where the match before ends, with the white space that it took
  trie.forEachMatch(text, (index, from, to) => {
    const token = tokens[index]!;
    if (token.special && !special) return;
    if (token.singleWord && touchesWord(text, from, to)) return;
    const start = token.lstrip ? Math.max(spaceStartBefore(text, from, settled), settled) : from;
    const end = token.rstrip ? spaceEndFrom(text, to) : to;
    // White space that is itself such a token may be taken already, all of it.
    if (end > start) matches.push({ token, name: names[index]!, start, end });
    settled = end;
  });
  return matches;
}
