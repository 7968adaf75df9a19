import type { KeyWords } from "../backend.ts";
import { ArgumentError } from "../errors.ts";
import { threefry2x32 } from "./threefry.ts";

/**
 * A random key: where randomness comes from, explicitly. Equal keys give equal numbers, on every backend; draw new keys
 * by `fold` and `split`, and use each for one draw only.
 *
 * @example
 * const key = new Key(42);
 * const [forWeights, forDropout] = key.split(2);
 * const x = randn(forWeights, [2, 3]);
 * const step7 = forDropout.fold(7);
 */
export class Key {
  /** The two 32-bit words (signed). */
  readonly words: KeyWords;

  /**
   * @param seed  an integer in [0, 2^53), or the two words of another key
   * @throws ArgumentError if it is neither
   */
  constructor(seed: number | KeyWords) {
    if (typeof seed !== "number") {
      this.words = [seed[0] | 0, seed[1] | 0];
      return;
    }
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new ArgumentError(`Key: the seed must be an integer in [0, 2^53) (got ${seed})`);
    this.words = [Math.floor(seed / 2 ** 32) | 0, seed | 0];
  }

  /** The key of number `index` under this one: for step counters, layers, workers. `index` is an integer in [0, 2^32). */
  fold(index: number): Key {
    if (!Number.isInteger(index) || index < 0 || index >= 2 ** 32) {
      throw new ArgumentError(`Key.fold: the index must be an integer in [0, 2^32) (got ${index})`);
    }
    // The second counter word sets these apart from the counters that `random` uses (small high words).
    return new Key(threefry2x32(this.words, index | 0, 0x464f4c44));
  }

  /** `count` independent keys. */
  split(count = 2): Key[] {
    return Array.from({ length: count }, (_, i) => this.fold(i));
  }
}
