import type { BatchOptions, EncodedBatch } from "../batch.ts";
import type { PipelineEncodeOptions } from "../encode-options.ts";
import { checkOptions, show, TokenizerError } from "../errors.ts";
import type { SpecialTokens } from "../special-tokens.ts";
import { checkPadding, type Padding, type PaddingOptions, paddedLength } from "./padding.ts";
import type { PipelineEncoding } from "./pipeline-encoding.ts";
import type { TruncationOptions } from "./truncation.ts";

/** A text, or a text with its pair. */
export type BatchText = string | readonly [text: string, pair: string];

/** How a block is encoded: the short forms of every tokenizer, and all that `encode` takes. */
export interface PipelineBatchOptions
  extends Omit<BatchOptions, "padding" | "truncation">,
    Omit<PipelineEncodeOptions, "pair" | "padding" | "truncation"> {
  /** `"longest"` row, `"maxLength"`, or more exactly. Default: the tokenizer's own, or `"longest"`. */
  readonly padding?: "longest" | "maxLength" | PaddingOptions;
  /** `true` cuts the longer rows to `maxLength`. Default: the tokenizer's own, or `false`. */
  readonly truncation?: boolean | TruncationOptions;
}

/** Texts as one block of ids, row after row, with all that is known about each. */
export interface PipelineBatch extends EncodedBatch {
  /** `[B, T]` */
  readonly typeIds: Int32Array;
  /** `[B]`, padded to `T` tokens each. */
  readonly encodings: readonly PipelineEncoding[];
}

interface BlockTokenizer {
  readonly specialTokens: SpecialTokens;
  readonly padding: Padding | undefined;
  encodeAll(texts: readonly BatchText[], options: Omit<PipelineEncodeOptions, "pair">): PipelineEncoding[];
}

export function encodeBlock(
  tokenizer: BlockTokenizer,
  texts: readonly BatchText[],
  options: PipelineBatchOptions,
): PipelineBatch {
  const operation = "PipelineTokenizer.encodeBatch";
  checkOptions(operation, options, [
    "addSpecialTokens",
    "padding",
    "maxLength",
    "truncation",
    "paddingSide",
    "readSpecialTokens",
    "offsets",
    "sample",
  ]);
  const { padding, maxLength, truncation, paddingSide, ...rest } = options;
  if (maxLength !== undefined && !(Number.isSafeInteger(maxLength) && maxLength >= 0)) {
    throw new TokenizerError(`${operation}: maxLength must be a whole number >= 0 (got ${show(maxLength)})`);
  }
  const cut = truncationOf(operation, truncation, maxLength);
  const encodings = tokenizer.encodeAll(texts, {
    ...rest,
    ...(cut !== undefined && { truncation: cut }),
    padding: false,
  });
  const lengths = Int32Array.from(encodings, (encoding) => encoding.length);
  const tooLong = maxLength === undefined ? -1 : lengths.findIndex((length) => length > maxLength);
  if (tooLong >= 0) {
    throw new TokenizerError(
      `${operation}: row ${tooLong} has ${lengths[tooLong]} tokens, more than maxLength=${maxLength}; ` +
        "pass truncation: true to cut it",
    );
  }
  const fill = paddingOf(operation, tokenizer, padding, maxLength, paddingSide);
  const length = Math.max(paddedLength([...lengths], fill), ...lengths); // T
  if (fill.token === "" && lengths.some((n) => n !== length)) {
    throw new TokenizerError(
      `${operation}: rows need padding to ${length} tokens, but the tokenizer has no pad token ` +
        `(row lengths ${show([...lengths])})`,
    );
  }
  const rows = encodings.map((encoding) => encoding.padded(length, fill));
  const ids = new Int32Array(rows.length * length); // [B, T]
  const typeIds = new Int32Array(rows.length * length); // [B, T]
  const mask = new Uint8Array(rows.length * length); // [B, T]
  for (const [i, row] of rows.entries()) {
    ids.set(row.ids, i * length);
    typeIds.set(row.typeIds, i * length);
    mask.set(row.attentionMask, i * length);
  }
  return { ids, mask, typeIds, shape: [rows.length, length], lengths, encodings: rows };
}

function truncationOf(
  operation: string,
  truncation: boolean | TruncationOptions | undefined,
  maxLength: number | undefined,
): TruncationOptions | false | undefined {
  if (truncation !== true) return truncation;
  if (maxLength === undefined)
    throw new TokenizerError(`${operation}: truncation: true needs a maxLength (got none)`);
  return { maxLength };
}

/** The padding of a block; an empty `token` says that there is no pad token. */
function paddingOf(
  operation: string,
  tokenizer: BlockTokenizer,
  padding: PipelineBatchOptions["padding"],
  maxLength: number | undefined,
  side: "left" | "right" | undefined,
): Padding {
  const { padId, texts } = tokenizer.specialTokens;
  const base: Padding = tokenizer.padding ?? {
    length: "longest",
    multipleOf: undefined,
    direction: "right",
    id: padId ?? 0,
    token: texts.pad ?? "",
    typeId: 0,
  };
  if (padding === "maxLength" && maxLength === undefined) {
    throw new TokenizerError(`${operation}: padding: "maxLength" needs a maxLength (got none)`);
  }
  const direction = side ?? base.direction;
  if (padding === undefined) return checkPadding(operation, { direction }, base);
  if (padding === "longest") return checkPadding(operation, { direction, length: "longest" }, base);
  if (padding === "maxLength") return checkPadding(operation, { direction, length: maxLength! }, base);
  if (typeof padding === "object") return checkPadding(operation, { direction, ...padding }, base);
  throw new TokenizerError(`${operation}: there is no padding ${show(padding)}`);
}
