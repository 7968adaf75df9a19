import { checkOptions, show, TokenizerError } from "./errors.ts";
import type { EncodeOptions, Encoding, Tokenizer } from "./tokenizer.ts";

export interface BatchOptions extends EncodeOptions {
  /** Pad to the longest row (default) or to `maxLength`. */
  readonly padding?: "longest" | "maxLength";
  /** Longest row allowed, in tokens, special tokens included. Default: no limit. */
  readonly maxLength?: number;
  /** Cut longer rows to `maxLength` (the end of the text goes, special tokens stay). Default `false`: throw. */
  readonly truncation?: boolean;
  /** Where the padding goes. Default `"right"`; generation wants `"left"`. */
  readonly paddingSide?: "right" | "left";
}

/** Texts as one block of ids, row after row. */
export interface EncodedBatch {
  /** `[B, T]`, padded with the pad token's id. */
  readonly ids: Int32Array;
  /** `[B, T]`, 1 where there is a token, 0 where there is padding. */
  readonly mask: Uint8Array;
  /** `[B, T]` */
  readonly shape: readonly [rows: number, length: number];
  /** `[B]`, tokens in each row, padding not counted. */
  readonly lengths: Int32Array;
}

/**
 * Encodes texts into one padded block.
 *
 * @param texts  `B` texts
 * @returns ids and mask `[B, T]`; `T` is the longest row, or `maxLength` with `padding: "maxLength"`
 * @throws TokenizerError where a row is longer than `maxLength` without `truncation`, or rows differ in length
 *   and the tokenizer has no pad token
 * @example
 * const tokenizer = CharTokenizer.train("abc", { specialTokens: { pad: "<pad>" } });
 * const { ids, mask, shape } = encodeBatch(tokenizer, ["abc", "a"]);
 * [...ids]; // => [1, 2, 3, 1, 0, 0]
 * [...mask]; // => [1, 1, 1, 1, 0, 0]
 * shape; // => [2, 3]
 */
export function encodeBatch(
  tokenizer: Pick<Tokenizer, "encode" | "specialTokens">,
  texts: readonly string[],
  options: BatchOptions = {},
): EncodedBatch {
  checkBatchOptions(options);
  const { padding = "longest", maxLength, truncation = false, paddingSide = "right" } = options;
  const encode = { addSpecialTokens: options.addSpecialTokens ?? true };
  const rows = texts.map((text, row) => {
    const encoding = tokenizer.encode(text, encode);
    if (maxLength === undefined || encoding.length <= maxLength) return encoding.ids;
    if (truncation) return truncate(encoding, maxLength);
    throw new TokenizerError(
      `encodeBatch: row ${row} has ${encoding.length} tokens, more than maxLength=${maxLength}; ` +
        "pass truncation: true to cut it",
    );
  });

  const lengths = Int32Array.from(rows, (row) => row.length);
  const length = padding === "maxLength" ? maxLength! : Math.max(0, ...lengths); // T
  const padId = tokenizer.specialTokens.padId;
  if (padId === undefined && lengths.some((n) => n !== length)) {
    throw new TokenizerError(
      `encodeBatch: rows need padding to ${length} tokens, but the tokenizer has no pad token ` +
        `(row lengths ${show([...lengths])})`,
    );
  }

  const ids = new Int32Array(rows.length * length).fill(padId ?? 0); // [B, T]
  const mask = new Uint8Array(rows.length * length); // [B, T]
  for (const [index, row] of rows.entries()) {
    const start = index * length + (paddingSide === "left" ? length - row.length : 0);
    ids.set(row, start);
    mask.fill(1, start, start + row.length);
  }
  return { ids, mask, shape: [rows.length, length], lengths };
}

/** Drops tokens from the end of the text, not the special tokens around it. */
function truncate(encoding: Encoding, maxLength: number): Int32Array {
  const special = encoding.specialTokensMask;
  const specialCount = special.reduce((sum, bit) => sum + bit, 0);
  if (specialCount > maxLength) {
    throw new TokenizerError(
      `encodeBatch: maxLength=${maxLength} has no room for the ${specialCount} special tokens`,
    );
  }
  let room = maxLength - specialCount;
  return encoding.ids.filter((_, i) => special[i] === 1 || room-- > 0);
}

function checkBatchOptions(options: BatchOptions): void {
  checkOptions("encodeBatch", options, [
    "addSpecialTokens",
    "padding",
    "maxLength",
    "truncation",
    "paddingSide",
  ]);
  const { padding, maxLength, truncation, paddingSide } = options;
  if (maxLength !== undefined && !(Number.isSafeInteger(maxLength) && maxLength >= 0)) {
    throw new TokenizerError(`encodeBatch: maxLength must be a whole number >= 0 (got ${show(maxLength)})`);
  }
  if (padding !== undefined && padding !== "longest" && padding !== "maxLength") {
    throw new TokenizerError(`encodeBatch: padding must be "longest" or "maxLength" (got ${show(padding)})`);
  }
  if (paddingSide !== undefined && paddingSide !== "left" && paddingSide !== "right") {
    throw new TokenizerError(`encodeBatch: paddingSide must be "left" or "right" (got ${show(paddingSide)})`);
  }
  if (maxLength === undefined && (padding === "maxLength" || truncation)) {
    const which = padding === "maxLength" ? 'padding: "maxLength"' : "truncation: true";
    throw new TokenizerError(`encodeBatch: ${which} needs a maxLength (got none)`);
  }
}
