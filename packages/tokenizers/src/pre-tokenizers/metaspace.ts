import { ComponentFields } from "../component-json.ts";
import { prepend } from "../normalizers/prepend.ts";
import { replaceAll } from "../normalizers/replace.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, PreTokenizer } from "../pipeline/roles.ts";
import { literalPattern } from "../regex/text-pattern.ts";
import { split } from "./split-behavior.ts";

const PREPEND_SCHEMES = ["always", "never", "first"] as const;

/** Where the replacement is put in front: before every text, none, or only where the whole text begins. */
export type PrependScheme = (typeof PREPEND_SCHEMES)[number];

export interface MetaspacePreTokenizerOptions {
  /** The character for spaces, default `▁` (U+2581). */
  readonly replacement?: string;
  /** Default `"always"`. */
  readonly prependScheme?: PrependScheme;
  /** Cut before each replacement. Default `true`. */
  readonly split?: boolean;
}

/**
 * Writes spaces as a visible character, puts one in front, and cuts before each of them.
 *
 * @see Kudo and Richardson 2018, arXiv:1808.06226, section 3.1
 * @example
 * const pieces = new MetaspacePreTokenizer().preTokenize(new AlignedText("to be"));
 * pieces.map(({ text }) => text); // => ["▁to", "▁be"]
 */
export class MetaspacePreTokenizer implements PreTokenizer {
  readonly replacement: string;
  readonly prependScheme: PrependScheme;
  readonly split: boolean;

  constructor(options: MetaspacePreTokenizerOptions = {}) {
    this.replacement = options.replacement ?? "▁";
    this.prependScheme = options.prependScheme ?? "always";
    this.split = options.split ?? true;
  }

  /** Older files have `add_prefix_space` instead of `prepend_scheme`, and `str_rep`, which means nothing. */
  static fromJSON(json: unknown, path: string): MetaspacePreTokenizer {
    const fields = new ComponentFields(json, path, "Metaspace");
    const replacement = fields.char("replacement");
    const addPrefixSpace = fields.boolean("add_prefix_space", true);
    const prependScheme = fields.oneOf(
      "prepend_scheme",
      PREPEND_SCHEMES,
      addPrefixSpace ? "always" : "never",
    );
    if (!addPrefixSpace && prependScheme !== "never") {
      throw fields.error("prepend_scheme", 'not "never", where add_prefix_space is false', prependScheme);
    }
    const split = fields.boolean("split", true);
    fields.optional("str_rep", "string");
    fields.end();
    return new MetaspacePreTokenizer({ replacement, prependScheme, split });
  }

  preTokenize(source: AlignedText): AlignedText[] {
    if (source.length === 0) return [];
    const { replacement } = this;
    const text = replaceSpaces(source, replacement);
    const prepends =
      (this.prependScheme === "always" || (this.prependScheme === "first" && source.base === 0)) &&
      !text.text.startsWith(replacement);
    const matches = this.split ? literalPattern(replacement).findAll(text.text) : [];
    const pieces = split(text, matches, "MergedWithNext", false);
    // what is put in front goes with the first piece, which does not begin with a match
    if (prepends) pieces[0] = prepend(pieces[0]!, replacement);
    return pieces;
  }

  toJSON(): ComponentJson {
    return {
      type: "Metaspace",
      replacement: this.replacement,
      prepend_scheme: this.prependScheme,
      split: this.split,
    };
  }
}

function replaceSpaces(source: AlignedText, replacement: string): AlignedText {
  if (replacement.length === 1) return source.withText(source.text.replaceAll(" ", replacement));
  return replaceAll(source, literalPattern(" "), replacement);
}
