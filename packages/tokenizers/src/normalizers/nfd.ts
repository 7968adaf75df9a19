import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";
import { normalizeForm } from "./unicode-form.ts";

/** Unicode normalization form NFD. */
export class NFD implements Normalizer {
  static fromJSON(json: unknown, path: string): NFD {
    new ComponentFields(json, path, "NFD").end();
    return new NFD();
  }

  normalize(source: AlignedText): AlignedText {
    return normalizeForm(source, "NFD");
  }

  toJSON(): ComponentJson {
    return { type: "NFD" };
  }
}
