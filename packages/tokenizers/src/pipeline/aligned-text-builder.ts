import { AlignedText } from "./aligned-text.ts";

/**
 * Rewrites a text from left to right, with alignment, as `NormalizedString.transform` of Hugging Face does it.
 *
 * A cursor goes over the source. What replaces a character has that character's range of the original. What is
 * inserted has the range of the character before the cursor, and at the very beginning an empty range. What is
 * skipped leaves nothing behind.
 */
export class AlignedTextBuilder {
  readonly #source: AlignedText;
  /** Where the cursor is, in units of the source. */
  at = 0;
  #text = "";
  #starts: Int32Array;
  #ends: Int32Array;

  constructor(source: AlignedText) {
    this.#source = source;
    this.#starts = new Int32Array(source.length + 16);
    this.#ends = new Int32Array(source.length + 16);
  }

  /** Takes over the source up to unit `end` as it is. */
  copyTo(end: number): void {
    const { text, base, starts, ends, first } = this.#source;
    const from = this.at;
    if (end <= from) return;
    const to = this.#text.length;
    this.#reserve(to + end - from);
    if (starts !== undefined) {
      this.#starts.set(starts.subarray(first + from, first + end), to);
      this.#ends.set(ends!.subarray(first + from, first + end), to);
    } else {
      for (let i = from; i < end; i++) {
        const unit = text.charCodeAt(i);
        const isPair =
          (unit & 0xfc00) === 0xd800 && i + 1 < end && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
        const length = isPair ? 2 : 1;
        for (let k = 0; k < length; k++) {
          this.#starts[to + i - from + k] = base + i;
          this.#ends[to + i - from + k] = base + i + length;
        }
        i += length - 1;
      }
    }
    this.#text += text.slice(from, end);
    this.at = end;
  }

  /** Puts `text` for the next character of the source. */
  replace(text: string): void {
    const end = this.at + this.#characterLength();
    this.#append(text, this.#source.originalStart(this.at), this.#source.originalEnd(end));
    this.at = end;
  }

  /** Puts `text` before the cursor. */
  insert(text: string): void {
    const { at } = this;
    const { base } = this.#source;
    if (at === 0) this.#append(text, base, base);
    else this.#append(text, this.#source.originalStart(this.#characterStart()), this.#source.originalEnd(at));
  }

  /** Leaves out the source up to unit `end`. */
  skipTo(end: number): void {
    this.at = end;
  }

  /** Leaves out `count` characters of the source. */
  skip(count: number): void {
    for (let i = 0; i < count && this.at < this.#source.length; i++) this.at += this.#characterLength();
  }

  /** The new text; what the cursor has not reached is left out. */
  finish(): AlignedText {
    const { length } = this.#text;
    return new AlignedText(
      this.#text,
      this.#source.base,
      this.#starts.subarray(0, length),
      this.#ends.subarray(0, length),
    );
  }

  #append(text: string, start: number, end: number): void {
    const to = this.#text.length;
    this.#reserve(to + text.length);
    this.#starts.fill(start, to, to + text.length);
    this.#ends.fill(end, to, to + text.length);
    this.#text += text;
  }

  #reserve(length: number): void {
    if (length <= this.#starts.length) return;
    this.#starts = grown(this.#starts, length);
    this.#ends = grown(this.#ends, length);
  }

  #characterLength(): number {
    const codePoint = this.#source.text.codePointAt(this.at);
    return codePoint === undefined ? 0 : codePoint > 0xffff ? 2 : 1;
  }

  /** Where the character before the cursor begins. */
  #characterStart(): number {
    const { text } = this.#source;
    const begin = this.at - 2;
    return begin >= 0 && text.codePointAt(begin)! > 0xffff ? begin : this.at - 1;
  }
}

function grown(array: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(Math.max(length, 2 * array.length));
  larger.set(array);
  return larger;
}
