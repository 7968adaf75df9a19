import { ComponentFields } from "../component-json.ts";

/** A token that is found in the text before the model sees it. */
export interface AddedToken {
  readonly content: string;
  /** Default: the model's own id for the content, or the next free one. */
  readonly id?: number;
  /** Found only where no letter, digit or mark touches it. Default `false`. */
  readonly singleWord?: boolean;
  /** Takes the white space before it. Default `false`. */
  readonly lstrip?: boolean;
  /** Takes the white space behind it. Default `false`. */
  readonly rstrip?: boolean;
  /** Looked for in the normalized text, itself normalized, instead of the text as it is. Default `!special`. */
  readonly normalized?: boolean;
  /** Left out by `decode` unless it is asked for. Default `false`. */
  readonly special?: boolean;
}

/** An entry of `added_tokens` in `tokenizer.json`. */
export interface AddedTokenJson {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

export function readAddedToken(json: unknown, path: string): Required<AddedToken> {
  const fields = new ComponentFields(json, path);
  const special = fields.boolean("special", false);
  const token = {
    id: fields.integer("id"),
    content: fields.string("content"),
    singleWord: fields.boolean("single_word", false),
    lstrip: fields.boolean("lstrip", false),
    rstrip: fields.boolean("rstrip", false),
    normalized: fields.boolean("normalized", !special),
    special,
  };
  fields.end();
  return token;
}

export function addedTokenJson(token: Required<AddedToken>): AddedTokenJson {
  return {
    id: token.id,
    content: token.content,
    single_word: token.singleWord,
    lstrip: token.lstrip,
    rstrip: token.rstrip,
    normalized: token.normalized,
    special: token.special,
  };
}
