import { DEPTH, type Tile } from "./tiles.ts";

/** How a product is cut into workgroups. */
export type Plan =
  | { readonly kind: "rows" }
  | { readonly kind: "tiles"; readonly tile: Tile; readonly parts: number };

/** Rows (or columns) up to which every element of the other factor is read once, and used for all of them. */
export const FEW = 8;

const large: Tile = { rows: 128, columns: 128, eachRow: 8, eachColumn: 8 };
const medium: Tile = { rows: 64, columns: 64, eachRow: 8, eachColumn: 4 };
const small: Tile = { rows: 32, columns: 32, eachRow: 4, eachColumn: 4 };

/** Workgroups that keep a large GPU busy, by tile. */
const ENOUGH = 120;
/** The least depth of a part: below, its sums cost more to add than they save. */
const SHORTEST = 128;
const MOST_PARTS = 64;

/**
 * The largest tile of which there are enough to fill a GPU. Where even small ones are too few, the depth is cut into
 * parts, whose sums are added in a fixed order.
 *
 * Sizes alone decide, so that tests in software run what hardware runs.
 */
export function planOf(m: number, n: number, k: number, batch: number): Plan {
  if (m <= FEW || n <= FEW) return { kind: "rows" };
  const count = ({ rows, columns }: Tile): number => Math.ceil(m / rows) * Math.ceil(n / columns) * batch;
  const longest = Math.max(1, Math.min(MOST_PARTS, Math.floor(k / SHORTEST)));
  // Parts of 512 and more hide the second pass of a large tile.
  for (const [tile, most] of [
    [large, Math.max(1, Math.min(MOST_PARTS, Math.floor(k / 512)))],
    [medium, longest],
    [small, longest],
  ] as const) {
    const tiles = count(tile);
    if (tile !== small && (tiles * most < ENOUGH || m <= tile.rows / 2 || n <= tile.columns / 2)) continue;
    return { kind: "tiles", tile, parts: Math.min(most, Math.max(1, Math.ceil(ENOUGH / tiles))) };
  }
  throw new RangeError("no tile");
}

/** Depth of each of `parts`: a multiple of what is staged at once. */
export function partDepth(k: number, parts: number): number {
  return Math.ceil(k / parts / DEPTH) * DEPTH;
}
