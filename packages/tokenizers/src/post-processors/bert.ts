import { ComponentFields } from "../component-json.ts";
import type { ComponentJson, LayoutItem, OffsetTrim, PostProcessor } from "../pipeline/roles.ts";
import { readTokenWithId, sequencesOnly, special, type TokenWithId } from "./layout.ts";

export interface BertProcessingOptions {
  readonly sep: TokenWithId;
  readonly cls: TokenWithId;
}

/** `[CLS] A [SEP]`, with a pair `[CLS] A [SEP] B [SEP]`; `B` and its separator have type 1. */
export class BertProcessing implements PostProcessor {
  readonly sep: TokenWithId;
  readonly cls: TokenWithId;
  readonly trims: readonly OffsetTrim[] = [];

  constructor(options: BertProcessingOptions) {
    this.sep = options.sep;
    this.cls = options.cls;
  }

  static fromJSON(json: unknown, path = "post_processor"): BertProcessing {
    const fields = new ComponentFields(json, path, "BertProcessing");
    const options = { sep: readTokenWithId(fields, "sep"), cls: readTokenWithId(fields, "cls") };
    fields.end();
    return new BertProcessing(options);
  }

  layout(pair: boolean, addSpecialTokens: boolean): readonly LayoutItem[] {
    const sequences = sequencesOnly(pair);
    if (!addSpecialTokens) return sequences;
    return [
      special(this.cls, 0),
      ...sequences.flatMap((sequence) => [sequence, special(this.sep, sequence.typeId)]),
    ];
  }

  toJSON(): ComponentJson {
    return {
      type: "BertProcessing",
      sep: [this.sep.token, this.sep.id],
      cls: [this.cls.token, this.cls.id],
    };
  }
}
