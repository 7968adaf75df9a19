/** Numbers that look random, and are the same in every process. */
export class Draws {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  /** From 0 to 1. @see Steele, Lea, Flood 2014, Fast splittable pseudorandom number generators, with 32 bits */
  next(): number {
    this.state = (this.state + 0x9e3779b9) | 0;
    let x = this.state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  /** Early items more often than late ones, nearly as words are in texts: the n-th about 1/n as often as the first. */
  zipf<T>(items: readonly T[]): T {
    return items[Math.floor(items.length ** this.next()) - 1];
  }
}
