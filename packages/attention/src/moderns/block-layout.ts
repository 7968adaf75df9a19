import {
  ArgumentError,
  type Backend,
  type Key,
  requireKnown,
  requirePositiveInteger,
  type Tensor,
  tensor,
  threefry2x32,
} from "@saccade/core";

/** Which blocks of keys each block of queries attends to. */
export interface BlockLayout {
  /** Elements of a block. */
  readonly blockSize: number;
  /** For each block of queries the blocks of keys, ascending. */
  readonly blocks: readonly (readonly number[])[];
}

/** What the published patterns are made of, in blocks. */
export interface PatternOptions {
  /** Length of the sequence, in elements. */
  readonly length: number;
  readonly blockSize: number;
  /** Blocks to each side of a query's own; default 1. */
  readonly window?: number;
  /** Blocks at the beginning that see all and are seen by all; default 1. */
  readonly global?: number;
}

function pattern(
  owner: string,
  options: PatternOptions,
  more: (block: number, count: number) => number[],
): BlockLayout {
  requireKnown(owner, options, { length: true, blockSize: true, window: true, global: true });
  const { length, blockSize, window = 1, global = 1 } = options;
  requirePositiveInteger(owner, "blockSize", blockSize);
  for (const [name, value] of Object.entries({ length, window, global })) {
    if (Number.isInteger(value) && value >= 0) continue;
    throw new ArgumentError(`${owner}: ${name} must be a non-negative integer (got ${value})`);
  }
  const count = Math.ceil(length / blockSize);
  const all = Array.from({ length: count }, (_, j) => j);
  const blocks = all.map((i) => {
    const extra = new Set(more(i, count));
    return all.filter((j) => i < global || j < global || Math.abs(i - j) <= window || extra.has(j));
  });
  return { blockSize, blocks };
}

/**
 * Longformer's pattern in blocks: a window, and global blocks.
 *
 * @see Beltagy et al. 2020, arXiv:2004.05150, section 3, Attention Pattern; the paper's window and global places are of
 *   elements, and may be dilated
 * @example longformerLayout({ length: 8, blockSize: 2 }).blocks; // => [[0, 1, 2, 3], [0, 1, 2], [0, 1, 2, 3], [0, 2, 3]]
 */
export function longformerLayout(options: PatternOptions): BlockLayout {
  return pattern("longformerLayout", options, () => []);
}

/**
 * BigBird's pattern: a window, global blocks, and for each block of queries `random` others, a function of the key.
 *
 * @see Zaheer et al. 2020, arXiv:2007.14062, section 2, and its appendix about the implementation in blocks; global
 *   blocks are the first of the sequence (its internal transformer construction)
 * @example
 * const layout = bigBirdLayout({ length: 64, blockSize: 4, random: 2, key: new Key(0) });
 * layout.blocks[8].length; // => 6
 */
export function bigBirdLayout({
  random = 3,
  key,
  ...options
}: PatternOptions & { readonly random?: number; readonly key: Key }): BlockLayout {
  if (!Number.isInteger(random) || random < 0) {
    throw new ArgumentError(`bigBirdLayout: random must be a non-negative integer (got ${random})`);
  }
  const { window = 1, global = 1 } = options;
  return pattern("bigBirdLayout", options, (i, count) => {
    const free = Array.from({ length: count }, (_, j) => j).filter(
      (j) => j >= global && Math.abs(i - j) > window,
    );
    const drawn = free.map((j) => ({ j, at: threefry2x32(key.words, i, j)[0] >>> 0 }));
    return drawn
      .sort((a, b) => a.at - b.at || a.j - b.j)
      .slice(0, random)
      .map(({ j }) => j);
  });
}

/**
 * A layout as a mask of elements, `[T, T]`, u8: for `attention`, which then computes what it hides, too.
 *
 * @example
 * const layout = { blockSize: 2, blocks: [[0], [0, 1]] };
 * layoutMask(layout, 3).array(); // => [[1, 1, 0], [1, 1, 0], [1, 1, 1]]
 */
export function layoutMask(layout: BlockLayout, length: number, backend?: Backend): Tensor {
  const { blockSize, blocks } = layout;
  requireLayout("layoutMask", layout, length);
  const seen = new Uint8Array(length * length);
  for (let i = 0; i < length; i++) {
    for (const block of blocks[Math.floor(i / blockSize)]) {
      const start = i * length + block * blockSize;
      seen.fill(1, start, i * length + Math.min(length, (block + 1) * blockSize));
    }
  }
  return tensor(seen, { shape: [length, length], ...(backend ? { backend } : {}) });
}

/** @throws ArgumentError unless there is a row for each block of queries, of blocks that there are, ascending */
export function requireLayout(owner: string, { blockSize, blocks }: BlockLayout, length: number): void {
  requirePositiveInteger(owner, "blockSize", blockSize);
  const count = Math.ceil(length / blockSize);
  if (blocks.length !== count) {
    throw new ArgumentError(
      `${owner}: ${length} elements are ${count} blocks (got a layout of ${blocks.length})`,
    );
  }
  for (const [i, row] of blocks.entries()) {
    const fine = row.every(
      (j, n) => Number.isInteger(j) && j >= 0 && j < count && (n === 0 || j > row[n - 1]),
    );
    if (!fine)
      throw new ArgumentError(`${owner}: block ${i} must see ascending blocks below ${count} (got ${row})`);
  }
}
