import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import { AlignedTextBuilder } from "../pipeline/aligned-text-builder.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";

/**
 * Puts a string before a text, if that is not empty; it is aligned to the first character.
 *
 * @example
 * new Prepend("▁").normalize(new AlignedText("a")).text; // => "▁a"
 */
export class Prepend implements Normalizer {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  static fromJSON(json: unknown, path: string): Prepend {
    const fields = new ComponentFields(json, path, "Prepend");
    const text = fields.string("prepend");
    fields.end();
    return new Prepend(text);
  }

  normalize(source: AlignedText): AlignedText {
    return prepend(source, this.text);
  }

  toJSON(): ComponentJson {
    return { type: "Prepend", prepend: this.text };
  }
}

/** `text` before `source`; both it and the first character then stand for the first character. */
export function prepend(source: AlignedText, text: string): AlignedText {
  if (source.length === 0 || text === "") return source;
  const first = String.fromCodePoint(source.text.codePointAt(0)!);
  const builder = new AlignedTextBuilder(source);
  builder.replace(text + first);
  builder.copyTo(source.length);
  return builder.finish();
}
