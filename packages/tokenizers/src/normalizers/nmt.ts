import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";
import { classRegExp } from "./character-classes.ts";
import { withoutCharacters } from "./filter.ts";

const SPACES = () => /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g;

/** What machine translation cleans away: control characters; unusual spaces become usual ones. */
export class Nmt implements Normalizer {
  static fromJSON(json: unknown, path: string): Nmt {
    new ComponentFields(json, path, "Nmt").end();
    return new Nmt();
  }

  normalize(source: AlignedText): AlignedText {
    const cleaned = withoutCharacters(source, classRegExp("nmtControl"));
    return cleaned.withText(cleaned.text.replace(SPACES(), " "));
  }

  toJSON(): ComponentJson {
    return { type: "Nmt" };
  }
}
