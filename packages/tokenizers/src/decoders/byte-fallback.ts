import { ComponentFields } from "../component-json.ts";
import type { ComponentJson, Decoder, DecoderStage } from "../pipeline/roles.ts";
import { wholeStage } from "./chain.ts";

const byteToken = /^<0x([0-9A-Fa-f]{2})>$/;

/**
 * Runs of byte tokens (`<0xE2>`) to text. A run that is not UTF-8 as a whole becomes one U+FFFD for each byte;
 * so a stream gives out a run only when it is over.
 */
export class ByteFallback implements Decoder {
  readonly fuses = false;

  static fromJSON(json: unknown, path = "decoder"): ByteFallback {
    new ComponentFields(json, path, "ByteFallback").end();
    return new ByteFallback();
  }

  start(emit: (text: string) => void, chunks: boolean): DecoderStage {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
    let run: number[] = [];
    const settle = (): void => {
      if (run.length === 0) return;
      const bytes = Uint8Array.from(run);
      run = [];
      let text: string;
      try {
        text = decoder.decode(bytes);
      } catch {
        for (let i = 0; i < bytes.length; i++) emit("\uFFFD");
        return;
      }
      emit(text);
    };
    const push = (token: string): void => {
      const hex = token.length === 6 ? byteToken.exec(token)?.[1] : undefined;
      if (hex !== undefined) {
        run.push(Number.parseInt(hex, 16));
        return;
      }
      settle();
      emit(token);
    };
    if (!chunks) return { push, end: settle };
    return wholeStage((whole) => {
      push(whole);
      settle();
    });
  }

  toJSON(): ComponentJson {
    return { type: "ByteFallback" };
  }
}
