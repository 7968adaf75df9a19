import { show, TokenizerError, TokenizerFormatError } from "./errors.ts";

/** What a special token is for: filling up, beginning of sequence, end of sequence, unknown text. */
export type SpecialTokenRole = "pad" | "bos" | "eos" | "unk";

/** Which special tokens a tokenizer has and what they are called, e.g. `{ pad: "<pad>" }`. */
export type SpecialTokenTexts = { readonly [Role in SpecialTokenRole]?: string };

/** Roles in the order in which they get their ids. */
export const specialTokenRoles: readonly SpecialTokenRole[] = ["pad", "bos", "eos", "unk"];

/**
 * The special tokens of a tokenizer with their ids; a role that is not given has no id.
 *
 * @param texts  what they are called
 * @param ids  the first of consecutive ids, in the order pad, bos, eos, unk; or a function from a text to its id:
 *   roles may then share a text
 * @throws TokenizerError where two roles share a text and get consecutive ids, or a text is empty
 * @example
 * const special = new SpecialTokens({ eos: "</s>", pad: "<pad>" }, 0);
 * special.padId; // => 0
 * special.eosId; // => 1
 * special.bosId; // => undefined
 */
export class SpecialTokens {
  readonly texts: SpecialTokenTexts;
  /** Number of special tokens. */
  readonly count: number;
  readonly padId: number | undefined;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly unkId: number | undefined;
  readonly #textOfId = new Map<number, string>();
  readonly #idOfText = new Map<string, number>();

  constructor(texts: SpecialTokenTexts, ids: number | ((text: string) => number)) {
    const kept: { [Role in SpecialTokenRole]?: string } = {};
    const idOfRole: { [Role in SpecialTokenRole]?: number } = {};
    for (const role of specialTokenRoles) {
      const text = texts[role];
      if (text === undefined) continue;
      if (text === "") throw new TokenizerError(`SpecialTokens: the text of ${role} is empty`);
      if (typeof ids === "number" && this.#idOfText.has(text)) {
        throw new TokenizerError(
          `SpecialTokens: ${role} has the text of another role (got ${show(text)} twice)`,
        );
      }
      const id = typeof ids === "number" ? ids + this.#idOfText.size : ids(text);
      kept[role] = text;
      idOfRole[role] = id;
      this.#textOfId.set(id, text);
      this.#idOfText.set(text, id);
    }
    this.texts = kept;
    this.count = this.#idOfText.size;
    this.padId = idOfRole.pad;
    this.bosId = idOfRole.bos;
    this.eosId = idOfRole.eos;
    this.unkId = idOfRole.unk;
  }

  /** The text of a special token, or `undefined` where the id is not one. */
  textOf(id: number): string | undefined {
    return this.#textOfId.get(id);
  }

  /** The id of a special token, or `undefined` where the text is not one. */
  idOf(text: string): number | undefined {
    return this.#idOfText.get(text);
  }
}

/** Checks that a value is `{ pad?: string, ... }` with no other roles than `allowed`. */
export function parseSpecialTokenTexts(
  operation: string,
  value: unknown,
  allowed: readonly SpecialTokenRole[] = specialTokenRoles,
): SpecialTokenTexts {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TokenizerFormatError(
      `${operation}: specialTokens must be an object like { "pad": "<pad>" } (got ${show(value)})`,
      "specialTokens",
    );
  }
  for (const [role, text] of Object.entries(value)) {
    const path = `specialTokens.${role}`;
    if (!(allowed as readonly string[]).includes(role)) {
      throw new TokenizerFormatError(
        `${operation}: ${path} is not a role (known: ${allowed.join(", ")})`,
        path,
      );
    }
    if (typeof text !== "string" || text === "") {
      throw new TokenizerFormatError(
        `${operation}: ${path} must be a non-empty string (got ${show(text)})`,
        path,
      );
    }
  }
  return value as SpecialTokenTexts;
}
