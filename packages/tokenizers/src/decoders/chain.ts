import type { Decoder, DecoderStage } from "../pipeline/roles.ts";

/** What a decoder, or a chain of them, makes of a list of tokens. */
export function decodeTokens(decoder: Decoder, tokens: Iterable<string>): string[] {
  const out: string[] = [];
  const stage = decoder.start((text) => out.push(text), false);
  for (const token of tokens) stage.push(token);
  stage.end();
  return out;
}

/** A stage that sees each token by itself and holds nothing back: `map` gets the token and its index. */
export function mapStage(
  emit: (text: string) => void,
  chunks: boolean,
  map: (token: string, index: number) => string,
): DecoderStage {
  if (chunks) return wholeStage((whole) => emit(map(whole, 0)));
  let index = 0;
  return { push: (token) => emit(map(token, index++)), end: () => {} };
}

/** Holds all chunks back until the one string that they are is complete. */
export function wholeStage(finish: (whole: string) => void): DecoderStage {
  let whole = "";
  return {
    push(chunk) {
      whole += chunk;
    },
    end: () => finish(whole),
  };
}
