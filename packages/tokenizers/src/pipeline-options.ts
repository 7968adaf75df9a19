import type { AddedToken } from "./added-tokens/added-token.ts";
import type { PaddingOptions } from "./encoding/padding.ts";
import type { TruncationOptions } from "./encoding/truncation.ts";
import type { Decoder, Model, Normalizer, PostProcessor, PreTokenizer } from "./pipeline/roles.ts";
import type { SpecialTokenTexts } from "./special-tokens.ts";

/** What stands beside a tokenizer, in `tokenizer_config.json` and its like: nothing that changes ids. */
export interface TokenizerConfig {
  /** Which tokens are pad, bos, eos and unk. Default: what padding and model say. */
  readonly specialTokens?: SpecialTokenTexts;
  /** Other special tokens by their role's name in a template: `cls_token`, `sep_token`, `mask_token` ... */
  readonly templateTokens?: Readonly<Record<string, string>>;
  /** A Jinja template for conversations, or several by name. */
  readonly chatTemplate?: string | Readonly<Record<string, string>>;
  /** Whether `decode` takes away white space before punctuation. Default `false`. */
  readonly cleanUpTokenizationSpaces?: boolean;
  /** Most tokens that the model takes. */
  readonly modelMaxLength?: number;
}

/** The parts of a tokenizer. */
export interface PipelineTokenizerOptions {
  readonly model: Model;
  readonly normalizer?: Normalizer | undefined;
  readonly preTokenizer?: PreTokenizer | undefined;
  readonly postProcessor?: PostProcessor | undefined;
  /** Without one, tokens are joined with spaces. */
  readonly decoder?: Decoder | undefined;
  readonly addedTokens?: readonly AddedToken[];
  readonly truncation?: TruncationOptions | undefined;
  readonly padding?: PaddingOptions | undefined;
  readonly config?: TokenizerConfig;
}
