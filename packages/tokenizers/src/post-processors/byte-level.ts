import { ComponentFields } from "../component-json.ts";
import type { ComponentJson, LayoutItem, OffsetTrim, PostProcessor } from "../pipeline/roles.ts";
import { sequencesOnly } from "./layout.ts";

export interface ByteLevelPostProcessorOptions {
  /** Default `true`. */
  readonly addPrefixSpace?: boolean;
  /** Leave white space at a token's ends out of its span. Default `true`. */
  readonly trimOffsets?: boolean;
  /** Says nothing here: the field is shared with the pre-tokenizer of the same name. Default `true`. */
  readonly useRegex?: boolean;
}

/** Trims the spans of byte-level tokens; adds no special tokens. */
export class ByteLevelPostProcessor implements PostProcessor {
  readonly addPrefixSpace: boolean;
  readonly trimOffsets: boolean;
  readonly useRegex: boolean;
  readonly trims: readonly OffsetTrim[];

  constructor(options: ByteLevelPostProcessorOptions = {}) {
    this.addPrefixSpace = options.addPrefixSpace ?? true;
    this.trimOffsets = options.trimOffsets ?? true;
    this.useRegex = options.useRegex ?? true;
    this.trims = this.trimOffsets ? [{ addPrefixSpace: this.addPrefixSpace }] : [];
  }

  static fromJSON(json: unknown, path = "post_processor"): ByteLevelPostProcessor {
    const fields = new ComponentFields(json, path, "ByteLevel");
    const options = {
      addPrefixSpace: fields.boolean("add_prefix_space", true),
      trimOffsets: fields.boolean("trim_offsets", true),
      useRegex: fields.boolean("use_regex", true),
    };
    fields.end();
    return new ByteLevelPostProcessor(options);
  }

  layout(pair: boolean): readonly LayoutItem[] {
    return sequencesOnly(pair);
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
