import type { TokenSink } from "../../pipeline/token-sink.ts";
import { HeapMerger } from "./heap-merger.ts";

/** The symbols of one word while they are merged; all arrays have one entry per symbol. */
export class MergeBuffer {
  /** Words up to this length are searched through for each merge; longer ones take a heap. */
  static readonly SHORT = 48;

  length = 0;
  ids: Int32Array;
  /** Range of the word that a symbol stands for; in which units is for the user of the buffer to say. */
  starts: Int32Array;
  ends: Int32Array;
  /** Scratch for the ranks of a short word's pairs. */
  readonly ranks = new Int32Array(MergeBuffer.SHORT);
  /** What merges words that are not short. */
  readonly heap = new HeapMerger();

  constructor(capacity = 64) {
    this.ids = new Int32Array(capacity);
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
  }

  add(id: number, start: number, end: number): void {
    if (this.length === this.ids.length) this.reserve(this.length + 1);
    const at = this.length++;
    this.ids[at] = id;
    this.starts[at] = start;
    this.ends[at] = end;
  }

  /** Empties the buffer and makes room for `capacity` symbols; gives back what an uncommonly long word took. */
  reset(capacity: number): void {
    this.length = 0;
    if (this.ids.length > 1 << 16 && capacity <= 1 << 10) this.#allocate(1 << 10);
    this.reserve(capacity);
  }

  reserve(capacity: number): void {
    if (capacity > this.ids.length) this.#allocate(Math.max(capacity, 2 * this.ids.length));
  }

  /** Hands the symbols on as tokens. */
  appendTo(sink: TokenSink, base: number): void {
    sink.reserve(sink.length + this.length);
    for (let i = 0; i < this.length; i++) {
      sink.push(this.ids[i], base + this.starts[i], base + this.ends[i]);
    }
  }

  #allocate(size: number): void {
    const { ids, starts, ends } = this;
    this.ids = new Int32Array(size);
    this.starts = new Int32Array(size);
    this.ends = new Int32Array(size);
    this.ids.set(ids.subarray(0, this.length));
    this.starts.set(starts.subarray(0, this.length));
    this.ends.set(ends.subarray(0, this.length));
  }
}
