/**
 * How attention of halves is laid out for subgroup matrices.
 *
 * One idea: a workgroup of four subgroups keeps a tile of rows and walks over columns a tile at a time. Two by two, the
 * subgroups share what they compute: each has half of the rows, and half of the columns of scores or of the width of
 * results, so that a square read from shared memory is multiplied by two squares or more. Nobody can see into a subgroup matrix:
 * scores pass through shared memory, where invocations make weights of them, row by row.
 */
import type { AttentionAttrs, FusedKernels, View } from "@saccade/core/backend";
import type { DeviceFacts } from "../../../adapter/request-device.ts";
import { hasMatrices } from "../../matmul/matrices.ts";
import type { ScoreInputs } from "../shape.ts";

/** Invocations of a workgroup, and of a subgroup. */
export const LANES = 128;
export const SUBGROUP = 32;
/** Rows, columns and depth of what a subgroup multiplies at once. */
export const SQUARE = 16;
/** Halves that are moved at once: a vector of 16 bytes. */
export const OCTET = 8;
/** What widths are filled up to with zeros: a square for each of two subgroups. */
const CHUNK = 2 * SQUARE;
/** Results of wider heads would need more registers than there are. */
const WIDEST = 128;

export interface MatrixLayout {
  readonly key: string;
  /** Rows and columns of a tile of scores. */
  readonly rows: number;
  readonly columns: number;
  /** Squares along the depth of the products that make scores: of queries and keys, and of values. */
  readonly depth: number;
  readonly valueDepth: number;
  /** Squares across a subgroup's half of results as wide as queries and keys, and as values. */
  readonly across: number;
  readonly valueAcross: number;
  /** Octets of a staged row of halves, and how far apart rows begin: an odd number, so that they begin in different banks. */
  readonly octets: number;
  readonly line: number;
  /** Vectors from one row of scores to the next. */
  readonly scoreLine: number;
  /** Invocations that share a row, and vectors of four scores that each has of it. */
  readonly sharers: number;
  readonly quads: number;
}

/** For heads `width` wide, and `valueWidth` of values. */
function layoutOf(rows: number, columns: number, width: number, valueWidth: number): MatrixLayout {
  const [across, valueAcross] = [Math.ceil(width / CHUNK), Math.ceil(valueWidth / CHUNK)];
  const octets = (Math.max(across, valueAcross) * CHUNK) / OCTET;
  const sharers = LANES / rows;
  return {
    key: `${rows}x${columns} ${width}x${valueWidth}`,
    rows,
    columns,
    depth: Math.ceil(width / SQUARE),
    valueDepth: Math.ceil(valueWidth / SQUARE),
    across,
    valueAcross,
    octets,
    line: octets + 1,
    scoreLine: columns / 4 + 1,
    sharers,
    quads: columns / 4 / sharers,
  };
}

/** Where results pass through shared memory: a square's width of each row, `at` vectors from its beginning for x = 0, and `apart` further for x = 1. */
export interface Patches {
  readonly scores: number;
  readonly at: number;
  readonly apart: number;
}

/**
 * Weights, as halves, in shared memory: square `t` of columns of a row begins at `at(t)`, and rows are `line` vectors apart.
 * An invocation's part of a row begins `each` vectors behind that of its neighbour, the first at `first`.
 */
export interface Weights {
  readonly at: (t: number) => number;
  readonly line: number;
  readonly first: number;
  readonly each: number;
}

/** Weights that take the first half of what an invocation has of its row of scores, which begin at `first`. */
function inPlace({ columns, scoreLine, sharers, quads }: MatrixLayout, first: number): Weights {
  const squares = columns / SQUARE / sharers;
  const at = (t: number): number => first + Math.floor(t / squares) * quads + (t % squares) * 2;
  return { at, line: scoreLine, first, each: quads };
}

/** Weights that lie apart, in lines without gaps but one of an octet. */
function apart({ columns, quads }: MatrixLayout, first: number): Weights {
  return { at: (t) => first + 2 * t, line: columns / OCTET + 1, first, each: quads / 2 };
}

/** Where parts of the shared memory of forward begin, in vectors of 16 bytes: keys or values; then scores, and weights in their place. Results pass behind these. */
export function forwardMemory(layout: MatrixLayout) {
  const { rows, columns, line, scoreLine, sharers } = layout;
  const scores = columns * line;
  const [at, gap] = patchesOf(columns, sharers);
  return {
    walked: 0,
    scores,
    weights: inPlace(layout, scores),
    patches: { scores, at, apart: gap },
    vectors: scores + rows * scoreLine,
  };
}

