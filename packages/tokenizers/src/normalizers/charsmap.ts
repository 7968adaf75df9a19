import { show, TokenizerFormatError } from "../errors.ts";

/** A replacement that was found: it stands for units `start .. end` of the text. */
export interface CharsmapMatch {
  readonly end: number;
  readonly replacement: string;
}

/**
 * SentencePiece's table of replacements (`precompiled_charsmap`): a double-array trie over the bytes of what is
 * replaced, and the replacements, each with a zero byte at its end.
 *
 * @see SentencePiece, src/normalizer.cc; Yata, darts-clone
 */
export class Charsmap {
  readonly bytes: Uint8Array;
  readonly #units: Uint32Array;
  readonly #replacements: Uint8Array;
  readonly #decoded = new Map<number, string>();

  /**
   * @param bytes  number of bytes of the trie (32 bits, little endian), the trie, the replacements
   * @throws TokenizerFormatError at `path`
   */
  constructor(bytes: Uint8Array, path = "precompiled_charsmap") {
    this.bytes = bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = bytes.byteLength >= 4 ? view.getUint32(0, true) : -1;
    if (size < 4 || size % 4 !== 0 || size > bytes.byteLength - 4) {
      throw new TokenizerFormatError(
        `${path}: not a table of replacements (got ${bytes.byteLength} bytes, size ${show(size)})`,
        path,
      );
    }
    this.#units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.#replacements = bytes.subarray(4 + size);
  }

  /** The replacement for the shortest beginning of units `start .. end` that has one. */
  shortest(text: string, start: number, end: number): CharsmapMatch | undefined {
    return this.#find(text, start, end, false);
  }

  /** The replacement for the longest beginning of units `start .. end` that has one, as SentencePiece does it. */
  longest(text: string, start: number, end: number): CharsmapMatch | undefined {
    return this.#find(text, start, end, true);
  }

  #find(text: string, start: number, end: number, isLongest: boolean): CharsmapMatch | undefined {
    const units = this.#units;
    let node = offsetOf(units[0]!);
    let best = -1;
    let bestEnd = start;
    for (let at = start; at < end; ) {
      const codePoint = wellFormed(text.codePointAt(at)!);
      at += codePoint > 0xffff ? 2 : 1;
      const length = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      for (let i = 0; i < length; i++) {
        const byte = utf8Byte(codePoint, length, i);
        node ^= byte;
        const unit = node < units.length ? units[node]! : 0x80000000;
        if (byte === 0 || (unit & 0x800000ff) !== byte) return this.#match(best, bestEnd);
        node ^= offsetOf(unit);
        if ((unit & 0x100) === 0) continue;
        // a key may end here: its value is in the unit for the zero byte
        const value = node < units.length ? units[node]! & 0x7fffffff : -1;
        if (value < 0 || value >= this.#replacements.length || i < length - 1) continue;
        best = value;
        bestEnd = at;
        if (!isLongest) return this.#match(best, bestEnd);
      }
    }
    return this.#match(best, bestEnd);
  }

  #match(value: number, end: number): CharsmapMatch | undefined {
    if (value < 0) return undefined;
    let replacement = this.#decoded.get(value);
    if (replacement === undefined) {
      let last = value;
      while (last < this.#replacements.length && this.#replacements[last] !== 0) last++;
      replacement = new TextDecoder().decode(this.#replacements.subarray(value, last));
      this.#decoded.set(value, replacement);
    }
    return { end, replacement };
  }
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

/** A lone surrogate has no bytes: it counts as the replacement character. */
function wellFormed(codePoint: number): number {
  return codePoint >= 0xd800 && codePoint <= 0xdfff ? 0xfffd : codePoint;
}

function utf8Byte(codePoint: number, length: number, i: number): number {
  if (length === 1) return codePoint;
  const bits = (codePoint >> (6 * (length - 1 - i))) & 0x3f;
  if (i > 0) return 0x80 | bits;
  return ((0xf00 >> length) & 0xff) | (codePoint >> (6 * (length - 1)));
}
