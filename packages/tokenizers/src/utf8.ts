import type { Content } from "./encoding.ts";

/**
 * The UTF-8 bytes of a text, each with the range of the character that it belongs to.
 *
 * A lone surrogate has no UTF-8 form and becomes U+FFFD (`EF BF BD`), as `TextEncoder` does it.
 *
 * @param text  any string
 * @returns bytes as ids, and their spans in UTF-16 units
 * @see The Unicode Standard 16.0, table 3-6
 */
export function utf8Bytes(text: string): Content {
  const ids = new Int32Array(3 * text.length); // 3 bytes per UTF-16 unit is the most there can be
  const spans = new Int32Array(6 * text.length);
  let count = 0;
  for (let start = 0; start < text.length; ) {
    let codePoint = text.codePointAt(start)!;
    const end = start + (codePoint > 0xffff ? 2 : 1);
    if (codePoint >= 0xd800 && codePoint <= 0xdfff) codePoint = 0xfffd;
    const first = count;
    if (codePoint < 0x80) {
      ids[count++] = codePoint;
    } else if (codePoint < 0x800) {
      ids[count++] = 0xc0 | (codePoint >> 6);
      ids[count++] = 0x80 | (codePoint & 63);
    } else if (codePoint < 0x10000) {
      ids[count++] = 0xe0 | (codePoint >> 12);
      ids[count++] = 0x80 | ((codePoint >> 6) & 63);
      ids[count++] = 0x80 | (codePoint & 63);
    } else {
      ids[count++] = 0xf0 | (codePoint >> 18);
      ids[count++] = 0x80 | ((codePoint >> 12) & 63);
      ids[count++] = 0x80 | ((codePoint >> 6) & 63);
      ids[count++] = 0x80 | (codePoint & 63);
    }
    for (let i = first; i < count; i++) {
      spans[2 * i] = start;
      spans[2 * i + 1] = end;
    }
    start = end;
  }
  return { ids: ids.subarray(0, count), spans: spans.subarray(0, 2 * count) };
}
