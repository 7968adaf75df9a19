/** Invocations that share one result. */
export interface Sharing {
  /** Invocations per result: 8, 32, 64 ... 1024. */
  readonly lanes: number;
  /** Invocations of a workgroup: results that few share come several to a workgroup. */
  readonly group: number;
}

export const SMALLEST_GROUP = 64;

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

/** WGSL functions by name: how two values are joined. */
export type Joins = Readonly<Record<string, (a: string, b: string) => string>>;

/**
 * Functions `NAME(x, own, first)` over the lanes of a result: `own` is the lane's number among them, `first` that of the
 * first of them in the workgroup. All of them get to know what comes out, and it is joined in one order. Outside of
 * conditions.
 */
export function across({ lanes, group }: Sharing, type: "f32" | "i32", joins: Joins): string {
  const parts = gatherers[lanes];
  const functions = Object.entries(joins).map(
    ([name, join]) => `fn ${name}(x: ${type}, own: u32, first: u32) -> ${type} {
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
`,
  );
  return `var<workgroup> lanes_: array<${type}, ${group}>;
var<workgroup> parts_: array<${type}, ${(group / lanes) * parts}>;
${functions.join("")}`;
}

/**
 * Begins the entry point of a kernel with `lanes` invocations per result: declares `index`, the result's number, and
 * `own` and `first` as above.
 */
export function eachShared({ lanes, group }: Sharing): string {
  return `@compute @workgroup_size(${group})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let own = lane % ${lanes}u;
  let first = lane - own;
  let index = (group.y * groups.x + group.x) * ${group / lanes}u + lane / ${lanes}u;
`;
}
