import { ComponentFields } from "../component-json.ts";
import type { ComponentJson, Decoder, DecoderStage } from "../pipeline/roles.ts";
import { readTextPattern, type TextPattern } from "../regex/text-pattern.ts";
import { mapStage } from "./chain.ts";

export interface ReplaceDecoderOptions {
  readonly pattern: TextPattern;
  readonly content: string;
}

/** Puts `content` in place of every match of a pattern in each token. */
export class ReplaceDecoder implements Decoder {
  readonly fuses = false;
  readonly pattern: TextPattern;
  readonly content: string;

  constructor(options: ReplaceDecoderOptions) {
    this.pattern = options.pattern;
    this.content = options.content;
  }

  static fromJSON(json: unknown, path = "decoder"): ReplaceDecoder {
    const fields = new ComponentFields(json, path, "Replace");
    const options = {
      pattern: readTextPattern(fields.raw("pattern"), fields.pathOf("pattern")),
      content: fields.string("content"),
    };
    fields.end();
    return new ReplaceDecoder(options);
  }

  start(emit: (text: string) => void, chunks: boolean): DecoderStage {
    return mapStage(emit, chunks, (token) => {
      let replaced = "";
      let at = 0;
      const matches = this.pattern.findAll(token);
      for (let i = 0; i < matches.length; i += 2) {
        replaced += token.slice(at, matches[i]) + this.content;
        at = matches[i + 1]!;
      }
      return at === 0 && replaced === "" ? token : replaced + token.slice(at);
    });
  }

  toJSON(): ComponentJson {
    return { type: "Replace", pattern: this.pattern.toJSON(), content: this.content };
  }
}
