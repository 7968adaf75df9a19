import { ComponentFields } from "../component-json.ts";
import { OnigurumaRegex } from "./oniguruma.ts";

/** `{ "String": "▁" }` or `{ "Regex": "\\s+" }`, as `tokenizer.json` writes patterns. */
export type TextPatternJson = { readonly String: string } | { readonly Regex: string };

/** What `Replace` and `Split` look for: a string as it is, or a regular expression. */
export interface TextPattern {
  /** All matches, first to last: `[start, end, start, end ...]` in UTF-16 units. They do not overlap. */
  findAll(text: string): number[];
  toJSON(): TextPatternJson;
}

/** A string that is looked for as it is; the empty string is everywhere. */
export function literalPattern(literal: string): TextPattern {
  if (literal === "") return { ...regexPattern(""), toJSON: () => ({ String: "" }) };
  return {
    findAll: (text) => {
      const matches: number[] = [];
      for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + literal.length)) {
        matches.push(at, at + literal.length);
      }
      return matches;
    },
    toJSON: () => ({ String: literal }),
  };
}

/** @throws TokenizerFormatError for what is no pattern of Oniguruma */
export function regexPattern(pattern: string, path = "pattern"): TextPattern {
  const regex = new OnigurumaRegex(pattern, path);
  return { findAll: (text) => regex.findAll(text), toJSON: () => ({ Regex: pattern }) };
}

/** Reads the field `pattern` of a component. */
export function readTextPattern(json: unknown, path: string): TextPattern {
  const fields = new ComponentFields(json, path);
  const literal = fields.optional("String", "string");
  const pattern =
    literal === undefined ? regexPattern(fields.string("Regex"), path) : literalPattern(literal);
  fields.end();
  return pattern;
}
