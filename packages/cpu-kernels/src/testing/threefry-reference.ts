import type { KeyWords } from "@saccade/core/backend";

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
];

/** Word of element `index`, as the Backend contract defines `random` bits. */
export function threefry(key: KeyWords, index: number): number {
  const block = Math.floor(index / 2);
  const keys = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd11bda];
  let a = (block + keys[0]) | 0;
  let b = (Math.floor(block / 2 ** 32) + keys[1]) | 0;
  for (let round = 0; round < 5; round++) {
    for (const by of rotations[round % 2]) {
      a = (a + b) | 0;
      b = ((b << by) | (b >>> (32 - by))) ^ a;
    }
    a = (a + keys[(round + 1) % 3]) | 0;
    b = (b + keys[(round + 2) % 3] + round + 1) | 0;
  }
  return (index % 2 === 0 ? a : b) >>> 0;
}
