import { ComponentFields } from "../component-json.ts";
import { TokenizerError, TokenizerFormatError } from "../errors.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import { AlignedTextBuilder } from "../pipeline/aligned-text-builder.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";
import { Charsmap } from "./charsmap.ts";

/** Grapheme clusters of more bytes are looked up character by character. */
const MAX_CLUSTER_BYTES = 5;
const PREPEND =
  "\\u{600}-\\u{605}\\u{6dd}\\u{70f}\\u{890}\\u{891}\\u{8e2}\\u{d4e}\\u{110bd}\\u{110cd}\\u{111c2}\\u{111c3}" +
  "\\u{113d1}\\u{1193f}\\u{11941}\\u{11a3a}\\u{11a84}-\\u{11a89}\\u{11d46}\\u{11f02}";
type Replacer = (start: number, end: number, replacement: string) => void;

let patterns: { readonly chunks: RegExp; readonly joiners: RegExp } | undefined;

/**
 * SentencePiece's normalization by a table, as Hugging Face's tokenizers apply it: to grapheme clusters of up
 * to five bytes, of which the shortest beginning in the table counts for all, and else to single characters.
 */
export class Precompiled implements Normalizer {
  readonly charsmap: Charsmap;
  /** What single characters are replaced by; `null` for those that stay. */
  readonly #singles = new Map<number, string | null>();

  /** @param charsmap  the table, or its bytes */
  constructor(charsmap: Charsmap | Uint8Array) {
    this.charsmap = charsmap instanceof Charsmap ? charsmap : new Charsmap(charsmap);
  }

  static fromJSON(json: unknown, path: string): Precompiled {
    const fields = new ComponentFields(json, path, "Precompiled");
    const encoded = fields.string("precompiled_charsmap");
    const where = fields.pathOf("precompiled_charsmap");
    fields.end();
    return new Precompiled(new Charsmap(fromBase64(encoded, where), where));
  }

  normalize(source: AlignedText): AlignedText {
    const { text } = source;
    patterns ??= {
      chunks: new RegExp(`\\r\\n|[\\0-\\x7f]?[^\\0-\\x7f]+(?:(?<=[${PREPEND}])[ -~])?|[\\0-\\x7f]`, "gv"),
      joiners: new RegExp(
        `\\r\\n|[\\p{M}\\p{Emoji_Modifier}\\p{RI}\\u200c\\u200d\\u0e33\\u0eb3\\u1100-\\u11ff\\ua960-\\ua97f\\ud7b0-\\ud7ff${PREPEND}]`,
        "v",
      ),
    };
    let builder: AlignedTextBuilder | undefined;
    const replace = (start: number, end: number, replacement: string): void => {
      builder ??= new AlignedTextBuilder(source);
      rewrite(builder, start, end, replacement);
    };
    for (const { 0: chunk, index } of text.matchAll(patterns.chunks)) {
      if (chunk.length === 1 || !patterns.joiners.test(chunk)) {
        this.#characters(replace, text, index, index + chunk.length);
        continue;
      }
      for (const { segment, index: offset } of graphemes(chunk)) {
        const start = index + offset;
        const end = start + segment.length;
        const match = isShort(segment) ? this.charsmap.shortest(text, start, end) : undefined;
        if (match === undefined) this.#characters(replace, text, start, end);
        else replace(start, end, match.replacement);
      }
    }
    if (builder === undefined) return source;
    builder.copyTo(text.length);
    return builder.finish();
  }

  #characters(replace: Replacer, text: string, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const codePoint = text.codePointAt(at)!;
      const next = at + (codePoint > 0xffff ? 2 : 1);
      let replacement = this.#singles.get(codePoint);
      if (replacement === undefined) {
        replacement = this.charsmap.shortest(text, at, next)?.replacement ?? null;
        this.#singles.set(codePoint, replacement);
      }
      if (replacement !== null) replace(at, next, replacement);
      at = next;
    }
  }

  toJSON(): ComponentJson {
    return { type: "Precompiled", precompiled_charsmap: toBase64(this.charsmap.bytes) };
  }
}

/** Replaces units `start .. end`, character by character; what is left over goes with the last one. */
function rewrite(builder: AlignedTextBuilder, start: number, end: number, replacement: string): void {
  builder.copyTo(start);
  for (const character of replacement) {
    if (builder.at < end) builder.replace(character);
    else builder.insert(character);
  }
  builder.skipTo(end);
}

function isShort(segment: string): boolean {
  if (segment.length > MAX_CLUSTER_BYTES) return false;
  return new TextEncoder().encode(segment).length <= MAX_CLUSTER_BYTES;
}

let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): Iterable<{ readonly segment: string; readonly index: number }> {
  if (typeof Intl === "undefined" || Intl.Segmenter === undefined) {
    throw new TokenizerError(
      "Precompiled: this platform has no Intl.Segmenter to find grapheme clusters with",
    );
  }
  segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  return segmenter.segment(text);
}

function fromBase64(encoded: string, path: string): Uint8Array {
  try {
    return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  } catch {
    throw new TokenizerFormatError(`${path}: not base64 (got ${encoded.length} characters)`, path);
  }
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
