/** The UTF-8 bytes of one word, each with the range of the character that it belongs to. */
export class WordBytes {
  length = 0;
  bytes = new Uint8Array(256);
  /** Range of each byte's character, in units of the word. */
  starts = new Int32Array(256);
  ends = new Int32Array(256);

  /** Encodes `units[from .. to]`; a lone surrogate becomes U+FFFD. */
  read(units: Uint16Array, from: number, to: number): void {
    this.#reserve(3 * (to - from)); // at most 3 bytes for a unit
    const { bytes, starts, ends } = this;
    let count = 0;
    for (let at = from; at < to; ) {
      let codePoint = units[at];
      const start = at - from;
      at++;
      if ((codePoint & 0xf800) === 0xd800) {
        const low = at < to ? units[at] : 0;
        if (codePoint < 0xdc00 && (low & 0xfc00) === 0xdc00) {
          codePoint = 0x10000 + ((codePoint - 0xd800) << 10) + (low - 0xdc00);
          at++;
        } else {
          codePoint = 0xfffd;
        }
      }
      const first = count;
      if (codePoint < 0x80) {
        bytes[count++] = codePoint;
      } else {
        const more = codePoint < 0x800 ? 1 : codePoint < 0x10000 ? 2 : 3; // continuation bytes
        bytes[count++] = (0xff00 >> (more + 1)) | (codePoint >> (6 * more)); // 110xxxxx, 1110xxxx, 11110xxx
        for (let i = more - 1; i >= 0; i--) bytes[count++] = 0x80 | ((codePoint >> (6 * i)) & 63);
      }
      for (let i = first; i < count; i++) {
        starts[i] = start;
        ends[i] = at - from;
      }
    }
    this.length = count;
  }

  #reserve(capacity: number): void {
    const spare = this.bytes.length > 1 << 16 && capacity <= 1 << 10; // gives back what a huge word took
    if (capacity <= this.bytes.length && !spare) return;
    const size = spare ? 1 << 10 : Math.max(capacity, 2 * this.bytes.length);
    this.bytes = new Uint8Array(size);
    this.starts = new Int32Array(size);
    this.ends = new Int32Array(size);
  }
}
