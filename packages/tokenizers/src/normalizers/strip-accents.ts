import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";
import { classRegExp } from "./character-classes.ts";
import { withoutCharacters } from "./filter.ts";

/** Leaves out combining marks; a normalizer that decomposes (`NFD`, `NFKD`) comes before it. */
export class StripAccents implements Normalizer {
  static fromJSON(json: unknown, path: string): StripAccents {
    new ComponentFields(json, path, "StripAccents").end();
    return new StripAccents();
  }

  normalize(source: AlignedText): AlignedText {
    return withoutCharacters(source, classRegExp("combiningMark"));
  }

  toJSON(): ComponentJson {
    return { type: "StripAccents" };
  }
}
