import { byteCharacters } from "../byte-characters.ts";
import { ComponentFields } from "../component-json.ts";
import { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, Normalizer } from "../pipeline/roles.ts";

/** Each byte of the text (UTF-8) as the visible character that stands for it. */
export class ByteLevelNormalizer implements Normalizer {
  static fromJSON(json: unknown, path: string): ByteLevelNormalizer {
    new ComponentFields(json, path, "ByteLevel").end();
    return new ByteLevelNormalizer();
  }

  normalize(source: AlignedText): AlignedText {
    return toByteCharacters(source);
  }

  toJSON(): ComponentJson {
    return { type: "ByteLevel" };
  }
}

/** A text as the characters of its bytes; each stands for the character that the byte is part of. */
export function toByteCharacters(source: AlignedText): AlignedText {
  const { text } = source;
  const characters = byteCharacters();
  if (/^[\0-\x7f]*$/.test(text)) {
    return source.withText(text.replace(/[^!-~]/g, (character) => characters[character.charCodeAt(0)]!));
  }
  const starts = new Int32Array(3 * text.length); // 3 bytes a UTF-16 unit is the most there can be
  const ends = new Int32Array(3 * text.length);
  let mapped = "";
  for (let at = 0; at < text.length; ) {
    let codePoint = text.codePointAt(at)!;
    const next = at + (codePoint > 0xffff ? 2 : 1);
    if (codePoint >= 0xd800 && codePoint <= 0xdfff) codePoint = 0xfffd; // a lone surrogate has no bytes
    const from = mapped.length;
    if (codePoint < 0x80) {
      mapped += characters[codePoint]!;
    } else {
      const last = characters[0x80 | (codePoint & 63)]!;
      const third = characters[0x80 | ((codePoint >> 6) & 63)]!;
      const second = characters[0x80 | ((codePoint >> 12) & 63)]!;
      if (codePoint < 0x800) mapped += characters[0xc0 | (codePoint >> 6)]! + last;
      else if (codePoint < 0x10000) mapped += characters[0xe0 | (codePoint >> 12)]! + third + last;
      else mapped += characters[0xf0 | (codePoint >> 18)]! + second + third + last;
    }
    starts.fill(source.originalStart(at), from, mapped.length);
    ends.fill(source.originalEnd(next), from, mapped.length);
    at = next;
  }
  return new AlignedText(
    mapped,
    source.base,
    starts.subarray(0, mapped.length),
    ends.subarray(0, mapped.length),
  );
}
