import { ComponentFields } from "../component-json.ts";
import type { ComponentJson, Decoder, DecoderStage } from "../pipeline/roles.ts";
import { mapStage } from "./chain.ts";
import { cleanUpToken } from "./cleanup.ts";

export interface WordPieceDecoderOptions {
  /** What a token begins with that continues a word. Default `"##"`. */
  readonly prefix?: string;
  /** Take away white space before punctuation and English contractions. Default `true`. */
  readonly cleanup?: boolean;
}

/** Joins `##` tokens to the one before, all others with a space. */
export class WordPieceDecoder implements Decoder {
  readonly fuses = false;
  readonly prefix: string;
  readonly cleanup: boolean;

  constructor(options: WordPieceDecoderOptions = {}) {
    this.prefix = options.prefix ?? "##";
    this.cleanup = options.cleanup ?? true;
  }

  static fromJSON(json: unknown, path = "decoder"): WordPieceDecoder {
    const fields = new ComponentFields(json, path, "WordPiece");
    const options = { prefix: fields.string("prefix", "##"), cleanup: fields.boolean("cleanup", true) };
    fields.end();
    return new WordPieceDecoder(options);
  }

  start(emit: (text: string) => void, chunks: boolean): DecoderStage {
    return mapStage(emit, chunks, (token, index) => {
      const joined =
        index === 0 ? token : token.startsWith(this.prefix) ? token.slice(this.prefix.length) : ` ${token}`;
      return this.cleanup ? cleanUpToken(joined) : joined;
    });
  }

  toJSON(): ComponentJson {
    return { type: "WordPiece", prefix: this.prefix, cleanup: this.cleanup };
  }
}
