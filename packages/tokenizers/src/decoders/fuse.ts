import { ComponentFields } from "../component-json.ts";
import type { ComponentJson, Decoder, DecoderStage } from "../pipeline/roles.ts";

/** Makes one string of all tokens, for decoders behind it that look at the whole text. */
export class Fuse implements Decoder {
  readonly fuses = true;

  static fromJSON(json: unknown, path = "decoder"): Fuse {
    new ComponentFields(json, path, "Fuse").end();
    return new Fuse();
  }

  start(emit: (text: string) => void): DecoderStage {
    return { push: emit, end: () => {} };
  }

  toJSON(): ComponentJson {
    return { type: "Fuse" };
  }
}
