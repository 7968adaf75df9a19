import type { AlignedText } from "../pipeline/aligned-text.ts";
import { AlignedTextBuilder } from "../pipeline/aligned-text-builder.ts";

/** A text without the characters that `expression` (one character, flag `g`) matches. */
export function withoutCharacters(source: AlignedText, expression: RegExp): AlignedText {
  const { text } = source;
  expression.lastIndex = 0;
  if (!expression.test(text)) return source;
  const builder = new AlignedTextBuilder(source);
  expression.lastIndex = 0;
  while (expression.test(text)) {
    const end = expression.lastIndex;
    builder.copyTo(end - (text.codePointAt(end - 2)! > 0xffff ? 2 : 1));
    builder.skipTo(end);
  }
  builder.copyTo(text.length);
  return builder.finish();
}
