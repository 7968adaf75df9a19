/**
 * How a workgroup of the attention kernels is laid out.
 *
 * One idea for all of them: eight invocations stand side by side on a row. Each has `rows` rows of a tile of scores, and
 * of each row `quads` times four columns, in registers. What is multiplied lies in shared memory depth by depth, as
 * vectors of four rows or four columns.
 */
import type { DeviceFacts } from "../../adapter/request-device.ts";

/** Invocations that share a row. */
export const ACROSS = 8;
/** Columns of eight invocations with a vector each: what widths are rounded up to. */
export const CHUNK = 4 * ACROSS;

export interface Plan {
  /** Rows of an invocation, a multiple of 4. */
  readonly rows: number;
  /** Vectors of four columns of an invocation. */
  readonly quads: number;
  /** Invocations of a workgroup. */
  readonly lanes: number;
  /** Depth of a strip of the products that make scores, a multiple of 4. */
  readonly depth: number;
  /** Vectors of shared memory that strips of the products with weights are staged in. */
  readonly strip: number;
  /** Whether products are written out step by step: fast on GPUs, and slow to compile. */
  readonly unrolled: boolean;
}

/** Sizes that follow from a plan. */
export interface Layout extends Plan {
  readonly key: string;
  /** Rows and columns of a tile of scores. */
  readonly tileRows: number;
  readonly tileColumns: number;
  /** Vectors of four rows of an invocation; they are `down` apart. */
  readonly fours: number;
  readonly down: number;
  /** Rows of a strip of a product with weights, and its width in vectors. */
  readonly stripRows: number;
  readonly stripAcross: number;
}

/** The layout for operands of weights up to `chunks` times 32 wide. */
export function layoutOf(plan: Plan, chunks: number): Layout {
  const { rows, quads, lanes, strip } = plan;
  const down = lanes / ACROSS;
  const tileColumns = 4 * ACROSS * quads;
  const stripAcross = ACROSS * chunks;
  return {
    ...plan,
    key: Object.values(plan).join("x"),
    tileRows: down * rows,
    tileColumns,
    stripAcross,
    stripRows: Math.min(tileColumns, 2 ** Math.floor(Math.log2(strip / stripAcross))),
    fours: rows / 4,
    down,
  };
}

/** Shared memory of forward, in bytes. */
export function forwardBytes(layout: Layout): number {
  return (
    tileBytes(layout, Math.max(layout.depth, layout.tileColumns)) + stripBytes(layout) + partialBytes(layout)
  );
}

/** Of either pass of backward, or of the one that gives the gradient of slopes, too. */
export function backwardBytes(layout: Layout, slopes: boolean): number {
  const rows = Math.max(layout.depth, layout.tileColumns) + layout.tileColumns;
  return tileBytes(layout, rows) + stripBytes(layout) + (slopes ? partialBytes(layout) : 0);
}

function tileBytes({ tileRows }: Layout, rows: number): number {
  return 16 * rows * (tileRows / 4 + 1);
}

function partialBytes({ fours, down }: Layout): number {
  return 16 * fours * down * (ACROSS + 1);
}

function stripBytes({ depth, tileColumns, stripRows, stripAcross }: Layout): number {
  return 16 * (depth * (tileColumns / 4 + 1) + stripRows * stripAcross);
}

/** What every device has room for, and drivers in software compile fast. */
export const small: Plan = { rows: 4, quads: 1, lanes: 64, depth: 16, strip: 256, unrolled: false };

/** What was fastest where it was measured (decision 0025). */
const usual: Plan = { rows: 4, quads: 1, lanes: 128, depth: 32, strip: 512, unrolled: true };
const manyRows: Plan = { ...usual, lanes: 256 };
const manyColumns: Plan = { ...usual, quads: 2, strip: 256 };

/** How a device computes forward attention of values that are `chunks` times 32 wide. */
export function forwardLayout(facts: DeviceFacts, chunks: number): Layout {
  return choose(facts, [usual], chunks, forwardBytes);
}

/** The same for a pass of backward. */
export function backwardLayout(facts: DeviceFacts, chunks: number, slopes: boolean): Layout {
  const first = chunks <= 2 ? [manyRows] : chunks <= 4 ? [manyColumns] : [];
  return choose(facts, [...first, usual], chunks, (layout) => backwardBytes(layout, slopes));
}

/** The first plan that fits. */
function choose(
  { software, limits }: DeviceFacts,
  plans: readonly Plan[],
  chunks: number,
  bytes: (layout: Layout) => number,
): Layout {
  const fits = (layout: Layout): boolean =>
    bytes(layout) <= limits.maxComputeWorkgroupStorageSize &&
    layout.lanes <= limits.maxComputeInvocationsPerWorkgroup;
  const layouts = software ? [] : plans.map((plan) => layoutOf(plan, chunks));
  return layouts.find(fits) ?? layoutOf(small, chunks);
}
