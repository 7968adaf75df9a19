import type { MatrixTile } from "./matrices.ts";
import type { Tile } from "./tiles.ts";

/** Rows (or columns) up to which every element of the other factor is read once, and used for all of them. */
export const FEW = 8;

/** The depth of every part is a multiple of what any kernel stages at once. */
const STRIP = 32;

/** What was measured of a tile on a large GPU, an NVIDIA H200. */
interface Measured<T> {
  readonly tile: T;
  /** FLOP per microsecond of a processor that has as many workgroups as it can take. */
  readonly rate: number;
  /** A processor with one workgroup computes at `rate / (1 + idle)`. */
  readonly idle: number;
}

/** How a product is cut into workgroups. */
export interface Plan<T> {
  readonly tile: T;
  readonly parts: number;
}

export const floatTiles: readonly Measured<Tile>[] = [
  { tile: { rows: 128, columns: 128, eachRow: 8, eachColumn: 8 }, rate: 0.33e6, idle: 0.08 },
  { tile: { rows: 64, columns: 64, eachRow: 8, eachColumn: 4 }, rate: 0.28e6, idle: 0.5 },
  { tile: { rows: 32, columns: 32, eachRow: 4, eachColumn: 4 }, rate: 0.19e6, idle: 2 },
];
export const matrixTiles: readonly Measured<MatrixTile>[] = [
  { tile: { rows: 128, columns: 128 }, rate: 2.2e6, idle: 0.6 },
  { tile: { rows: 64, columns: 64 }, rate: 1.15e6, idle: 1.2 },
];
/** Processors of that GPU. */
const PROCESSORS = 132;
/** Microseconds of a workgroup's beginning and end, and of a second dispatch; bytes per microsecond of memory. */
const BEGINNING = 1.5;
const SECOND_PASS = 3;
const BANDWIDTH = 2e6;

/** The least depth of a part, and the most bytes of sums: they have to fit one binding of any adapter. */
const SHORTEST = 64;
const MOST_BYTES = 64 * 1024 * 1024;
const numbersOfParts = [1, 2, 3, 4, 6, 8, 11, 16, 23, 32];

/**
 * The tile, and the number of parts that the depth is cut into, that a large GPU is done with first. Sums of parts are
 * added in a fixed order.
 *
 * Sizes alone decide, so that tests in software run what hardware runs.
 */
export function planOf<T extends MatrixTile>(tiles: readonly Measured<T>[], sizes: Sizes): Plan<T> {
  let best: Plan<T> = { tile: tiles[0].tile, parts: 1 };
  const bytes = 4 * sizes.batch * sizes.m * sizes.n;
  let least = Number.POSITIVE_INFINITY;
  for (const measured of tiles) {
    for (const parts of numbersOfParts) {
      if (parts > 1 && (parts * SHORTEST > sizes.k || parts * bytes > MOST_BYTES)) break;
      const time = timeOf(measured, parts, sizes);
      if (time >= least) continue;
      best = { tile: measured.tile, parts };
      least = time;
    }
  }
  return best;
}

/** Of a product `[batch, m, k] x [batch, k, n]`. */
export interface Sizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: number;
}

/** Microseconds, roughly. */
function timeOf(
  { tile, rate, idle }: Measured<MatrixTile>,
  parts: number,
  { m, n, k, batch }: Sizes,
): number {
  const groups = Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns) * batch * parts;
  const each = Math.ceil(groups / PROCESSORS);
  const work = 2 * tile.rows * tile.columns * partDepth(k, parts);
  const time = (work / rate) * (each + idle) + BEGINNING;
  if (parts === 1) return time;
  return time + SECOND_PASS + (4 * batch * m * n * (2 * parts + 1)) / BANDWIDTH;
}

/** Depth of each of `parts`. */
export function partDepth(k: number, parts: number): number {
  return Math.ceil(k / parts / STRIP) * STRIP;
}
