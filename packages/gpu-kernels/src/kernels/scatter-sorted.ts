/**
 * Sums in the order of the index, as in the gradient of an embedding.
 *
 * One idea: the indices of each line are sorted, equal ones in their own order; then what goes to one place follows one
 * another, and the invocations that have its columns add it up in that order, four loads at a time. Where an index is
 * repeated (stride 0), as over the columns of an embedding's rows, it is sorted once for all of these.
 */
import type { View } from "@saccade/core/backend";
import { lineStarts, reviewed, sizeOf } from "../views/nest.ts";
import { binding, load, stored, Walk } from "../wgsl/operand.ts";
import { Quads } from "../wgsl/quads.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachElement, groupsOver, type Launcher } from "./launch.ts";
import { sortBytes, sortLines } from "./sort-lines.ts";

interface Scatter {
  readonly index: View;
  readonly src: View;
  readonly out: View;
  readonly axis: number;
}

export function scatterSorted(launcher: Launcher, call: Scatter): void {
  const { axis } = call;
  const x = withoutRepeats(call.index, axis);
  const lines = { x, axis, largest: false, kept: x.shape[axis] };
  sortLines(launcher, lines, (pairs) => addRuns(launcher, call, pairs));
}

/** Bytes that are needed beside the operands, in one buffer at most. */
export function scatterSortedBytes(index: View, axis: number): number {
  return sortBytes(withoutRepeats(index, axis));
}

/** Dimensions that an index runs through, beside the axis. */
function isOwn({ shape, strides }: View, d: number): boolean {
  return strides[d] !== 0 && shape[d] !== 1;
}

function withoutRepeats(index: View, axis: number): View {
  const shape = index.shape.map((size, d) => (d === axis || isOwn(index, d) ? size : 1));
  return reviewed(index, shape, index.strides);
}

/**
 * An invocation per pair of a line, and four of the columns that share the index (or one); the first pair of a
 * destination adds all up.
 */
function addRuns(launcher: Launcher, { index, src, out, axis }: Scatter, pairs: View): void {
  const dims = index.shape.map((_, d) => d).filter((d) => d !== axis);
  const order = [...dims.filter((d) => isOwn(index, d)), ...dims.filter((d) => !isOwn(index, d))];
  const from = picked(src, order);
  const to = picked(lineStarts(out, src, axis), order);
  const [rows, length] = pairs.shape;
  const total = sizeOf(from.shape);
  const u = new Uniforms();
  const fours = src.strides[axis] % 4 === 0 && out.strides[axis] % 4 === 0 && (total / rows) % 4 === 0;
  const found = fours ? Quads.of(new Uniforms(), [from, to], ["src", "out"]) : undefined;
  const quads = found?.whole(0) && found.whole(1);
  const walk = (quads && Quads.of(u, [from, to], ["src", "out"])) || new Walk(u, [from, to], ["src", "out"]);
  const width = quads ? 4 : 1;
  const columns = total / rows / width;
  u.u32("count", rows * length * columns)
    .u32("columns", columns)
    .u32("length", length);
  u.u32("size", out.shape[axis]).i32("src_s", src.strides[axis]).i32("out_s", out.strides[axis]);
  const at = (name: string, place: string): string => `(${name}_at + i32(${place}) * P.${name}_s) / ${width}`;
  const row = (r: string): string => load("src_data", src.dtype, at("src", `pairs[${r}].y`), width);
  launcher.launch({
    key: `scatterAdd runs/${src.dtype} ${out.dtype}/${walk.key}`,
    uniforms: u,
    reads: [src, pairs],
    writes: [out],
    source: () => `${binding(1, "src_data", src.dtype, "r", { width })}
@group(0) @binding(2) var<storage, read> pairs: array<vec2<u32>>;
${binding(3, "out_data", out.dtype, "w", { width })}
${eachElement}
  if (i >= P.count) { return; }
  let first = i / P.columns;
  let key = pairs[first].x;
  let place = key ^ 0x80000000u;
  if (place >= P.size) { return; }
  let line = first / P.length;
  if (first > line * P.length) { if (pairs[first - 1u].x == key) { return; } }
  let column = (line * P.columns + i % P.columns) * ${width}u;
  ${walk.locate("column")}
  let target_ = ${at("out", "place")};
  var sum = ${load("out_data", out.dtype, "target_", width)};
  let end = (line + 1u) * P.length;
  var r = first;
  loop {
    let last = end - 1u;
    let second = min(r + 1u, last);
    let third = min(r + 2u, last);
    let fourth = min(r + 3u, last);
    let a = ${row("r")};
    let b = ${row("second")};
    let c = ${row("third")};
    let d = ${row("fourth")};
    let hasB = second > r && pairs[second].x == key;
    let hasC = hasB && third > second && pairs[third].x == key;
    let hasD = hasC && fourth > third && pairs[fourth].x == key;
    sum += a;
    if (hasB) { sum += b; }
    if (hasC) { sum += c; }
    if (hasD) { sum += d; }
    r += 4u;
    if (!hasD || r >= end) { break; }
    if (pairs[r].x != key) { break; }
  }
  out_data[target_] = ${stored(out.dtype, "sum", width)};
}`,
    workgroups: groupsOver(rows * length * columns),
  });
}

/** Only these dimensions, in this order. */
function picked(view: View, dims: readonly number[]): View {
  return reviewed(
    view,
    dims.map((d) => view.shape[d]),
    dims.map((d) => view.strides[d]),
  );
}
