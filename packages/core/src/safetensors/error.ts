/**
 * What was wrong, for programs; the message says it for people.
 *
 * | Code | Meaning |
 * | --- | --- |
 * | `header-too-small` | fewer than the 8 bytes of the header length |
 * | `header-too-large` | the header length is above 100,000,000 bytes |
 * | `header-truncated` | the header ends after the file does |
 * | `header-not-utf8` | the header is not UTF-8 |
 * | `header-not-json` | the header (or the index of a sharded checkpoint) is not JSON |
 * | `header-invalid` | JSON, but not of the form the format prescribes |
 * | `duplicate-key` | a name occurs twice |
 * | `unknown-dtype` | a dtype that the format does not know |
 * | `invalid-shape` | a shape that is not a list of non-negative integers, or one that overflows |
 * | `invalid-offsets` | reversed, overlapping, with holes, or not the size that dtype and shape ask for |
 * | `data-truncated`, `data-trailing` | the file is shorter, or longer, than its tensors |
 * | `unsupported-dtype` | a known dtype that the called function cannot convert |
 * | `value-out-of-range` | a value that the target type cannot hold |
 * | `invalid-tensor` | a tensor to be written whose name, shape or data is wrong |
 * | `invalid-index` | the index of a sharded checkpoint contradicts its directory or its shards |
 * | `tensor-not-found` | a name that the file or checkpoint does not have |
 * | `file-not-found`, `not-a-file`, `file-changed` | the file is missing, no regular file, or was replaced meanwhile |
 */
export type SafetensorsErrorCode =
  | "header-too-small"
  | "header-too-large"
  | "header-truncated"
  | "header-not-utf8"
  | "header-not-json"
  | "header-invalid"
  | "duplicate-key"
  | "unknown-dtype"
  | "invalid-shape"
  | "invalid-offsets"
  | "data-truncated"
  | "data-trailing"
  | "unsupported-dtype"
  | "value-out-of-range"
  | "invalid-tensor"
  | "invalid-index"
  | "tensor-not-found"
  | "file-not-found"
  | "not-a-file"
  | "file-changed";

/**
 * The one error of this folder: a file, a tensor or a request that is not as it must be.
 *
 * @example
 * try {
 *   parseSafetensors(new Uint8Array(3));
 * } catch (error) {
 *   if (!(error instanceof SafetensorsError)) throw error;
 *   error.code; // => "header-too-small"
 * }
 */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
  readonly code: SafetensorsErrorCode;

  constructor(code: SafetensorsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const MAX_QUOTED = 80;

/** Names come from files that nobody checked: escaped, and cut to a length that a log can bear. */
export function quote(name: string): string {
  if (name.length <= MAX_QUOTED) return JSON.stringify(name);
  return `${JSON.stringify(name.slice(0, MAX_QUOTED))}… (${name.length} characters)`;
}

/** As `[2,3]`; a shape of a broken file may have millions of sizes. */
export function showShape(shape: readonly number[]): string {
  return shape.length > 16 ? `[${shape.slice(0, 16)},… ${shape.length} sizes]` : `[${shape}]`;
}
