import type { ScoreProgram, ScoreSource } from "@saccade/core";
import { BLOCK } from "../scaled-dot-product/score-view.ts";
import { type Interval, maskVerdict } from "./intervals.ts";

/** Of one block: nothing is seen, the function says, everything is seen. */
const [NOTHING, SOME, EVERYTHING] = [0, 1, 2];

export interface MaskSizes {
  readonly B: number;
  readonly H: number;
  readonly T: number;
  readonly S: number;
}

/** Blocks of a mask: i32, `[1 or B, 1 or H, ceil(T / 64), ceil(S / 64)]`. */
export interface BlockStates {
  readonly states: Int32Array;
  readonly shape: readonly [number, number, number, number];
}

/** Questions that are asked about the inside of one block, and of all, before the function is left to say. */
const MOST_QUESTIONS = 400;
const MOST_IN_ALL = 2e6;

/** Some queries, and some keys: first, and behind the last. */
interface Box {
  readonly queries: readonly [number, number];
  readonly keys: readonly [number, number];
}

/** What a program's blocks are made from; the questions that may still be asked are counted down. */
interface Asking {
  readonly program: ScoreProgram;
  readonly placesOf: (b: number, from: number, to: number) => Interval;
  left: number;
}

const last = ([from, to]: readonly [number, number]): Interval => [from, to - 1];

/** Halves of the longer side. */
function split({ queries, keys }: Box): readonly Box[] {
  const halves = ([from, to]: readonly [number, number]): readonly [number, number][] => {
    const middle = Math.ceil((from + to) / 2);
    return [
      [from, middle],
      [middle, to],
    ];
  };
  return queries[1] - queries[0] >= keys[1] - keys[0]
    ? halves(queries).map((part) => ({ queries: part, keys }))
    : halves(keys).map((part) => ({ queries, keys: part }));
}

function stateOf(asking: Asking, b: number, h: number, whole: Box): number {
  const open = [whole];
  let [seen, hidden] = [false, false];
  let questions = Math.min(MOST_QUESTIONS, Math.max(1, asking.left));
  for (let box = open.pop(); box !== undefined; box = open.pop()) {
    if (questions-- === 0) return SOME;
    asking.left--;
    const verdict = maskVerdict(asking.program, {
      batch: [b, b],
      head: [h, h],
      query: last(box.queries),
      place: asking.placesOf(b, ...box.queries),
      key: last(box.keys),
    });
    const one = box.queries[1] - box.queries[0] === 1 && box.keys[1] - box.keys[0] === 1;
    if (verdict === "unknown" && one) return SOME;
    if (verdict === "unknown") open.push(...split(box));
    seen ||= verdict === "all";
    hidden ||= verdict === "none";
    if (seen && hidden) return SOME;
  }
  return seen ? EVERYTHING : NOTHING;
}

/** Whether a program starts from something. */
export function uses({ steps }: ScoreProgram, source: ScoreSource | "load"): boolean {
  return steps.some(({ op }) => op === source);
}

/** The queries' places: those of ranges, or those of all queries before all keys' end. */
function placesIn({ T, S }: MaskSizes, ranges: Int32Array | null): Asking["placesOf"] {
  if (ranges === null) return (_, from, to) => [from + S - T, to - 1 + S - T];
  return (b, from, to) => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = from; i < to; i++) {
      const place = ranges[(b * T + i) * 3 + 2];
      low = Math.min(low, place);
      high = Math.max(high, place);
    }
    return [low, high];
  };
}

/**
 * What each block of a mask function that reads no tensor is, without asking about every pair: by intervals, and where
 * these do not say, by those of halves. What stays open is left to the function, which is always right.
 *
 * @param ranges  `[B, T, 3]`, where sequences say where queries are; see `sequenceRanges`
 */
export function blockStates(program: ScoreProgram, sizes: MaskSizes, ranges: Int32Array | null): BlockStates {
  const { B, H, T, S } = sizes;
  const byItem = uses(program, "batch") || (ranges !== null && uses(program, "place"));
  const [items, heads] = [byItem ? B : 1, uses(program, "head") ? H : 1];
  const [rows, columns] = [Math.ceil(T / BLOCK), Math.ceil(S / BLOCK)];
  const states = new Int32Array(items * heads * rows * columns);
  const asking: Asking = { program, placesOf: placesIn(sizes, ranges), left: MOST_IN_ALL };
  const part = (n: number, size: number): [number, number] => [n * BLOCK, Math.min(size, (n + 1) * BLOCK)];
  let at = 0;
  for (let b = 0; b < items; b++)
    for (let h = 0; h < heads; h++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          states[at++] = stateOf(asking, b, h, { queries: part(row, T), keys: part(column, S) });
  return { states, shape: [items, heads, rows, columns] };
}
