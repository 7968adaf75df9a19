import { ComponentFields } from "../component-json.ts";
import type { ComponentJson, Decoder, DecoderStage } from "../pipeline/roles.ts";
import { wholeStage } from "./chain.ts";
import { cleanUpToken } from "./cleanup.ts";

export interface CtcDecoderOptions {
  /** The blank. Default `"<pad>"`. */
  readonly padToken?: string;
  /** Default `"|"`. */
  readonly wordDelimiterToken?: string;
  /** Take away white space before punctuation, and make the word delimiter a space. Default `true`. */
  readonly cleanup?: boolean;
}

/** Connectionist temporal classification: repeated tokens count once, then blanks go. */
export class CtcDecoder implements Decoder {
  readonly fuses = false;
  readonly padToken: string;
  readonly wordDelimiterToken: string;
  readonly cleanup: boolean;

  constructor(options: CtcDecoderOptions = {}) {
    this.padToken = options.padToken ?? "<pad>";
    this.wordDelimiterToken = options.wordDelimiterToken ?? "|";
    this.cleanup = options.cleanup ?? true;
  }

  static fromJSON(json: unknown, path = "decoder"): CtcDecoder {
    const fields = new ComponentFields(json, path, "CTC");
    const options = {
      padToken: fields.string("pad_token"),
      wordDelimiterToken: fields.string("word_delimiter_token"),
      cleanup: fields.boolean("cleanup"),
    };
    fields.end();
    return new CtcDecoder(options);
  }

  start(emit: (text: string) => void, chunks: boolean): DecoderStage {
    let before: string | undefined;
    const push = (token: string): void => {
      if (token === before) return;
      before = token;
      let text = token.replaceAll(this.padToken, "");
      if (this.cleanup) text = cleanUpToken(text).replaceAll(this.wordDelimiterToken, " ");
      if (text !== "") emit(text);
    };
    return chunks ? wholeStage(push) : { push, end: () => {} };
  }

  toJSON(): ComponentJson {
    return {
      type: "CTC",
      pad_token: this.padToken,
      word_delimiter_token: this.wordDelimiterToken,
      cleanup: this.cleanup,
    };
  }
}
