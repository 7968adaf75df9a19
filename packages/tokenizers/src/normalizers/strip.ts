import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import { AlignedTextBuilder } from "../pipeline/aligned-text-builder.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";
import { isWhiteSpace } from "../white-space.ts";

export interface StripOptions {
  /** White space at the beginning, default `true`. */
  readonly left?: boolean;
  /** White space at the end, default `true`. */
  readonly right?: boolean;
}

/**
 * Leaves out white space at the ends of a text.
 *
 * @example
 * new Strip().normalize(new AlignedText(" a ")).text; // => "a"
 */
export class Strip implements Normalizer {
  readonly left: boolean;
  readonly right: boolean;

  constructor({ left = true, right = true }: StripOptions = {}) {
    this.left = left;
    this.right = right;
  }

  static fromJSON(json: unknown, path: string): Strip {
    const fields = new ComponentFields(json, path, "Strip");
    const options = { left: fields.boolean("strip_left"), right: fields.boolean("strip_right") };
    fields.end();
    return new Strip(options);
  }

  normalize(source: AlignedText): AlignedText {
    const { text } = source;
    let start = 0;
    let end = text.length;
    if (this.left) while (start < end && isWhiteSpace(text.charCodeAt(start))) start++;
    if (this.right) while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end--;
    if (start === 0 && end === text.length) return source;
    if (start === 0 && source.starts === undefined) return source.slice(0, end);
    // not a part of the text, but the text without its ends: `base` stays
    const builder = new AlignedTextBuilder(source);
    builder.skipTo(start);
    builder.copyTo(end);
    return builder.finish();
  }

  toJSON(): ComponentJson {
    return { type: "Strip", strip_left: this.left, strip_right: this.right };
  }
}
