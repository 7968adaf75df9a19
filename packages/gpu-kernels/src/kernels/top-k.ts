import type { View } from "@saccade/core/backend";
import { contiguous, lineStarts, sizeOf, splitAxes } from "../views/nest.ts";
import { binding, load, Walk } from "../wgsl/operand.ts";
import { orderKey } from "../wgsl/order.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachElement, groupsOver, type Launcher } from "./launch.ts";
import { map } from "./map.ts";

/** Elements that one workgroup sorts in shared memory, with half as many invocations. */
const BLOCK = 512;

/**
 * One idea: each line becomes pairs of a key, which sorts as the numbers do, and a place, which makes sorting stable
 * and all pairs different; a bitonic network (Batcher 1968) sorts them, in shared memory as far as it reaches.
 */
export function topK(
  launcher: Launcher,
  x: View,
  [values, indices]: readonly [View, View],
  { axis, k, largest }: { readonly axis: number; readonly k: number; readonly largest: boolean },
): void {
  const { kept, taken } = splitAxes(x, [axis]);
  const rows = sizeOf(kept.shape);
  const length = taken.shape[0];
  if (rows === 0 || k === 0) return;
  const padded = Math.max(2, 2 ** Math.ceil(Math.log2(length)));
  launcher.scratch(8 * rows * padded, (buffer) => {
    const pairs = contiguous(buffer, "i32", [rows, padded, 2]);
    makePairs(launcher, { x, kept, taken, pairs, largest });
    sortPairs(launcher, pairs);
    writeOut(launcher, { x, taken, pairs, values, indices, axis });
  });
}

const pairBinding = (index: number, access: "read" | "read_write"): string =>
  `@group(0) @binding(${index}) var<storage, ${access}> pairs: array<vec2<u32>>;\n`;

interface Made {
  readonly x: View;
  readonly kept: View;
  readonly taken: View;
  readonly pairs: View;
}

/** Keys ascend towards what is wanted first. */
function makePairs(
  launcher: Launcher,
  { x, kept, taken, pairs, largest }: Made & { largest: boolean },
): void {
  const [rows, padded] = pairs.shape;
  const u = new Uniforms();
  u.u32("rows", rows).u32("padded", padded).u32("length", taken.shape[0]).i32("stride", taken.strides[0]);
  const walk = new Walk(u, [kept], ["x"]);
  launcher.launch({
    key: `topK pairs ${largest}/${x.dtype}/${walk.key}`,
    uniforms: u,
    reads: [x],
    writes: [pairs],
    source:
      () => `${binding(1, "x_data", x.dtype, "r")}${pairBinding(2, "read_write")}${orderKey(x.dtype, false)}${eachElement}
  let row = i / P.padded;
  let k = i % P.padded;
  if (row >= P.rows) { return; }
  ${walk.locate("row")}
  let index = x_at + i32(min(k, P.length - 1u)) * P.stride;
  let key = ${largest ? "~" : ""}orderKey(${load("x_data", x.dtype, "index")});
  pairs[i] = select(vec2<u32>(0xffffffffu, k), vec2<u32>(key, k), k < P.length);
}`,
    workgroups: groupsOver(rows * padded),
  });
}

function sortPairs(launcher: Launcher, pairs: View): void {
  const [rows, padded] = pairs.shape;
  const block = Math.min(BLOCK, padded);
  sortBlocks(launcher, pairs, block, 2, block);
  for (let run = 2 * block; run <= padded; run *= 2) {
    for (let distance = run / 2; distance >= block; distance /= 2) {
      const u = new Uniforms();
      u.u32("half", (rows * padded) / 2)
        .u32("run", run)
        .u32("distance", distance)
        .u32("padded", padded);
      launcher.launch({
        key: "topK exchange",
        uniforms: u,
        reads: [],
        writes: [pairs],
        source: () => `${pairBinding(1, "read_write")}${before}${eachElement}
  if (i >= P.half) { return; }
  let low = (i / P.distance) * 2u * P.distance + i % P.distance;
  let high = low + P.distance;
  let rising = ((low % P.padded) & P.run) == 0u;
  let a = pairs[low];
  let b = pairs[high];
  if (before(b, a) == rising) { pairs[low] = b; pairs[high] = a; }
}`,
        workgroups: groupsOver((rows * padded) / 2),
      });
    }
    sortBlocks(launcher, pairs, block, run, run);
  }
}

const before = `fn before(a: vec2<u32>, b: vec2<u32>) -> bool { return a.x < b.x || (a.x == b.x && a.y < b.y); }\n`;

/** The steps of runs `first` to `last` that stay within a block. */
function sortBlocks(launcher: Launcher, pairs: View, block: number, first: number, last: number): void {
  const [rows, padded] = pairs.shape;
  const u = new Uniforms();
  u.u32("first", first)
    .u32("last", last)
    .u32("padded", padded)
    .u32("blocks", (rows * padded) / block);
  launcher.launch({
    key: `topK block ${block}`,
    uniforms: u,
    reads: [],
    writes: [pairs],
    source: () => `${pairBinding(1, "read_write")}${before}
var<workgroup> here: array<vec2<u32>, ${block}>;
@compute @workgroup_size(${block / 2})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let number = group.y * groups.x + group.x;
  if (number >= P.blocks) { return; }
  let start = number * ${block}u;
  here[lane] = pairs[start + lane];
  here[lane + ${block / 2}u] = pairs[start + lane + ${block / 2}u];
  workgroupBarrier();
  for (var run = P.first; run <= P.last; run <<= 1u) {
    for (var distance = min(run >> 1u, ${block / 2}u); distance > 0u; distance >>= 1u) {
      let low = (lane / distance) * 2u * distance + lane % distance;
      let high = low + distance;
      let rising = (((start + low) % P.padded) & run) == 0u;
      let a = here[low];
      let b = here[high];
      workgroupBarrier();
      if (before(b, a) == rising) { here[low] = b; here[high] = a; }
      workgroupBarrier();
    }
  }
  pairs[start + lane] = here[lane];
  pairs[start + lane + ${block / 2}u] = here[lane + ${block / 2}u];
}`,
    workgroups: groupsOver((rows * padded) / block, 1),
  });
}

interface Written extends Omit<Made, "kept"> {
  readonly values: View;
  readonly indices: View;
  readonly axis: number;
}

/** The first k of every line: values and places, each a dispatch of its own; bytes: an invocation per word. */
function writeOut(launcher: Launcher, { x, taken, pairs, values, indices, axis }: Written): void {
  const padded = pairs.shape[1];
  // The output's flat index as line and rank: the lines of the output, each starting at its pairs
  const lineStrides = values.shape.map((_, d): number => (d === axis ? 1 : 0));
  let line = padded;
  for (let d = values.shape.length - 1; d >= 0; d--) {
    if (d === axis) continue;
    lineStrides[d] = line;
    line *= values.shape[d];
  }
  const places: View = {
    ...contiguous(pairs.buffer, "i32", values.shape),
    strides: lineStrides.map((stride) => 2 * stride), // words of pairs
    offset: 1,
  };
  map(launcher, { key: "copy", inputs: [places], output: indices, expression: "a" });
  const lines = lineStarts(x, values, axis);
  map(launcher, {
    key: "topK values",
    inputs: [indices, lines],
    output: values,
    displaced: { by: "a", step: taken.strides[0] },
    expression: "b",
  });
}
