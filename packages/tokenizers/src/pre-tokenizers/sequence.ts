import { ComponentFields, type ComponentReader } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, PreTokenizer } from "../pipeline/roles.ts";

/** Pre-tokenizers one after the other, each on the pieces of the one before. */
export class PreTokenizerSequence implements PreTokenizer {
  readonly preTokenizers: readonly PreTokenizer[];

  constructor(preTokenizers: readonly PreTokenizer[]) {
    this.preTokenizers = preTokenizers;
  }

  static fromJSON(json: unknown, path: string, read: ComponentReader<PreTokenizer>): PreTokenizerSequence {
    const fields = new ComponentFields(json, path, "Sequence");
    const preTokenizers = fields.components("pretokenizers", read);
    fields.end();
    return new PreTokenizerSequence(preTokenizers);
  }

  preTokenize(source: AlignedText): AlignedText[] {
    let pieces = source.length === 0 ? [] : [source];
    for (const preTokenizer of this.preTokenizers) {
      if (pieces.length === 1) pieces = preTokenizer.preTokenize(pieces[0]!);
      else pieces = pieces.flatMap((piece) => preTokenizer.preTokenize(piece));
    }
    return pieces;
  }

  toJSON(): ComponentJson {
    return { type: "Sequence", pretokenizers: this.preTokenizers.map((part) => part.toJSON()) };
  }
}
