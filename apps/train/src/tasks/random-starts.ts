import { type Key, threefry2x32 } from "@saccade/core";

/** `count` whole numbers in `[0, end)`, functions of the key. */
export function randomStarts(key: Key, count: number, end: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const [low, high] = threefry2x32(key.words, i, 0);
    // 53 random bits, so that long texts are drawn from evenly.
    const unit = ((high >>> 5) * 2 ** 26 + (low >>> 6)) * 2 ** -53;
    return Math.floor(unit * end);
  });
}
