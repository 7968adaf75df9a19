import { ComponentFields } from "../component-json.ts";
import { checkOptions, show, TokenizerError } from "../errors.ts";

/** To which length encodings are filled up, and with what. */
export interface PaddingOptions {
  /** `"longest"` of the batch (default), or a number of tokens. Longer encodings stay as they are. */
  readonly length?: "longest" | number;
  /** Round the length up to a multiple of this. Default: as it is. */
  readonly multipleOf?: number | undefined;
  /** Default `"right"`; generation wants `"left"`. */
  readonly direction?: "left" | "right";
  /** Default: the tokenizer's pad token. */
  readonly id?: number;
  readonly token?: string;
  /** Default 0. */
  readonly typeId?: number;
}

/** Padding options with everything said. */
export interface Padding {
  readonly length: "longest" | number;
  readonly multipleOf: number | undefined;
  readonly direction: "left" | "right";
  readonly id: number;
  readonly token: string;
  readonly typeId: number;
}

/** `padding` of `tokenizer.json`. */
export interface PaddingJson {
  readonly strategy: "BatchLongest" | { readonly Fixed: number };
  readonly direction: "Left" | "Right";
  readonly pad_to_multiple_of: number | null;
  readonly pad_id: number;
  readonly pad_type_id: number;
  readonly pad_token: string;
}

export function readPadding(json: unknown, path = "padding"): Padding {
  const fields = new ComponentFields(json, path);
  let length: "longest" | number = "longest";
  if (typeof fields.raw("strategy") === "string") fields.oneOf("strategy", ["BatchLongest"]);
  else {
    const fixed = new ComponentFields(fields.record("strategy"), fields.pathOf("strategy"));
    length = fixed.integer("Fixed");
    fixed.end();
  }
  const padding: Padding = {
    length,
    multipleOf: fields.optional("pad_to_multiple_of", "integer"),
    direction: fields.oneOf("direction", ["Left", "Right"], "Right") === "Left" ? "left" : "right",
    id: fields.integer("pad_id"),
    token: fields.string("pad_token"),
    typeId: fields.integer("pad_type_id", 0),
  };
  fields.end();
  return padding;
}

export function paddingJson(padding: Padding): PaddingJson {
  return {
    strategy: padding.length === "longest" ? "BatchLongest" : { Fixed: padding.length },
    direction: padding.direction === "left" ? "Left" : "Right",
    pad_to_multiple_of: padding.multipleOf ?? null,
    pad_id: padding.id,
    pad_type_id: padding.typeId,
    pad_token: padding.token,
  };
}

/**
 * Padding options with their defaults, checked.
 *
 * @param base  where what is not given comes from: the tokenizer's own padding, and its pad token
 */
export function checkPadding(operation: string, options: PaddingOptions, base: Partial<Padding>): Padding {
  checkOptions(`${operation}: padding`, options, [
    "length",
    "multipleOf",
    "direction",
    "id",
    "token",
    "typeId",
  ]);
  const {
    length = "longest",
    multipleOf,
    direction = "right",
    id,
    token,
    typeId = 0,
  } = {
    ...base,
    ...options,
  };
  const counts = {
    length: length === "longest" ? 0 : length,
    multipleOf: multipleOf ?? 0,
    typeId,
    id: id ?? 0,
  };
  for (const [name, value] of Object.entries(counts)) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new TokenizerError(
      `${operation}: padding.${name} must be a whole number >= 0 (got ${show(value)})`,
    );
  }
  if (direction !== "left" && direction !== "right") {
    throw new TokenizerError(
      `${operation}: padding.direction must be "left" or "right" (got ${show(direction)})`,
    );
  }
  if (id === undefined || token === undefined) {
    throw new TokenizerError(
      `${operation}: the tokenizer has no pad token; pass padding: { id, token } (got ${show(options)})`,
    );
  }
  return { length, multipleOf, direction, id, token, typeId };
}

/** The length that a batch is padded to. */
export function paddedLength(lengths: readonly number[], padding: Padding): number {
  const length =
    padding.length === "longest" ? lengths.reduce((most, n) => Math.max(most, n), 0) : padding.length;
  const multiple = padding.multipleOf ?? 0;
  return multiple > 0 ? Math.ceil(length / multiple) * multiple : length;
}
