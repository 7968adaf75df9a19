const rounds = 16; // the author advises at least 12 before the first output

/**
 * Random draws that are a function of four 32-bit words alone: the generator sfc32 (chaotic, 128 bits of state;
 * adds, xors, shifts), started at those words. Equal words give equal draws on every machine, different words
 * are different states. It is our own so that the data do not change with any library.
 *
 * @see Chris Doty-Humphrey, PractRand (2010), generator sfc32
 * @example
 * const one = new Draws(1, 0, 7, 0);
 * const two = new Draws(1, 0, 7, 0);
 * one.below(6) === two.below(6); // => true
 */
export class Draws {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(a: number, b: number, c: number, counter: number) {
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    this.#counter = counter | 0;
    for (let round = 0; round < rounds; round++) this.word();
  }

  /** A whole number in `0 .. 2^32 - 1`. */
  word(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** A whole number in `0 .. count - 1`; uneven by less than `count / 2^32`. */
  below(count: number): number {
    return Math.floor((this.word() / 2 ** 32) * count);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.word() / 2 ** 32 < probability;
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
}
