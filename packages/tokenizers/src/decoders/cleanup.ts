import type { DecoderStage } from "../pipeline/roles.ts";

/** What a clean-up replaces, in this order: white space before punctuation and English contractions. */
const common = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
] as const;
const last = [
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
] as const;
/** Of `tokenizer_config.json`'s `clean_up_tokenization_spaces`. */
const textReplacements = [...common, ...last] as const;
/** Of the decoders that clean up token by token. */
const tokenReplacements = [...common, [" do not", " don't"], ...last] as const;

/** The clean-up of the `WordPiece` and `CTC` decoders, which see one token at a time. */
export function cleanUpToken(token: string): string {
  if (!token.includes(" ")) return token;
  return tokenReplacements.reduce((text, [from, to]) => text.replaceAll(from, to), token);
}

/** The clean-up of a decoded text (`clean_up_tokenization_spaces`), in chunks as they come. */
export function cleanUpStage(emit: (text: string) => void): DecoderStage {
  return textReplacements.reduceRight<DecoderStage>((next, [from, to]) => replaceStage(from, to, next), {
    push: emit,
    end: () => {},
  });
}

/** Replaces a string in a text that comes in chunks, holding back what may be the beginning of one. */
function replaceStage(from: string, to: string, next: DecoderStage): DecoderStage {
  let held = "";
  return {
    push(chunk) {
      const text = held + chunk;
      const end = text.lastIndexOf(from) < 0 ? 0 : afterMatches(text, from);
      let keep = Math.min(from.length - 1, text.length - end);
      while (keep > 0 && !from.startsWith(text.slice(text.length - keep))) keep--;
      held = text.slice(text.length - keep);
      const settled = text.slice(0, text.length - keep);
      if (settled !== "") next.push(settled.replaceAll(from, to));
    },
    end() {
      if (held !== "") next.push(held);
      held = "";
      next.end();
    },
  };
}

/** Where the last of the matches, which do not overlap, ends. */
function afterMatches(text: string, from: string): number {
  let end = 0;
  for (let at = text.indexOf(from); at >= 0; at = text.indexOf(from, end)) end = at + from.length;
  return end;
}