function patchesOf(columns: number, sharers: number): readonly [at: number, apart: number] {
  const squares = columns / SQUARE / sharers;
  if (squares === 1) return [columns / 4, 4];
  return [2 * squares, squares === 2 && sharers > 1 ? 8 : 4];
}

/**
 * The same of a pass of backward: what is walked over, twice; scores; gradients of weights. Weights and gradients of scores, as
 * halves, take their places, unless four invocations share a row: these have less than a square each.
 */
export function backwardMemory(layout: MatrixLayout) {
  const { rows, columns, line, scoreLine, sharers } = layout;
  const scores = 2 * columns * line;
  const gradients = scores + rows * scoreLine;
  const end = gradients + rows * scoreLine;
  const room = (columns / OCTET + 1) * rows;
  const [weights, slopes] =
    sharers <= 2
      ? [inPlace(layout, scores), inPlace(layout, gradients)]
      : [apart(layout, end), apart(layout, end + room)];
  return {
    walked: [0, columns * line],
    scores,
    gradients,
    weights,
    slopes,
    vectors: sharers <= 2 ? end : end + 2 * room,
    patches: { scores, at: 0, apart: 4 },
  } as const;
}

/** Flags and what belongs to columns, in bytes. */
const SMALL_THINGS = 512;

/** A tile whose results fit in registers; undefined where matrices cannot do it, or shared memory is too small. */
export function forwardMatrixLayout(
  facts: DeviceFacts,
  inputs: ScoreInputs,
  out: View,
  attrs: AttentionAttrs,
): MatrixLayout | undefined {
  const [q, k, v] = inputs;
  if (!suitsMatrices(facts, inputs, [q, k, v, out], attrs)) return undefined;
  const [E, Ev] = [q.shape[3], v.shape[3]];
  const layout = layoutOf(Math.max(E, Ev) > 64 ? 64 : 128, 32, E, Ev);
  const [at, gap] = patchesOf(layout.columns, layout.sharers);
  const scoreLine = Math.max(layout.scoreLine, at + gap + 5);
  return [{ ...layout, scoreLine }].find((it) => fits(facts, forwardMemory(it)));
}

/** The same for a pass of backward, which keeps two operands, and up to two results; `outputs` are dq, dk and dv. */
export function backwardMatrixLayout(
  facts: DeviceFacts,
  inputs: Readonly<FusedKernels["attentionBackward"]["inputs"]>,
  outputs: readonly View[],
  attrs: AttentionAttrs,
): MatrixLayout | undefined {
  const [q, k, v, , , , , , , dOut] = inputs;
  if (!suitsMatrices(facts, inputs, [q, k, v, dOut, ...outputs], attrs)) return undefined;
  const [E, Ev] = [q.shape[3], v.shape[3]];
  const layout = layoutOf(Math.max(E, Ev) > 64 ? 32 : 64, 32, E, Ev);
  return fits(facts, backwardMemory(layout)) ? layout : undefined;
}

function fits({ limits }: DeviceFacts, { vectors }: { readonly vectors: number }): boolean {
  return 16 * vectors + SMALL_THINGS <= limits.maxComputeWorkgroupStorageSize;
}

/**
 * Whether subgroup matrices can do it: the device has them, all rows of heads (`rows`) are of halves, in whole octets and narrow
 * enough, and scores are products, scaled and perhaps capped, that are seen by position.
 */
function suitsMatrices(
  facts: DeviceFacts,
  [, , , mask, bias, slopes]: ScoreInputs,
  rows: readonly View[],
  { dropout, mods }: AttentionAttrs,
): boolean {
  return (
    hasMatrices(facts) &&
    mask === null &&
    bias === null &&
    slopes === null &&
    dropout === 0 &&
    mods === undefined &&
    rows.every((view) => view.shape[3] <= WIDEST && view.shape[3] > 0 && inOctets(view))
  );
}

/** Whether heads `[B, H, T, E]` are rows of whole octets of halves. */
function inOctets({ dtype, shape, strides, offset }: View): boolean {
  const [batch, head, row, element] = strides;
  return (
    dtype === "f16" && element === 1 && [shape[3], batch, head, row, offset].every((it) => it % OCTET === 0)
  );
}
