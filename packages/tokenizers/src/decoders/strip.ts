import { ComponentFields } from "../component-json.ts";
import type { ComponentJson, Decoder, DecoderStage } from "../pipeline/roles.ts";
import { mapStage } from "./chain.ts";

export interface StripDecoderOptions {
  /** The character that is taken away. */
  readonly content: string;
  /** How many at the start, at most. Default 0. */
  readonly start?: number;
  /** How many at the end, at most. Default 0. */
  readonly stop?: number;
}

/** Takes a character away from the ends of each token, or of the whole text behind `Fuse`. */
export class StripDecoder implements Decoder {
  readonly fuses = false;
  readonly content: string;
  readonly startCount: number;
  readonly stopCount: number;

  constructor(options: StripDecoderOptions) {
    this.content = options.content;
    this.startCount = options.start ?? 0;
    this.stopCount = options.stop ?? 0;
  }

  static fromJSON(json: unknown, path = "decoder"): StripDecoder {
    const fields = new ComponentFields(json, path, "Strip");
    const options = {
      content: fields.char("content"),
      start: fields.integer("start"),
      stop: fields.integer("stop"),
    };
    fields.end();
    return new StripDecoder(options);
  }

  start(emit: (text: string) => void, chunks: boolean): DecoderStage {
    if (!chunks) return mapStage(emit, false, (token) => this.#strip(token));
    let toDrop = this.startCount;
    let held = ""; // what may be stripped from the end
    return {
      push: (chunk) => {
        const start = this.#leading(chunk, toDrop);
        toDrop = start < chunk.length ? 0 : toDrop - start / this.content.length;
        const text = held + chunk.slice(start);
        const keep = this.#trailing(text, this.stopCount);
        held = text.slice(text.length - keep);
        if (text.length > keep) emit(text.slice(0, text.length - keep));
      },
      end: () => {},
    };
  }

  toJSON(): ComponentJson {
    return { type: "Strip", content: this.content, start: this.startCount, stop: this.stopCount };
  }

  #strip(token: string): string {
    const text = token.slice(this.#leading(token, this.startCount));
    return text.slice(0, text.length - this.#trailing(text, this.stopCount));
  }

  /** Units at the start of `text` that are up to `count` times the character. */
  #leading(text: string, count: number): number {
    let end = 0;
    for (let i = 0; i < count && text.startsWith(this.content, end); i++) end += this.content.length;
    return end;
  }

  #trailing(text: string, count: number): number {
    let start = text.length;
    for (let i = 0; i < count && text.slice(0, start).endsWith(this.content); i++)
      start -= this.content.length;
    return text.length - start;
  }
}
