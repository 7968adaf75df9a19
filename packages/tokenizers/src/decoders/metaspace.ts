import { ComponentFields } from "../component-json.ts";
import type { ComponentJson, Decoder, DecoderStage } from "../pipeline/roles.ts";
import { mapStage } from "./chain.ts";

export interface MetaspaceDecoderOptions {
  /** The character that stands for a space. Default `"▁"`. */
  readonly replacement?: string;
  /** When the encoder puts one in front; the decoder drops it unless `"never"`. Default `"always"`. */
  readonly prependScheme?: "always" | "never" | "first";
  /** Says nothing here: the field is shared with the pre-tokenizer of the same name. Default `true`. */
  readonly split?: boolean;
}

/** `▁` back to spaces; in the first token to nothing. */
export class MetaspaceDecoder implements Decoder {
  readonly fuses = false;
  readonly replacement: string;
  readonly prependScheme: "always" | "never" | "first";
  readonly split: boolean;

  constructor(options: MetaspaceDecoderOptions = {}) {
    this.replacement = options.replacement ?? "▁";
    this.prependScheme = options.prependScheme ?? "always";
    this.split = options.split ?? true;
  }

  static fromJSON(json: unknown, path = "decoder"): MetaspaceDecoder {
    const fields = new ComponentFields(json, path, "Metaspace");
    const addPrefixSpace = fields.optional("add_prefix_space", "boolean"); // as older files say it
    const scheme = fields.oneOf("prepend_scheme", ["always", "never", "first"], "always");
    if (addPrefixSpace === false && fields.has("prepend_scheme") && scheme !== "never") {
      throw fields.error("add_prefix_space", `contradicts prepend_scheme ${scheme}`, false);
    }
    fields.optional("str_rep", "string"); // older files: the replacement once more
    const options = {
      replacement: fields.char("replacement"),
      prependScheme: addPrefixSpace === false ? ("never" as const) : scheme,
      split: fields.boolean("split", true),
    };
    fields.end();
    return new MetaspaceDecoder(options);
  }

  start(emit: (text: string) => void, chunks: boolean): DecoderStage {
    const first = this.prependScheme === "never" ? " " : "";
    return mapStage(emit, chunks, (token, index) =>
      token.replaceAll(this.replacement, index === 0 ? first : " "),
    );
  }

  toJSON(): ComponentJson {
    return {
      type: "Metaspace",
      replacement: this.replacement,
      prepend_scheme: this.prependScheme,
      split: this.split,
    };
  }
}
