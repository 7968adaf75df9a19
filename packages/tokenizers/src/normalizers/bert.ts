import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import { AlignedTextBuilder } from "../pipeline/aligned-text-builder.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";
import { classRegExp } from "./character-classes.ts";
import { withoutCharacters } from "./filter.ts";
import { lowercase } from "./lowercase.ts";
import { normalizeForm } from "./unicode-form.ts";

export interface BertNormalizerOptions {
  /** Leave out control characters; all white space becomes the space. Default `true`. */
  readonly cleanText?: boolean;
  /** Put spaces around Chinese characters. Default `true`. */
  readonly handleChineseChars?: boolean;
  /** Leave out accents; default: where `lowercase`. */
  readonly stripAccents?: boolean | undefined;
  /** Default `true`. */
  readonly lowercase?: boolean;
}

/**
 * What BERT does to a text: clean, set Chinese characters apart, strip accents, lower case.
 *
 * @example
 * new BertNormalizer().normalize(new AlignedText("Héllo\t中")).text; // => "hello  中 "
 */
export class BertNormalizer implements Normalizer {
  readonly cleanText: boolean;
  readonly handleChineseChars: boolean;
  readonly stripAccents: boolean | undefined;
  readonly lowercase: boolean;

  constructor(options: BertNormalizerOptions = {}) {
    this.cleanText = options.cleanText ?? true;
    this.handleChineseChars = options.handleChineseChars ?? true;
    this.stripAccents = options.stripAccents;
    this.lowercase = options.lowercase ?? true;
  }

  static fromJSON(json: unknown, path: string): BertNormalizer {
    const fields = new ComponentFields(json, path, "BertNormalizer");
    const options = {
      cleanText: fields.boolean("clean_text"),
      handleChineseChars: fields.boolean("handle_chinese_chars"),
      stripAccents: fields.optional("strip_accents", "boolean"),
      lowercase: fields.boolean("lowercase"),
    };
    fields.end();
    return new BertNormalizer(options);
  }

  normalize(source: AlignedText): AlignedText {
    let text = source;
    if (this.cleanText) text = clean(text);
    if (this.handleChineseChars) text = setChineseApart(text);
    if (this.stripAccents ?? this.lowercase) text = stripAccents(text);
    return this.lowercase ? lowercase(text) : text;
  }

  toJSON(): ComponentJson {
    return {
      type: "BertNormalizer",
      clean_text: this.cleanText,
      handle_chinese_chars: this.handleChineseChars,
      strip_accents: this.stripAccents ?? null,
      lowercase: this.lowercase,
    };
  }
}

function clean(source: AlignedText): AlignedText {
  if (/^[\t\n\r -~]*$/.test(source.text)) return source.withText(source.text.replace(/[\t\n\r]/g, " "));
  const kept = withoutCharacters(source, classRegExp("bertControl"));
  return kept.withText(kept.text.replace(classRegExp("whiteSpace"), " "));
}

function setChineseApart(source: AlignedText): AlignedText {
  const { text } = source;
  const chinese =
    /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;
  if (text.search(chinese) < 0) return source;
  const builder = new AlignedTextBuilder(source);
  for (const { 0: character, index } of text.matchAll(chinese)) {
    builder.copyTo(index);
    builder.replace(` ${character} `);
  }
  builder.copyTo(text.length);
  return builder.finish();
}

function stripAccents(source: AlignedText): AlignedText {
  if (/^[\0-\x7f]*$/.test(source.text)) return source;
  return withoutCharacters(normalizeForm(source, "NFD"), classRegExp("nonspacingMark"));
}
