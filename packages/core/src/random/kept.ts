import type { KeyWords } from "../backend.ts";
import { keepRule, type RowSlice } from "./keep-rule.ts";
import { threefry2x32 } from "./threefry.ts";

/** The fewest rounds of Threefry-2x32 in which its authors know of no statistical flaw (Salmon et al. 2011). */
const ROUNDS = 13;

/**
 * Which elements dropout keeps: 1 or 0 for each. Column j of row r has 16 bits of its own, half `j & 3` (low and high of
 * the first word, low and high of the second) of `threefry2x32(key, [j >> 2, r])` with 13 rounds. Row r is counted along
 * all axes but the last, in the larger tensor where `rows` says so.
 */
export function keptElements(
  shape: readonly number[],
  p: number,
  key: KeyWords,
  rows?: RowSlice,
): Uint8Array<ArrayBuffer> {
  const columns = shape.at(-1) ?? 1;
  const count = shape.at(-2) ?? 1;
  const { first, of } = rows ?? { first: 0, of: count };
  const { least } = keepRule(p);
  const kept = new Uint8Array(shape.reduce((a, b) => a * b, 1));
  for (let row = 0, at = 0; at < kept.length; row++) {
    const r = Math.floor(row / count) * of + first + (row % count);
    for (let j = 0; j < columns; j += 4) {
      const [low, high] = threefry2x32(key, j >> 2, r, ROUNDS);
      const halves = [low & 0xffff, low >>> 16, high & 0xffff, high >>> 16];
      for (const half of halves.slice(0, columns - j)) kept[at++] = half >= least ? 1 : 0;
    }
  }
  return kept;
}
