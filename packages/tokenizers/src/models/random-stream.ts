import { show, TokenizerError } from "../errors.ts";
import type { SampleKey } from "../pipeline/roles.ts";

/**
 * Random numbers as a pure function of a key and a counter (SplitMix32 over both key words): the same key gives
 * the same numbers everywhere.
 *
 * @see Steele, Lea, Flood 2014, Fast splittable pseudorandom number generators
 */
export class RandomStream {
  #state: number;
  readonly #salt: number;

  /** @throws TokenizerError where the key is neither an integer in [0, 2^53) nor has two words */
  constructor(key: SampleKey) {
    const [high, low] = keyWords(key);
    this.#salt = mix(high + 0x9e3779b9);
    this.#state = mix(low ^ this.#salt);
  }

  /** The next number, uniform in [0, 1), a multiple of 2^-32. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return (mix(this.#state ^ this.#salt) >>> 0) / 2 ** 32;
  }
}

function keyWords(key: SampleKey): readonly [number, number] {
  if (typeof key === "number") {
    if (Number.isSafeInteger(key) && key >= 0) return [Math.floor(key / 2 ** 32), key | 0];
    throw new TokenizerError(`sampled: the key must be an integer in [0, 2^53) (got ${show(key)})`);
  }
  const words = key?.words;
  if (Array.isArray(words) && words.length === 2 && words.every(Number.isInteger))
    return [words[0], words[1]];
  throw new TokenizerError(`sampled: the key must be a seed or have two 32-bit words (got ${show(key)})`);
}

/** A bijection of 32-bit words in which each bit of the input moves half of the output's. */
function mix(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}
