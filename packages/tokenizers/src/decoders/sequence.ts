import { ComponentFields, type ComponentReader } from "../component-json.ts";
import type { ComponentJson, Decoder, DecoderStage } from "../pipeline/roles.ts";

/** Decoders one after the other. */
export class SequenceDecoder implements Decoder {
  readonly decoders: readonly Decoder[];
  readonly fuses: boolean;

  constructor(decoders: readonly Decoder[]) {
    this.decoders = decoders;
    this.fuses = decoders.some(({ fuses }) => fuses);
  }

  static fromJSON(json: unknown, path: string, read: ComponentReader<Decoder>): SequenceDecoder {
    const fields = new ComponentFields(json, path, "Sequence");
    const decoders = fields.components("decoders", read);
    fields.end();
    return new SequenceDecoder(decoders);
  }

  start(emit: (text: string) => void, chunks: boolean): DecoderStage {
    // From the last to the first, each gives to the one behind it.
    const fused = this.decoders.map((_, i) => chunks || this.decoders.slice(0, i).some(({ fuses }) => fuses));
    return this.decoders.reduceRight<DecoderStage>(
      (next, decoder, i) => {
        const stage = decoder.start((text) => next.push(text), fused[i]!);
        return {
          push: (text) => stage.push(text),
          end: () => {
            stage.end();
            next.end();
          },
        };
      },
      { push: emit, end: () => {} },
    );
  }

  toJSON(): ComponentJson {
    return { type: "Sequence", decoders: this.decoders.map((each) => each.toJSON()) };
  }
}
