import type { KeyWords } from "@saccade/core/backend";

const rotations = [13, 15, 26, 6, 17, 29, 16, 24];

/** Threefry-2x32 as Salmon et al. 2011 print it. */
export function threefry([k0, k1]: KeyWords, c0: number, c1: number, rounds = 20): [number, number] {
  const key = [k0, k1, k0 ^ k1 ^ 0x1bd11bda];
  let x = (c0 + k0) | 0;
  let y = (c1 + k1) | 0;
  for (let round = 0; round < rounds; round++) {
    x = (x + y) | 0;
    const by = rotations[round % 8];
    y = ((y << by) | (y >>> (32 - by))) ^ x;
    if (round % 4 === 3) {
      const s = (round + 1) / 4;
      x = (x + key[s % 3]) | 0;
      y = (y + key[(s + 1) % 3] + s) | 0;
    }
  }
  return [x, y];
}

/** What dropout multiplies column j of a row with, as the Backend contract has it. */
export function keptFactor(key: KeyWords, row: number, j: number, p: number): number {
  const word = threefry(key, Math.floor(j / 4), row, 13)[(j >> 1) & 1] >>> 0;
  const half = j % 2 === 0 ? word % 65_536 : Math.floor(word / 65_536);
  const least = Math.round(p * 65_536);
  return half >= least ? 65_536 / (65_536 - least) : 0;
}
