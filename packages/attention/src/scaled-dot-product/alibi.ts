import { requirePositiveInteger } from "@saccade/core";

/**
 * The slopes of ALiBi: for `2^n` heads `2^(-8/2^n), 2^(-16/2^n) .. 2^-8`; for other numbers those of the power of two
 * below, then every other one of the power of two above.
 *
 * @param heads  their number, at least 1
 * @returns one slope for each head, in score units per key of distance
 * @throws ArgumentError unless `heads` is a positive integer
 * @see Press, Smith & Lewis 2022, arXiv:2108.12409, section 3, and its authors' code for other numbers of heads
 * @example
 * alibiSlopes(4); // => [0.25, 0.0625, 0.015625, 0.00390625]
 * alibiSlopes(3); // => [0.0625, 0.00390625, 0.25]
 */
export function alibiSlopes(heads: number): number[] {
  requirePositiveInteger("alibiSlopes", "heads", heads);
  const below = 2 ** Math.floor(Math.log2(heads));
  const slope = (i: number, of: number): number => 2 ** ((-8 * (i + 1)) / of);
  return Array.from({ length: heads }, (_, i) =>
    i < below ? slope(i, below) : slope(2 * (i - below), 2 * below),
  );
}
