/**
 * Sums of whole rows, as in the gradient of an embedding.
 *
 * One idea: the rows of the source are put in order of where they go, and among equals in their own; then each
 * destination's rows follow one another, and the invocations that have its columns add them up in that order,
 * four loads at a time.
 */
import type { View } from "@saccade/core/backend";
import { contiguous, lineStarts, reviewed, splitAxes } from "../views/nest.ts";
import { binding, count, load, stored, Walk } from "../wgsl/operand.ts";
import { Quads } from "../wgsl/quads.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachElement, groupsOver, type Launcher } from "./launch.ts";
import { topK } from "./top-k.ts";

/** Up to so many rows, each finds its rank by looking at all others. */
const RANKED = 32768;
const RANK_LANES = 64;

interface Rows {
  /** One index per row. */
  readonly index: View;
  readonly src: View;
  readonly out: View;
  readonly axis: number;
}

export function scatterRows(launcher: Launcher, { index, src, out, axis }: Rows): void {
  const length = index.shape[axis];
  const places = reviewed(index, [length], [index.strides[axis]]);
  launcher.scratch(8 * length, (buffer) => {
    const sorted = contiguous(buffer, "i32", [2, length]); // the places in ascending order, and the row of each
    if (length <= RANKED) rank(launcher, places, sorted);
    else {
      const [values, order] = [0, length].map((offset) => ({
        ...contiguous(buffer, "i32", [length]),
        offset,
      }));
      topK(launcher, places, [values, order], { axis: 0, k: length, largest: false });
    }
    addRows(launcher, { src, out, axis }, sorted);
  });
}

/** Bytes that are needed beside the operands. */
export function scatterRowsScratch(length: number): number {
  return length <= RANKED ? 8 * length : 8 * 2 ** Math.ceil(Math.log2(length));
}

/** A workgroup per row counts those that come before it. */
function rank(launcher: Launcher, places: View, sorted: View): void {
  const u = new Uniforms();
  u.u32("length", places.shape[0]).i32("index_o", places.offset).i32("index_s", places.strides[0]);
  launcher.launch({
    key: "scatterAdd ranks",
    uniforms: u,
    reads: [places],
    writes: [sorted],
    source: () => `${binding(1, "index_data", "i32", "r")}${binding(2, "sorted", "i32", "w")}
var<workgroup> before: atomic<u32>;
fn place(i: u32) -> i32 { return index_data[P.index_o + i32(i) * P.index_s]; }
@compute @workgroup_size(${RANK_LANES})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = min(group.y * groups.x + group.x, P.length - 1u);
  let own = place(i);
  var smaller = 0u;
  for (var j = lane; j < P.length; j += ${RANK_LANES}u) {
    let other = place(j);
    smaller += select(0u, 1u, other < own || (other == own && j < i));
  }
  atomicAdd(&before, smaller);
  workgroupBarrier();
  if (lane == 0u) {
    let rank = atomicLoad(&before);
    sorted[rank] = own;
    sorted[P.length + rank] = i32(i);
  }
}`,
    workgroups: groupsOver(places.shape[0], 1),
  });
}

/** An invocation per row in order, and four of its columns (or one); the first row of a destination adds all up. */
function addRows(launcher: Launcher, { src, out, axis }: Omit<Rows, "index">, sorted: View): void {
  const from = splitAxes(src, [axis]).kept;
  const to = splitAxes(lineStarts(out, src, axis), [axis]).kept;
  const u = new Uniforms();
  const fours = src.strides[axis] % 4 === 0 && out.strides[axis] % 4 === 0;
  const found = fours ? Quads.of(new Uniforms(), [from, to], ["src", "out"]) : undefined;
  const quads = found?.whole(0) && found.whole(1) && count(from) % 4 === 0;
  const walk = (quads && Quads.of(u, [from, to], ["src", "out"])) || new Walk(u, [from, to], ["src", "out"]);
  const width = quads ? 4 : 1;
  const columns = count(from) / width;
  const length = sorted.shape[1];
  u.u32("columns", columns).u32("length", length).i32("size", out.shape[axis]);
  u.i32("src_s", src.strides[axis]).i32("out_s", out.strides[axis]);
  const at = (name: string, place: string): string => `(${name}_at + ${place} * P.${name}_s) / ${width}`;
  const row = (r: string): string => load("src_data", src.dtype, at("src", `sorted[P.length + ${r}]`), width);
  launcher.launch({
    key: `scatterAdd rows/${src.dtype} ${out.dtype}/${walk.key}`,
    uniforms: u,
    reads: [src, sorted],
    writes: [out],
    source: () => `${binding(1, "src_data", src.dtype, "r", { width })}${binding(2, "sorted", "i32", "r")}
${binding(3, "out_data", out.dtype, "w", { width })}
${eachElement}
  if (i >= P.columns * P.length) { return; }
  let first = i / P.columns;
  let column = (i % P.columns) * ${width}u;
  let place = sorted[first];
  if (place < 0 || place >= P.size) { return; }
  if (first > 0u) { if (sorted[first - 1u] == place) { return; } }
  ${walk.locate("column")}
  let target_ = ${at("out", "place")};
  var sum = ${load("out_data", out.dtype, "target_", width)};
  var end = first + 1u;
  while (end < P.length) { if (sorted[end] != place) { break; } end += 1u; }
  for (var r = first; r < end; r += 4u) {
    let last = end - 1u;
    let a = ${row("r")};
    let b = ${row("min(r + 1u, last)")};
    let c = ${row("min(r + 2u, last)")};
    let d = ${row("min(r + 3u, last)")};
    sum += a;
    if (r < last) { sum += b; }
    if (r + 1u < last) { sum += c; }
    if (r + 2u < last) { sum += d; }
  }
  out_data[target_] = ${stored(out.dtype, "sum", width)};
}`,
    workgroups: groupsOver(length * columns),
  });
}
