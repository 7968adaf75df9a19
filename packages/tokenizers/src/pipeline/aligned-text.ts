/**
 * A text on its way through normalizers and pre-tokenizers, with where each of its UTF-16 units came from.
 *
 * `starts[first + i] .. ends[first + i]` is the range of the original text that unit `i` stands for, in UTF-16
 * units; both units of a surrogate pair have the range of the whole character. Without `starts` and `ends` unit
 * `i` stands for unit `base + i` of the original: the common case, which costs nothing. With them, `base` is
 * where the part of the original begins that the text was made from. Parts of a text share its arrays.
 */
export class AlignedText {
  readonly text: string;
  readonly base: number;
  readonly starts: Int32Array | undefined;
  readonly ends: Int32Array | undefined;
  readonly first: number;

  constructor(text: string, base = 0, starts?: Int32Array, ends?: Int32Array, first = 0) {
    this.text = text;
    this.base = base;
    this.starts = starts;
    this.ends = ends;
    this.first = first;
  }

  get length(): number {
    return this.text.length;
  }

  /** The range of the original text that units `start .. end` (not empty) stand for. */
  originalStart(start: number): number {
    return this.starts === undefined ? this.base + start : this.starts[this.first + start]!;
  }

  originalEnd(end: number): number {
    return this.ends === undefined ? this.base + end : this.ends[this.first + end - 1]!;
  }

  /** Units `start .. end` as a text of their own. */
  slice(start: number, end: number): AlignedText {
    const base = start < end ? this.originalStart(start) : this.base;
    if (start === 0 && end === this.text.length && base === this.base) return this;
    const text = this.text.slice(start, end);
    if (this.starts === undefined) return new AlignedText(text, base);
    return new AlignedText(text, base, this.starts, this.ends, this.first + start);
  }

  /** Another text of the same length, unit for unit where this one is: for changes of single characters. */
  withText(text: string): AlignedText {
    return text === this.text ? this : new AlignedText(text, this.base, this.starts, this.ends, this.first);
  }
}
