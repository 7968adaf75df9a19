import { ComponentFields } from "../component-json.ts";
import { TokenizerFormatError } from "../errors.ts";
import type { Charsmap } from "../normalizers/charsmap.ts";
import { Precompiled } from "../normalizers/precompiled.ts";
import { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";
import { PrefixMatcher } from "./prefix-matcher.ts";

export interface SentencePieceNormalizerOptions {
  /** A table of replacements, of which the longest match counts. Default: none. */
  readonly charsmap?: Charsmap | undefined;
  /** Put a space before the text, if there is any. Default `true`. */
  readonly addDummyPrefix?: boolean;
  /** Leave out spaces at both ends, and all but one between words. Default `true`. */
  readonly removeExtraWhitespaces?: boolean;
  /** Write spaces as `▁` (U+2581). Default `true`. */
  readonly escapeWhitespaces?: boolean;
  /** Texts that are left as they are. Default: none. */
  readonly userDefined?: readonly string[];
}

/**
 * SentencePiece's normalization: replacements by a table, then white space (only U+0020 counts as such).
 *
 * A replacement is aligned as a whole to what it replaces; the dummy prefix to nothing, at the first character.
 *
 * @example
 * new SentencePieceNormalizer().normalize(new AlignedText(" a  b ")).text; // => "▁a▁b"
 */
export class SentencePieceNormalizer implements Normalizer {
  readonly options: SentencePieceNormalizerOptions;
  readonly #matcher: PrefixMatcher;

  constructor(options: SentencePieceNormalizerOptions = {}) {
    this.options = options;
    this.#matcher = new PrefixMatcher(options.userDefined ?? []);
  }

  static fromJSON(json: unknown, path: string): SentencePieceNormalizer {
    const fields = new ComponentFields(json, path, "SentencePiece");
    const charsmap = fields.has("charsmap")
      ? Precompiled.fromJSON(fields.raw("charsmap"), fields.pathOf("charsmap")).charsmap
      : undefined;
    const options = {
      charsmap,
      addDummyPrefix: fields.boolean("add_dummy_prefix", true),
      removeExtraWhitespaces: fields.boolean("remove_extra_whitespaces", true),
      escapeWhitespaces: fields.boolean("escape_whitespaces", true),
      userDefined: fields.list("user_defined", []).map((text, i) => {
        if (typeof text === "string" && text !== "") return text;
        const at = `${fields.pathOf("user_defined")}[${i}]`;
        throw new TokenizerFormatError(`${at}: not a text of one character or more`, at);
      }),
    };
    fields.end();
    return new SentencePieceNormalizer(options);
  }

  normalize(source: AlignedText): AlignedText {
    const { charsmap, addDummyPrefix = true, removeExtraWhitespaces = true } = this.options;
    const space = (this.options.escapeWhitespaces ?? true) ? "▁" : " ";
    const { text } = source;
    const end = text.length;
    const chunks: string[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    const put = (chunk: string, from: number, to: number): void => {
      chunks.push(chunk);
      for (let i = 0; i < chunk.length; i++) {
        starts.push(from);
        ends.push(to);
      }
    };
    let afterSpace = removeExtraWhitespaces; // whether a space would be one too many
    let begun = false;
    for (let at = 0; at < end; ) {
      let next = at + this.#matcher.match(text, at);
      let replacement: string | undefined;
      if (next === at) {
        const match = charsmap?.longest(text, at, end);
        replacement = match?.replacement;
        next = match?.end ?? at + (text.codePointAt(at)! > 0xffff ? 2 : 1);
      }
      let chunk = replacement ?? text.slice(at, next);
      if (afterSpace) chunk = chunk.replace(/^ +/, "");
      if (chunk !== "") {
        const from = source.originalStart(at);
        if (!begun && addDummyPrefix) put(space, from, from);
        begun = true;
        put(chunk.replaceAll(" ", space), from, source.originalEnd(next));
        afterSpace = removeExtraWhitespaces && chunk.endsWith(" ");
      }
      at = next;
    }
    if (!begun && end > 0 && addDummyPrefix) put(space, source.originalStart(0), source.originalStart(0));
    const normal = chunks.join("");
    let length = normal.length;
    if (removeExtraWhitespaces) while (normal.endsWith(space, length)) length--;
    return new AlignedText(
      normal.slice(0, length),
      0,
      Int32Array.from(starts.slice(0, length)),
      Int32Array.from(ends.slice(0, length)),
    );
  }

  toJSON(): ComponentJson {
    const { charsmap, addDummyPrefix, removeExtraWhitespaces, escapeWhitespaces, userDefined } = this.options;
    return {
      type: "SentencePiece",
      charsmap: charsmap === undefined ? null : new Precompiled(charsmap).toJSON(),
      add_dummy_prefix: addDummyPrefix ?? true,
      remove_extra_whitespaces: removeExtraWhitespaces ?? true,
      escape_whitespaces: escapeWhitespaces ?? true,
      user_defined: userDefined ?? [],
    };
  }
}
