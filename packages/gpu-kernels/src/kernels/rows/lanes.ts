import { type Sharing, SMALLEST_GROUP } from "../across.ts";

/** Invocations that share one row, and the vectors of four that each of them holds. */
export interface Lanes extends Sharing {
  /** Vectors that a lane holds of each operand; 0: the row is too long to be held, and is read again where needed. */
  readonly held: number;
}

/** Lanes, and how many vectors of all operands one of them can hold. */
const ladder = [
  { lanes: 8, room: 4 },
  { lanes: 32, room: 4 },
  { lanes: 64, room: 12 },
  { lanes: 128, room: 12 },
  { lanes: 256, room: 12 },
  { lanes: 512, room: 12 },
  { lanes: 1024, room: 8 },
] as const;
/** Of rows that are not held. */
const LONG_LANES = 256;

/** Of rows that are read once: more registers would only be in the way. */
const ROOM_ONCE = 4;

/**
 * Few lanes with many vectors each: what lanes tell one another costs more than registers.
 *
 * @param operands  how many rows are to be held
 * @param once  every element is read once: long rows need not be held
 */
export function lanesFor(width: number, operands: number, once: boolean, largestGroup: number): Lanes {
  const quads = Math.max(1, Math.ceil(width / 4));
  for (const { lanes, room } of ladder) {
    const held = Math.ceil(quads / lanes);
    if (once && lanes > SMALLEST_GROUP) break;
    if (lanes > largestGroup || held * operands > (once ? ROOM_ONCE : room)) continue;
    return { lanes, group: Math.max(lanes, SMALLEST_GROUP), held };
  }
  const lanes = Math.min(LONG_LANES, largestGroup);
  return { lanes, group: lanes, held: 0 };
}
