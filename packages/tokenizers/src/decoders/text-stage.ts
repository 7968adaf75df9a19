import type { Decoder, DecoderStage } from "../pipeline/roles.ts";
import { cleanUpStage } from "./cleanup.ts";

/**
 * From tokens to text as one stage: a decoder (without one, tokens are joined with spaces), and the clean-up of
 * the text if it is wanted.
 */
export function decodeStage(
  decoder: Decoder | undefined,
  cleanUp: boolean,
  emit: (text: string) => void,
): DecoderStage {
  const last: DecoderStage = cleanUp ? cleanUpStage(emit) : { push: emit, end: () => {} };
  let first = true;
  const stage = decoder?.start((text) => last.push(text), false) ?? {
    push: (token) => {
      last.push(first ? token : ` ${token}`);
      first = false;
    },
    end: () => {},
  };
  return {
    push: (token) => stage.push(token),
    end: () => {
      stage.end();
      last.end();
    },
  };
}
