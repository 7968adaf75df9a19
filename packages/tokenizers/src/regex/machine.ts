import { Op, type Program } from "./program.ts";

const PAGE_BITS = 10; // positions of a page of the memory
const MAX_LOG = 1 << 20;

/**
 * Runs a program over a text, trying one way after the other as backtracking matchers do, but remembering for
 * each split and position that it failed: no state is tried twice, so the time is bounded by the length of the
 * program times the length of the text. Memory: one bit a split and position that was reached.
 */
export class Machine {
  readonly #program: Program;
  readonly #text: string;
  #searchStart = 0;
  #stack = new Int32Array(1024);
  #depth = 0;
  /** Bits of the splits that were tried, by page of positions. */
  #tried = new Map<number, Int32Array>();
  /** What was marked as tried, to be unmarked when it turns out to have succeeded. */
  #log: number[] = [];
  #logOverflowed = false;

  constructor(program: Program, text: string) {
    this.#program = program;
    this.#text = text;
  }

  /** The first match that begins at `from` or later; `undefined` for none. */
  search(from: number): { readonly start: number; readonly end: number } | undefined {
    const text = this.#text;
    this.#searchStart = from;
    if (this.#program.usesSearchStart) this.#tried.clear();
    for (let start = from; start <= text.length; start++) {
      if (start > from && isInsidePair(text, start)) continue;
      this.#log.length = 0; // what is marked now has failed, and will fail again
      const end = this.#run(0, start);
      if (end >= 0) return { start, end };
    }
    return undefined;
  }

  /** Where a match of the instructions from `counter` on ends that begins at `at`; -1 for none. */
  #run(counter: number, at: number): number {
    const { ops, a, b, splitIndex, sets } = this.#program;
    const text = this.#text;
    const bottom = this.#depth;
    const logged = this.#log.length;
    this.#push(counter, at);
    while (this.#depth > bottom) {
      let position = this.#stack[--this.#depth]!;
      let pc = this.#stack[--this.#depth]!;
      for (let alive = true; alive; ) {
        switch (ops[pc]) {
          case Op.Forward: {
            const codePoint = position < text.length ? text.codePointAt(position)! : -1;
            alive = codePoint >= 0 && sets[a[pc]!]!.has(codePoint);
            position += codePoint > 0xffff ? 2 : 1;
            pc++;
            break;
          }
          case Op.Backward: {
            const begin = isInsidePair(text, position - 1) ? position - 2 : position - 1;
            alive = begin >= 0 && sets[a[pc]!]!.has(text.codePointAt(begin)!);
            position = begin;
            pc++;
            break;
          }
          case Op.Split:
            alive = this.#try(splitIndex[pc]!, position);
            if (alive) this.#push(b[pc]!, position);
            pc = a[pc]!;
            break;
          case Op.Jump:
            pc = a[pc]!;
            break;
          case Op.Look:
            alive = this.#run(pc + 1, position) >= 0 === (a[pc] === 0);
            pc = b[pc]!;
            break;
          case Op.Atomic:
            position = this.#run(pc + 1, position);
            alive = position >= 0;
            pc = b[pc]!;
            break;
          case Op.Start:
            alive = position === 0;
            pc++;
            break;
          case Op.End:
            alive = position === text.length;
            pc++;
            break;
          case Op.SearchStart:
            alive = position === this.#searchStart;
            pc++;
            break;
          default:
            this.#depth = bottom;
            this.#forget(logged);
            return position;
        }
      }
    }
    return -1;
  }

  #push(counter: number, at: number): void {
    if (this.#depth + 2 > this.#stack.length) {
      const larger = new Int32Array(2 * this.#stack.length);
      larger.set(this.#stack);
      this.#stack = larger;
    }
    this.#stack[this.#depth++] = counter;
    this.#stack[this.#depth++] = at;
  }

  /** Marks a split as tried; false where it has been. */
  #try(split: number, position: number): boolean {
    const page = position >> PAGE_BITS;
    let bits = this.#tried.get(page);
    if (bits === undefined) {
      bits = new Int32Array(this.#program.splits << (PAGE_BITS - 5));
      this.#tried.set(page, bits);
    }
    const bit = (split << PAGE_BITS) | (position & ((1 << PAGE_BITS) - 1));
    const mask = 1 << (bit & 31);
    if ((bits[bit >> 5]! & mask) !== 0) return false;
    bits[bit >> 5] = bits[bit >> 5]! | mask;
    if (this.#log.length < MAX_LOG) this.#log.push(page, bit);
    else this.#logOverflowed = true;
    return true;
  }

  /** Unmarks what was marked since the log had `length` entries. */
  #forget(length: number): void {
    if (this.#logOverflowed) {
      this.#tried.clear();
      this.#log.length = 0;
      this.#logOverflowed = false;
      return;
    }
    while (this.#log.length > length) {
      const bit = this.#log.pop()!;
      const bits = this.#tried.get(this.#log.pop()!)!;
      bits[bit >> 5] = bits[bit >> 5]! & ~(1 << (bit & 31));
    }
  }
}

/** Whether `at` is between the two units of a surrogate pair. */
export function isInsidePair(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return false;
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}
