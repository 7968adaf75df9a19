const REPLACEMENT = "\uFFFD";

/**
 * Text of a run of bytes as SentencePiece reads it: U+FFFD for each byte that belongs to no character.
 *
 * @param bytes  taken from: what may yet become a character stays, unless the run is over
 */
export function takeText(bytes: number[], isOver: boolean): string {
  let text = "";
  let at = 0;
  while (at < bytes.length) {
    const length = lengthOf(bytes[at]);
    const codePoint = codePointAt(bytes, at, length);
    if (codePoint !== undefined) {
      text += String.fromCodePoint(codePoint);
      at += length;
    } else if (!isOver && mayGrow(bytes, at, length)) {
      break;
    } else {
      text += REPLACEMENT;
      at++;
    }
  }
  bytes.splice(0, at);
  return text;
}

/** Length of the character that a byte begins; 1 for a byte that begins none. */
function lengthOf(byte: number): number {
  if (byte >= 0xf0 && byte < 0xf8) return 4;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xc0 && byte < 0xe0 ? 2 : 1;
}

function codePointAt(bytes: readonly number[], at: number, length: number): number | undefined {
  if (length === 1) return bytes[at] < 0x80 ? bytes[at] : undefined;
  if (at + length > bytes.length) return undefined;
  let codePoint = bytes[at] & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    if ((bytes[at + i] & 0xc0) !== 0x80) return undefined;
    codePoint = (codePoint << 6) | (bytes[at + i] & 0x3f);
  }
  const least = [0, 0, 0x80, 0x800, 0x10000][length];
  const isSurrogate = codePoint >= 0xd800 && codePoint < 0xe000;
  return codePoint < least || codePoint > 0x10ffff || isSurrogate ? undefined : codePoint;
}

/** Whether the bytes there are begin a character, and end before it does. */
function mayGrow(bytes: readonly number[], at: number, length: number): boolean {
  if (length === 1 || at + length <= bytes.length) return false;
  for (let i = at + 1; i < bytes.length; i++) if ((bytes[i] & 0xc0) !== 0x80) return false;
  return true;
}
