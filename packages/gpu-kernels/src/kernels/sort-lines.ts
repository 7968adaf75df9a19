import type { View } from "@saccade/core/backend";
import { contiguous, sizeOf, splitAxes } from "../views/nest.ts";
import { binding, load, Walk } from "../wgsl/operand.ts";
import { orderKey } from "../wgsl/order.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachElement, groupsOver, type Launcher } from "./launch.ts";

/** Elements that one workgroup sorts in shared memory, with half as many invocations. */
const BLOCK = 512;
/** Sorted runs that become one in a pass. */
const WAYS = 8;

export interface Lines {
  readonly x: View;
  readonly axis: number;
  /** The largest come first. */
  readonly largest: boolean;
  /** How many of each line are wanted: only the first so many of the pairs are written. */
  readonly kept: number;
}

/** Bytes of each of the (at most two) buffers that a sort takes. */
export function sortBytes(x: View): number {
  return 8 * sizeOf(x.shape);
}

/**
 * Calls `use` with the lines of `x` in order: i32 `[rows, length, 2]`, pairs of a key (see `orderKey`) and a place.
 *
 * One idea: keys sort as the numbers do, and places make sorting stable and all pairs different. Blocks are sorted in shared
 * memory by a bitonic network (Batcher 1968), in which every step has its own invocation for two elements; then up to eight runs become one in each pass: the rank of a pair is its
 * place in its own run and the number of pairs before it in each of the others, which a binary search finds.
 */
export function sortLines(launcher: Launcher, lines: Lines, use: (pairs: View) => void): void {
  const { kept, taken } = splitAxes(lines.x, [lines.axis]);
  const shape = [sizeOf(kept.shape), taken.shape[0], 2];
  const [rows, length] = shape;
  if (rows === 0 || length === 0) return;
  const bytes = sortBytes(lines.x);
  launcher.scratch(bytes, (first) => {
    const from = contiguous(first, "i32", shape);
    const block = Math.max(2, Math.min(BLOCK, 2 ** Math.ceil(Math.log2(length))));
    sortBlocks(launcher, lines, from, block);
    if (length <= block) use(from);
    else {
      launcher.scratch(bytes, (second) =>
        use(mergeRuns(launcher, [from, contiguous(second, "i32", shape)], block, lines.kept)),
      );
    }
  });
}

const pairBinding = (index: number, name: string, access: "read" | "read_write"): string =>
  `@group(0) @binding(${index}) var<storage, ${access}> ${name}: array<vec2<u32>>;\n`;

const before = `fn before(a: vec2<u32>, b: vec2<u32>) -> bool { return a.x < b.x || (a.x == b.x && a.y < b.y); }\n`;

/** Several short lines come to one workgroup. */
function sortBlocks(
  launcher: Launcher,
  { x, axis, largest, kept: most }: Lines,
  to: View,
  block: number,
): void {
  const { kept, taken } = splitAxes(x, [axis]);
  const [rows, length] = to.shape;
  const blocks = Math.ceil(length / block);
  const u = new Uniforms();
  u.u32("rows", rows).u32("length", length).u32("blocks", blocks).u32("kept", most).u32("block", block);
  u.i32("stride", taken.strides[0]);
  const walk = new Walk(u, [kept], ["x"]);
  const half = BLOCK / 2;
  launcher.launch({
    key: `sort blocks ${largest}/${x.dtype}/${walk.key}`,
    uniforms: u,
    reads: [x],
    writes: [to],
    source:
      () => `${binding(1, "x_data", x.dtype, "r")}${pairBinding(2, "pairs", "read_write")}${orderKey(x.dtype, false)}${before}
var<workgroup> here: array<vec2<u32>, ${BLOCK}>;
fn pairOf(number: u32, k: u32) -> vec2<u32> {
  let row = number / P.blocks;
  let place = (number % P.blocks) * P.block + k;
  if (row >= P.rows || place >= P.length) { return vec2<u32>(0xffffffffu, 0x80000000u + k); }
  ${walk.locate("row")}
  let at = x_at + i32(place) * P.stride;
  return vec2<u32>(${largest ? "~" : ""}orderKey(${load("x_data", x.dtype, "at")}), place);
}
fn write(number: u32, k: u32, pair: vec2<u32>) {
  let row = number / P.blocks;
  let place = (number % P.blocks) * P.block + k;
  if (row < P.rows && place < P.length && k < P.kept) { pairs[row * P.length + place] = pair; }
}
@compute @workgroup_size(${half})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * (${BLOCK}u / P.block);
  let other = lane + ${half}u;
  here[lane] = pairOf(first + lane / P.block, lane % P.block);
  here[other] = pairOf(first + other / P.block, other % P.block);
  workgroupBarrier();
  for (var run = 2u; run <= P.block; run <<= 1u) {
    for (var distance = run >> 1u; distance > 0u; distance >>= 1u) {
      let low = (lane / distance) * 2u * distance + lane % distance;
      let high = low + distance;
      let rising = ((low % P.block) & run) == 0u;
      let a = here[low];
      let b = here[high];
      if (before(b, a) == rising) { here[low] = b; here[high] = a; }
      workgroupBarrier();
    }
  }
  write(first + lane / P.block, lane % P.block, here[lane]);
  write(first + other / P.block, other % P.block, here[other]);
}`,
    workgroups: groupsOver(rows * blocks, BLOCK / block),
  });
}

/** The buffer that the last pass wrote. */
function mergeRuns(launcher: Launcher, [from, to]: readonly [View, View], run: number, kept: number): View {
  const [rows, length] = from.shape;
  if (run >= length) return from;
  const each = Math.min(run, kept);
  const runs = Math.ceil(length / run);
  const u = new Uniforms();
  u.u32("count", rows * runs * each)
    .u32("length", length)
    .u32("run", run)
    .u32("runs", runs);
  u.u32("each", each)
    .u32("kept", kept)
    .u32("widest", 2 ** Math.floor(Math.log2(Math.max(1, each))));
  const ways = Array.from({ length: WAYS }, (_, s) => s);
  launcher.launch({
    key: "sort merge",
    uniforms: u,
    reads: [from],
    writes: [to],
    source: () => `${pairBinding(1, "runs_", "read")}${pairBinding(2, "merged", "read_write")}${before}
fn sizeOf(run: u32) -> u32 {
  return select(0u, min(P.each, P.length - run * P.run), run < P.runs);
}
fn isBefore(at: u32, pair: vec2<u32>, there: bool) -> bool {
  if (!there) { return false; }
  return before(runs_[at], pair);
}
${eachElement}
  if (i >= P.count) { return; }
  let line = (i / (P.runs * P.each)) * P.length;
  let own = (i / P.each) % P.runs;
  let place = i % P.each;
  if (place >= sizeOf(own)) { return; }
  let pair = runs_[line + own * P.run + place];
  let first = own - own % ${WAYS}u;
  ${ways.map((s) => `let size${s} = select(sizeOf(first + ${s}u), 0u, first + ${s}u == own); var rank${s} = 0u;`).join("\n  ")}
  for (var step = P.widest; step > 0u; step >>= 1u) {
    ${ways.map((s) => `if (isBefore(line + (first + ${s}u) * P.run + rank${s} + step - 1u, pair, rank${s} + step <= size${s})) { rank${s} += step; }`).join("\n    ")}
  }
  let rank = place + ${ways.map((s) => `rank${s}`).join(" + ")};
  if (rank < P.kept) { merged[line + first * P.run + rank] = pair; }
}`,
    workgroups: groupsOver(rows * runs * each),
  });
  return mergeRuns(launcher, [to, from], WAYS * run, kept);
}
