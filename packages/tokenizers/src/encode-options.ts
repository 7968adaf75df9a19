import { checkPadding, type Padding, type PaddingOptions } from "./encoding/padding.ts";
import { checkTruncation, type TruncationOptions } from "./encoding/truncation.ts";
import { checkOptions, show, TokenizerError } from "./errors.ts";
import type { SampleKey, SamplingOptions } from "./pipeline/roles.ts";
import type { DecodeOptions, EncodeOptions } from "./tokenizer.ts";

/** How `PipelineTokenizer` encodes. What is not given is as the tokenizer itself has it. */
export interface PipelineEncodeOptions extends EncodeOptions {
  /** A second text, for models that take pairs. */
  readonly pair?: string;
  /** Find special tokens that the text spells. Default `true`; for text that is not trusted, `false`. */
  readonly readSpecialTokens?: boolean;
  /** How long an encoding may be; `false` for as long as it is. Default: the tokenizer's own. */
  readonly truncation?: TruncationOptions | false;
  /** What an encoding is filled up to; `false` for not at all. Default: the tokenizer's own. */
  readonly padding?: PaddingOptions | false;
  /** What offsets count. Default `"utf16"`, as JavaScript's `slice` does. */
  readonly offsets?: "utf16" | "codePoint";
  /** Draw a tokenization at random (BPE dropout, Unigram sampling), a pure function of the key. */
  readonly sample?: SamplingOptions & { readonly key: SampleKey };
}

export interface PipelineDecodeOptions extends DecodeOptions {
  /** Take away white space before punctuation and English contractions. Default: the tokenizer's own. */
  readonly cleanUpTokenizationSpaces?: boolean;
}

/** Encode options with everything said. */
export interface EncodePlan {
  readonly addSpecialTokens: boolean;
  readonly readSpecialTokens: boolean;
  readonly truncation: Required<TruncationOptions> | undefined;
  readonly padding: Padding | undefined;
  readonly codePoints: boolean;
}

/** What the tokenizer itself says about encoding. */
export interface EncodeDefaults {
  readonly truncation: Required<TruncationOptions> | undefined;
  readonly padding: Padding | undefined;
  /** Its pad token, if it has one. */
  readonly pad: { readonly id: number; readonly token: string } | undefined;
}

const encodeOptionNames = [
  "addSpecialTokens",
  "pair",
  "readSpecialTokens",
  "truncation",
  "padding",
  "offsets",
  "sample",
];

/** @throws TokenizerError for an option that does not exist or has no such value */
export function planEncoding(
  operation: string,
  options: PipelineEncodeOptions,
  defaults: EncodeDefaults,
): EncodePlan {
  checkOptions(operation, options, encodeOptionNames);
  const { truncation, padding, offsets = "utf16" } = options;
  if (offsets !== "utf16" && offsets !== "codePoint") {
    throw new TokenizerError(`${operation}: offsets must be "utf16" or "codePoint" (got ${show(offsets)})`);
  }
  return {
    addSpecialTokens: options.addSpecialTokens ?? true,
    readSpecialTokens: options.readSpecialTokens ?? true,
    truncation:
      truncation === undefined
        ? defaults.truncation
        : truncation === false
          ? undefined
          : checkTruncation(operation, truncation),
    padding: planPadding(operation, padding, defaults),
    codePoints: offsets === "codePoint",
  };
}

function planPadding(
  operation: string,
  padding: PaddingOptions | false | undefined,
  defaults: EncodeDefaults,
): Padding | undefined {
  if (padding === undefined) return defaults.padding;
  if (padding === false) return undefined;
  return checkPadding(operation, padding, defaults.padding ?? defaults.pad ?? {});
}
