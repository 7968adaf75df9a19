import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";
import { normalizeForm } from "./unicode-form.ts";

/** Unicode normalization form NFKC. */
export class NFKC implements Normalizer {
  static fromJSON(json: unknown, path: string): NFKC {
    new ComponentFields(json, path, "NFKC").end();
    return new NFKC();
  }

  normalize(source: AlignedText): AlignedText {
    return normalizeForm(source, "NFKC");
  }

  toJSON(): ComponentJson {
    return { type: "NFKC" };
  }
}
