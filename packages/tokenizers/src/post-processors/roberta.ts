import { ComponentFields } from "../component-json.ts";
import type { ComponentJson, LayoutItem, OffsetTrim, PostProcessor } from "../pipeline/roles.ts";
import { readTokenWithId, sequencesOnly, special, type TokenWithId } from "./layout.ts";

export interface RobertaProcessingOptions {
  readonly sep: TokenWithId;
  readonly cls: TokenWithId;
  /** Leave white space at a token's ends out of its span. Default `true`. */
  readonly trimOffsets?: boolean;
  /** Default `true`. */
  readonly addPrefixSpace?: boolean;
}

/** `<s> A </s>`, with a pair `<s> A </s> </s> B </s>`; all types are 0. */
export class RobertaProcessing implements PostProcessor {
  readonly sep: TokenWithId;
  readonly cls: TokenWithId;
  readonly trimOffsets: boolean;
  readonly addPrefixSpace: boolean;
  readonly trims: readonly OffsetTrim[];

  constructor(options: RobertaProcessingOptions) {
    this.sep = options.sep;
    this.cls = options.cls;
    this.trimOffsets = options.trimOffsets ?? true;
    this.addPrefixSpace = options.addPrefixSpace ?? true;
    this.trims = this.trimOffsets ? [{ addPrefixSpace: this.addPrefixSpace }] : [];
  }

  static fromJSON(json: unknown, path = "post_processor"): RobertaProcessing {
    const fields = new ComponentFields(json, path, "RobertaProcessing");
    const options = {
      sep: readTokenWithId(fields, "sep"),
      cls: readTokenWithId(fields, "cls"),
      trimOffsets: fields.boolean("trim_offsets"),
      addPrefixSpace: fields.boolean("add_prefix_space"),
    };
    fields.end();
    return new RobertaProcessing(options);
  }

  layout(pair: boolean, addSpecialTokens: boolean): readonly LayoutItem[] {
    const sequences = sequencesOnly(pair).map((item) => ({ ...item, typeId: 0 }));
    if (!addSpecialTokens) return sequences;
    const [a, b] = sequences;
    const [cls, sep] = [special(this.cls, 0), special(this.sep, 0)];
    return b === undefined ? [cls, a!, sep] : [cls, a!, sep, sep, b, sep];
  }

  toJSON(): ComponentJson {
    return {
      type: "RobertaProcessing",
      sep: [this.sep.token, this.sep.id],
      cls: [this.cls.token, this.cls.id],
      trim_offsets: this.trimOffsets,
      add_prefix_space: this.addPrefixSpace,
    };
  }
}
