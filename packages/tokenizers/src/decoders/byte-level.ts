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
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true }); // or a leading U+FEFF would be lost
  /** What tokens that are whole characters decode to. */
  readonly #known = new Map<string, string>();

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
    const encoder = new TextEncoder();
    let held = new Uint8Array(0); // the beginning of a character
    const push = (token: string): void => {
      const known = held.length === 0 ? this.#known.get(token) : undefined;
      if (known !== undefined) {
        emit(known);
        return;
      }
      // A token with a character that stands for no byte is text, as added tokens are.
      const bytes = joined(held, bytesOfCharacters(token) ?? encoder.encode(token));
      const end = bytes.length - incompleteTail(bytes);
      const text = this.#utf8.decode(bytes.subarray(0, end));
      if (held.length === 0 && end === bytes.length) this.#remember(token, text);
      held = bytes.slice(end);
      if (text !== "") emit(text);
    };
    const end = (): void => {
      if (held.length > 0) emit(this.#utf8.decode(held));
    };
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

  #remember(token: string, text: string): void {
    if (this.#known.size >= 1 << 16) this.#known.clear();
    this.#known.set(token, text);
  }
}

function joined(head: Uint8Array<ArrayBuffer>, tail: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (head.length === 0) return tail;
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

/** How many bytes at the end begin a character that is not complete yet. */
function incompleteTail(bytes: Uint8Array): number {
  for (let n = 1; n <= 3 && n <= bytes.length; n++) {
    const byte = bytes[bytes.length - n]!;
    if (byte >= 0xc0) return n < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? n : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}
