import { ComponentFields } from "../component-json.ts";
import { toByteCharacters } from "../normalizers/byte-level.ts";
import { prepend } from "../normalizers/prepend.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, PreTokenizer } from "../pipeline/roles.ts";
import { OnigurumaRegex } from "../regex/oniguruma.ts";
import { split } from "./split-behavior.ts";

export interface ByteLevelPreTokenizerOptions {
  /** Put a space before a text that does not begin with one. Default `true`. */
  readonly addPrefixSpace?: boolean;
  /** Cut into words as GPT-2 does. Default `true`. */
  readonly useRegex?: boolean;
  /** Of no effect here; kept because files have it. Default `true`. */
  readonly trimOffsets?: boolean;
}

const WORDS = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
let words: OnigurumaRegex | undefined;

/**
 * Cuts into words as GPT-2 does, and writes each byte as the visible character that stands for it.
 *
 * @see Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2
 * @example
 * const pieces = new ByteLevelPreTokenizer({ addPrefixSpace: false }).preTokenize(new AlignedText("a né"));
 * pieces.map(({ text }) => text); // => ["a", "ĠnÃ©"]
 */
export class ByteLevelPreTokenizer implements PreTokenizer {
  readonly addPrefixSpace: boolean;
  readonly useRegex: boolean;
  readonly trimOffsets: boolean;

  constructor({
    addPrefixSpace = true,
    useRegex = true,
    trimOffsets = true,
  }: ByteLevelPreTokenizerOptions = {}) {
    this.addPrefixSpace = addPrefixSpace;
    this.useRegex = useRegex;
    this.trimOffsets = trimOffsets;
  }

  static fromJSON(json: unknown, path: string): ByteLevelPreTokenizer {
    const fields = new ComponentFields(json, path, "ByteLevel");
    const options = {
      addPrefixSpace: fields.boolean("add_prefix_space"),
      trimOffsets: fields.boolean("trim_offsets", true),
      useRegex: fields.boolean("use_regex", true),
    };
    fields.end();
    return new ByteLevelPreTokenizer(options);
  }

  preTokenize(source: AlignedText): AlignedText[] {
    if (source.length === 0) return [];
    const text = this.addPrefixSpace && !source.text.startsWith(" ") ? prepend(source, " ") : source;
    if (!this.useRegex) return [toByteCharacters(text)];
    words ??= new OnigurumaRegex(WORDS);
    const matches = words.findAll(text.text);
    // a text of ASCII has as many units as bytes: it is rewritten as a whole
    if (/^[\0-\x7f]*$/.test(text.text)) return split(toByteCharacters(text), matches, "Isolated", false);
    return split(text, matches, "Isolated", false).map(toByteCharacters);
  }

  toJSON(): ComponentJson {
    return {
      type: "ByteLevel",
      add_prefix_space: this.addPrefixSpace,
      trim_offsets: this.trimOffsets,
      use_regex: this.useRegex,
    };
  }
}
