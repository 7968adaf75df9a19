import { ComponentFields } from "../component-json.ts";
import type { ComponentJson, Decoder, DecoderStage } from "../pipeline/roles.ts";
import { wholeStage } from "./chain.ts";

/** Turns the mark at a word's end into a space, the last one into nothing. */
export class BpeDecoder implements Decoder {
  readonly fuses = false;
  readonly suffix: string;

  /** @param options.suffix  the mark at a word's end, default `"</w>"` */
  constructor(options: { readonly suffix?: string } = {}) {
    this.suffix = options.suffix ?? "</w>";
  }

  static fromJSON(json: unknown, path = "decoder"): BpeDecoder {
    const fields = new ComponentFields(json, path, "BPEDecoder");
    const options = { suffix: fields.string("suffix", "</w>") };
    fields.end();
    return new BpeDecoder(options);
  }

  start(emit: (text: string) => void, chunks: boolean): DecoderStage {
    if (chunks) return wholeStage((whole) => emit(whole.replaceAll(this.suffix, "")));
    let held: string | undefined; // the last token is treated differently
    return {
      push: (token) => {
        if (held !== undefined) emit(held.replaceAll(this.suffix, " "));
        held = token;
      },
      end: () => {
        if (held !== undefined) emit(held.replaceAll(this.suffix, ""));
      },
    };
  }

  toJSON(): ComponentJson {
    return { type: "BPEDecoder", suffix: this.suffix };
  }
}
