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
const longLanes = [256, 64, 32, 8] as const;

/**
 * Few lanes with many vectors each: what lanes tell one another costs more than registers.
 *
 * @param operands  how many rows are to be held; 0: none
 */
export function lanesFor(width: number, operands: number, largestGroup: number): Lanes {
  const quads = Math.max(1, Math.ceil(width / 4));
  for (const { lanes, room } of operands > 0 ? ladder : []) {
    const held = Math.ceil(quads / lanes);
    if (lanes > largestGroup || held * operands > room) continue;
    return { lanes, group: Math.max(lanes, SMALLEST_GROUP), held };
  }
  const lanes = longLanes.find((count) => count <= largestGroup && count <= quads) ?? 8;
  return { lanes, group: Math.max(lanes, SMALLEST_GROUP), held: 0 };
}
