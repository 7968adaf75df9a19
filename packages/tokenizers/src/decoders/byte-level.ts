import { bytesOfCharacters } from "../byte-characters.ts";
import { ComponentFields } from "../component-json.ts";
import type { ComponentJson, Decoder, DecoderStage } from "../pipeline/roles.ts";
import { wholeStage } from "./chain.ts";

export interface ByteLevelDecoderOptions {
  /** Says nothing here: the three fields are shared with the pre-tokenizer of the same name. Default `true`. */
  readonly addPrefixSpace?: boolean;
  readonly trimOffsets?: boolean;
  readonly useRegex?: boolean;
}

/** Characters that stand for bytes back to bytes, and these to text; bytes that are no UTF-8 give U+FFFD. */
export class ByteLevelDecoder implements Decoder {
  readonly fuses = true;
  readonly addPrefixSpace: boolean;
  readonly trimOffsets: boolean;
  readonly useRegex: boolean;

  constructor(options: ByteLevelDecoderOptions = {}) {
    this.addPrefixSpace = options.addPrefixSpace ?? true;
    this.trimOffsets = options.trimOffsets ?? true;
    this.useRegex = options.useRegex ?? true;
  }

  static fromJSON(json: unknown, path = "decoder"): ByteLevelDecoder {
    const fields = new ComponentFields(json, path, "ByteLevel");
    const options = {
      addPrefixSpace: fields.boolean("add_prefix_space", true),
      trimOffsets: fields.boolean("trim_offsets", true),
      useRegex: fields.boolean("use_regex", true),
    };
    fields.end();
    return new ByteLevelDecoder(options);
  }

  start(emit: (text: string) => void, chunks: boolean): DecoderStage {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true }); // or a leading U+FEFF would be lost
    const encoder = new TextEncoder();
    const push = (token: string): void => {
      // A token with a character that stands for no byte is text, as added tokens are.
      const bytes = bytesOfCharacters(token) ?? encoder.encode(token);
      const text = decoder.decode(bytes, { stream: true });
      if (text !== "") emit(text);
    };
    const end = (): void => emit(decoder.decode());
    if (!chunks) return { push, end };
    return wholeStage((whole) => {
      push(whole);
      end();
    });
  }

  toJSON(): ComponentJson {
    return {
      type: "ByteLevel",
      add_prefix_space: this.addPrefixSpace,
      trim_offsets: this.trimOffsets,
      use_regex: this.useRegex,
    };
  }
}
