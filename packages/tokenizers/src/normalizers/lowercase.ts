import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import { AlignedTextBuilder } from "../pipeline/aligned-text-builder.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";

/**
 * Lower case, character by character: a sigma at the end of a word becomes `σ` like any other.
 *
 * @example
 * new Lowercase().normalize(new AlignedText("ΟΔΟΣ")).text; // => "οδοσ"
 */
export class Lowercase implements Normalizer {
  static fromJSON(json: unknown, path: string): Lowercase {
    new ComponentFields(json, path, "Lowercase").end();
    return new Lowercase();
  }

  normalize(source: AlignedText): AlignedText {
    return lowercase(source);
  }

  toJSON(): ComponentJson {
    return { type: "Lowercase" };
  }
}

export function lowercase(source: AlignedText): AlignedText {
  const { text } = source;
  // JavaScript has a form of sigma for the ends of words
  const lower = (text.includes("Σ") ? text.replaceAll("Σ", "σ") : text).toLowerCase();
  if (!text.includes("İ")) return source.withText(lower);
  // the one character whose lower case is two
  const builder = new AlignedTextBuilder(
    source.withText(text.replaceAll("Σ", "σ").replace(/[^İ]+/gu, toLower)),
  );
  for (let at = text.indexOf("İ"); at >= 0; at = text.indexOf("İ", at + 1)) {
    builder.copyTo(at);
    builder.replace("i");
    builder.insert("\u0307");
  }
  builder.copyTo(text.length);
  return builder.finish();
}

function toLower(text: string): string {
  return text.toLowerCase();
}
