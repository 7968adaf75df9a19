import { ComponentFields, type ComponentReader } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";

/** Normalizers one after the other. */
export class NormalizerSequence implements Normalizer {
  readonly normalizers: readonly Normalizer[];

  constructor(normalizers: readonly Normalizer[]) {
    this.normalizers = normalizers;
  }

  static fromJSON(json: unknown, path: string, read: ComponentReader<Normalizer>): NormalizerSequence {
    const fields = new ComponentFields(json, path, "Sequence");
    const normalizers = fields.components("normalizers", read);
    fields.end();
    return new NormalizerSequence(normalizers);
  }

  normalize(source: AlignedText): AlignedText {
    return this.normalizers.reduce((text, normalizer) => normalizer.normalize(text), source);
  }

  toJSON(): ComponentJson {
    return { type: "Sequence", normalizers: this.normalizers.map((normalizer) => normalizer.toJSON()) };
  }
}
