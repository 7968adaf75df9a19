import { ComponentFields } from "../component-json.ts";
import { TokenizerFormatError } from "../errors.ts";
import type { Charsmap } from "../normalizers/charsmap.ts";
import { Precompiled } from "../normalizers/precompiled.ts";
import { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";
import { PrefixMatcher } from "./prefix-matcher.ts";

const SPACE = 0x20;
/** Units that become a string at once. */
const BLOCK = 1 << 12;

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
  #plain: Uint8Array | undefined;

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
    const plain = this.#plainUnits();
    const output = new Output(end);
    let afterSpace = removeExtraWhitespaces; // whether a space would be one too many
    let begun = false;
    for (let at = 0; at < end; ) {
      const unit = text.charCodeAt(at);
      let next = at + 1;
      let chunk: string;
      if (unit < 128 && plain[unit] === 1 && (next === end || text.charCodeAt(next) < 128)) {
        chunk = afterSpace && unit === SPACE ? "" : text[at];
      } else {
        next = at + this.#matcher.match(text, at);
        let replacement: string | undefined;
        if (next === at) {
          const match = charsmap?.longest(text, at, end);
          replacement = match?.replacement;
          next = match?.end ?? at + (text.codePointAt(at)! > 0xffff ? 2 : 1);
        }
        chunk = replacement ?? text.slice(at, next);
        if (afterSpace) chunk = chunk.replace(/^ +/, "");
      }
      if (chunk !== "") {
        const from = source.originalStart(at);
        if (!begun && addDummyPrefix) output.put(space, from, from);
        begun = true;
        output.put(
          chunk.includes(" ") ? chunk.replaceAll(" ", space) : chunk,
          from,
          source.originalEnd(next),
        );
        afterSpace = removeExtraWhitespaces && chunk.endsWith(" ");
      }
      at = next;
    }
    if (!begun && end > 0 && addDummyPrefix) {
      output.put(space, source.originalStart(0), source.originalStart(0));
    }
    return output.finish(removeExtraWhitespaces ? space : undefined);
  }

  /**
   * `[128]`: 1 for ASCII characters that stay as they are where another one, or the end, follows; nothing in the
   * table and no user-defined text then begins with them.
   */
  #plainUnits(): Uint8Array {
    if (this.#plain !== undefined) return this.#plain;
    const { charsmap, userDefined = [] } = this.options;
    const plain = new Uint8Array(128);
    for (let unit = 0; unit < 128; unit++) {
      const char = String.fromCharCode(unit);
      let isPlain = !userDefined.some((text) => text.startsWith(char));
      for (let after = 0; after < 128 && isPlain && charsmap !== undefined; after++) {
        isPlain = charsmap.longest(char + String.fromCharCode(after), 0, 2) === undefined;
      }
      if (isPlain) plain[unit] = 1;
    }
    this.#plain = plain;
    return plain;
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

/** A text with its alignment, chunk by chunk. */
class Output {
  #length = 0;
  #units: Uint16Array;
  #starts: Int32Array;
  #ends: Int32Array;

  constructor(capacity: number) {
    this.#units = new Uint16Array(capacity + 16);
    this.#starts = new Int32Array(capacity + 16);
    this.#ends = new Int32Array(capacity + 16);
  }

  put(chunk: string, from: number, to: number): void {
    const end = this.#length + chunk.length;
    if (end > this.#units.length) this.#grow(end);
    for (let i = 0; i < chunk.length; i++) {
      const at = this.#length++;
      this.#units[at] = chunk.charCodeAt(i);
      this.#starts[at] = from;
      this.#ends[at] = to;
    }
  }

  /** @param trimmed  the character that is taken away from the end, as often as it is there */
  finish(trimmed: string | undefined): AlignedText {
    let length = this.#length;
    while (length > 0 && this.#units[length - 1] === trimmed?.charCodeAt(0)) length--;
    const parts: string[] = [];
    for (let at = 0; at < length; at += BLOCK) {
      parts.push(String.fromCharCode(...this.#units.subarray(at, Math.min(at + BLOCK, length))));
    }
    const [starts, ends] = [this.#starts.subarray(0, length), this.#ends.subarray(0, length)];
    return new AlignedText(parts.join(""), 0, starts, ends);
  }

  #grow(least: number): void {
    const size = Math.max(least, 2 * this.#units.length);
    const [units, starts, ends] = [this.#units, this.#starts, this.#ends];
    this.#units = new Uint16Array(size);
    this.#starts = new Int32Array(size);
    this.#ends = new Int32Array(size);
    this.#units.set(units);
    this.#starts.set(starts);
    this.#ends.set(ends);
  }
}
