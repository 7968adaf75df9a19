import { DEPTH, type Tile } from "./tiles.ts";

/** How a product is cut into workgroups. */
export type Plan =
  | { readonly kind: "rows" }
  | { readonly kind: "tiles"; readonly tile: Tile; readonly parts: number };

/** Rows (or columns) up to which every element of the other factor is read once, and used for all of them. */
const FEW = 8;

/** What was measured of a tile on a large GPU, an NVIDIA H200. */
interface Measured {
  readonly tile: Tile;
  /** FLOP per microsecond of a processor that has as many workgroups as it can take. */
  readonly rate: number;
  /** A processor with one workgroup computes at `rate / (1 + idle)`. */
  readonly idle: number;
}

const tiles: readonly Measured[] = [
  { tile: { rows: 128, columns: 128, eachRow: 8, eachColumn: 8 }, rate: 0.33e6, idle: 0.08 },
  { tile: { rows: 64, columns: 64, eachRow: 8, eachColumn: 4 }, rate: 0.28e6, idle: 0.5 },
  { tile: { rows: 32, columns: 32, eachRow: 4, eachColumn: 4 }, rate: 0.19e6, idle: 2 },
];
/** Processors of that GPU. */
const PROCESSORS = 132;
/** Microseconds of a workgroup's beginning and end, and of a second dispatch; bytes per microsecond of memory. */
const BEGINNING = 1.5;
const SECOND_PASS = 3;
const BANDWIDTH = 2e6;

/** The least depth of a part. */
const SHORTEST = 64;
const numbersOfParts = [1, 2, 3, 4, 6, 8, 11, 16, 23, 32];

/**
 * The tile, and the number of parts that the depth is cut into, that a large GPU is done with first. Sums of parts are
 * added in a fixed order.
 *
 * Sizes alone decide, so that tests in software run what hardware runs.
 */
export function planOf(m: number, n: number, k: number, batch: number): Plan {
  if (m <= FEW || n <= FEW) return { kind: "rows" };
  let best: Plan | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const measured of tiles) {
    for (const parts of numbersOfParts) {
      if (parts > 1 && parts * SHORTEST > k) break;
      const time = timeOf(measured, parts, { m, n, k, batch });
      if (time >= least) continue;
      best = { kind: "tiles", tile: measured.tile, parts };
      least = time;
    }
  }
  return best ?? { kind: "tiles", tile: tiles[0].tile, parts: 1 };
}

/** Microseconds, roughly. */
function timeOf(
  { tile, rate, idle }: Measured,
  parts: number,
  { m, n, k, batch }: { readonly m: number; readonly n: number; readonly k: number; readonly batch: number },
): number {
  const groups = Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns) * batch * parts;
  const each = Math.ceil(groups / PROCESSORS);
  const work = 2 * tile.rows * tile.columns * partDepth(k, parts);
  const time = (work / rate) * (each + idle) + BEGINNING;
  if (parts === 1) return time;
  return time + SECOND_PASS + (4 * batch * m * n * (2 * parts + 1)) / BANDWIDTH;
}

/** Depth of each of `parts`: a multiple of what is staged at once. */
export function partDepth(k: number, parts: number): number {
  return Math.ceil(k / parts / DEPTH) * DEPTH;
}
