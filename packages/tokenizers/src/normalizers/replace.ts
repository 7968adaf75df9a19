import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import { AlignedTextBuilder } from "../pipeline/aligned-text-builder.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";
import { readTextPattern, type TextPattern } from "../regex/text-pattern.ts";

/**
 * Puts a string for every match of another string or a regular expression. What is put there is aligned to the
 * last character of the match.
 *
 * @example
 * new Replace(regexPattern(" {2,}"), " ").normalize(new AlignedText("a   b")).text; // => "a b"
 */
export class Replace implements Normalizer {
  readonly pattern: TextPattern;
  readonly content: string;

  constructor(pattern: TextPattern, content: string) {
    this.pattern = pattern;
    this.content = content;
  }

  static fromJSON(json: unknown, path: string): Replace {
    const fields = new ComponentFields(json, path, "Replace");
    const pattern = fields.component("pattern", readTextPattern);
    const content = fields.string("content");
    fields.end();
    return new Replace(pattern, content);
  }

  normalize(source: AlignedText): AlignedText {
    return replaceAll(source, this.pattern, this.content);
  }

  toJSON(): ComponentJson {
    return { type: "Replace", pattern: this.pattern.toJSON(), content: this.content };
  }
}

/** `content` for each match of `pattern`. */
export function replaceAll(source: AlignedText, pattern: TextPattern, content: string): AlignedText {
  if (source.length === 0) return source;
  const { text } = source;
  const matches = pattern.findAll(text);
  if (matches.length === 0) return source;
  const builder = new AlignedTextBuilder(source);
  for (let i = 0; i < matches.length; i += 2) {
    builder.copyTo(matches[i]!);
    builder.skipTo(matches[i + 1]!);
    if (content !== "") builder.insert(content);
  }
  builder.copyTo(text.length);
  return builder.finish();
}
