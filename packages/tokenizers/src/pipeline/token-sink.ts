/** Where a model writes tokens: flat arrays that grow. Entry `i` is valid for `i < length`. */
export class TokenSink {
  /** Number of tokens. */
  length = 0;
  ids: Int32Array;
  /** Span of each token, UTF-16 units of the text that the pipeline was given. */
  starts: Int32Array;
  ends: Int32Array;
  /** Index of the piece that each token comes from; -1 for none. */
  words: Int32Array;
  /** What a token is called where that is not its id's name: Unigram's unknown tokens, by index. */
  texts: Map<number, string> | undefined;

  constructor(capacity = 64) {
    this.ids = new Int32Array(capacity);
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
    this.words = new Int32Array(capacity);
  }

  push(id: number, start: number, end: number): void {
    if (this.length === this.ids.length) this.reserve(this.length + 1);
    const at = this.length++;
    this.ids[at] = id;
    this.starts[at] = start;
    this.ends[at] = end;
  }

  /** A token that is called `text`, whatever its id's name is. */
  pushNamed(id: number, start: number, end: number, text: string): void {
    this.texts ??= new Map();
    this.texts.set(this.length, text);
    this.push(id, start, end);
  }

  /** Makes room for `capacity` tokens. */
  reserve(capacity: number): void {
    if (capacity <= this.ids.length) return;
    const size = Math.max(capacity, 2 * this.ids.length);
    this.ids = grown(this.ids, size);
    this.starts = grown(this.starts, size);
    this.ends = grown(this.ends, size);
    this.words = grown(this.words, size);
  }
}

function grown(array: Int32Array, size: number): Int32Array {
  const larger = new Int32Array(size);
  larger.set(array);
  return larger;
}
