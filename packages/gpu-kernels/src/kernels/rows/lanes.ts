/** Invocations that share one row, and the vectors of four that each of them holds. */
export interface Lanes {
  /** Invocations per row. */
  readonly lanes: number;
  /** Invocations of a workgroup: rows that few share come several to a workgroup. */
  readonly group: number;
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
const SMALLEST_GROUP = 64;

/** Few lanes with many vectors each: what lanes tell one another costs more than registers. */
export function lanesFor(width: number, operands: number, largestGroup: number): Lanes {
  const quads = Math.max(1, Math.ceil(width / 4));
  for (const { lanes, room } of ladder) {
    const held = Math.ceil(quads / lanes);
    if (lanes > largestGroup || held * operands > room) continue;
    return { lanes, group: Math.max(lanes, SMALLEST_GROUP), held };
  }
  const lanes = Math.min(LONG_LANES, largestGroup);
  return { lanes, group: lanes, held: 0 };
}

/** How many lanes gather the others' values in a first step. */
const gatherers: Readonly<Record<number, number>> = {
  8: 8,
  32: 4,
  64: 8,
  128: 8,
  256: 16,
  512: 16,
  1024: 32,
};

/**
 * `total(x, own, first)`, `largest(x, own, first)`: over the lanes of a row, `own` the lane's number among them and
 * `first` the number of the first of them in the workgroup. Known to all of them, joined in one order.
 */
export function acrossLanes({ lanes, group }: Lanes): string {
  return `var<workgroup> lanes_: array<f32, ${group}>;
var<workgroup> parts_: array<f32, ${(group / lanes) * gatherers[lanes]}>;
${across("total", lanes, (a, b) => `${a} + ${b}`)}${across("largest", lanes, (a, b) => `larger(${a}, ${b})`)}`;
}

function across(name: string, lanes: number, join: (a: string, b: string) => string): string {
  const parts = gatherers[lanes];
  return `fn ${name}(x: f32, own: u32, first: u32) -> f32 {
  lanes_[first + own] = x;
  workgroupBarrier();
  let place = first / ${lanes / parts}u;
  if (own < ${parts}u) {
    var part = lanes_[first + own];
    for (var k = ${parts}u; k < ${lanes}u; k += ${parts}u) { part = ${join("part", "lanes_[first + own + k]")}; }
    parts_[place + own] = part;
  }
  workgroupBarrier();
  var all = parts_[place];
  for (var k = 1u; k < ${parts}u; k++) { all = ${join("all", "parts_[place + k]")}; }
  return all;
}
`;
}
