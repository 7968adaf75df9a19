import type { KeyWords } from "../backend.ts";

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
/** Threefish's key schedule parity constant, its lower 32 bits. */
const PARITY = 0x1bd11bda;

/**
 * Threefry-2x32: a keyed bijection of 64-bit counters whose values pass as random.
 *
 * @param key  two 32-bit words
 * @param rounds  20, as its authors recommend; with 13 or more they know of no statistical flaw
 * @returns two signed 32-bit words
 * @see Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3
 * @example threefry2x32([0, 0], 0, 0); // [0x6b200159 | 0, 0x99ba4efe | 0]
 */
export function threefry2x32(
  key: KeyWords,
  counter0: number,
  counter1: number,
  rounds = 20,
): [number, number] {
  const schedule = [key[0] | 0, key[1] | 0, (key[0] ^ key[1] ^ PARITY) | 0];
  let x0 = (counter0 + schedule[0]) | 0;
  let x1 = (counter1 + schedule[1]) | 0;
  for (let round = 0; round < rounds; round++) {
    const rotation = ROTATIONS[round & 7];
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
    if ((round & 3) === 3) {
      const group = (round + 1) >> 2;
      x0 = (x0 + schedule[group % 3]) | 0;
      x1 = (x1 + schedule[(group + 1) % 3] + group) | 0;
    }
  }
  return [x0, x1];
}
