import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";
import { normalizeForm } from "./unicode-form.ts";

/** Unicode normalization form NFC. */
export class NFC implements Normalizer {
  static fromJSON(json: unknown, path: string): NFC {
    new ComponentFields(json, path, "NFC").end();
    return new NFC();
  }

  normalize(source: AlignedText): AlignedText {
    return normalizeForm(source, "NFC");
  }

  toJSON(): ComponentJson {
    return { type: "NFC" };
  }
}
