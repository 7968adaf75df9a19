import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";
import { normalizeForm } from "./unicode-form.ts";

/** Unicode normalization form NFKD. */
export class NFKD implements Normalizer {
  static fromJSON(json: unknown, path: string): NFKD {
    new ComponentFields(json, path, "NFKD").end();
    return new NFKD();
  }

  normalize(source: AlignedText): AlignedText {
    return normalizeForm(source, "NFKD");
  }

  toJSON(): ComponentJson {
    return { type: "NFKD" };
  }
}
