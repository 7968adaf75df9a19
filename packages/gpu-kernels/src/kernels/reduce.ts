/**
 * Reductions over any axes.
 *
 * One idea: short ones, and those with many results, take an invocation per result; the others a workgroup per result,
 * whose lanes are added up as a tree; long ones are cut into segments first. Sums are kept in three levels, so that
 * rounding errors do not grow with the length. What is cut how depends on shapes alone.
 */
import type { ReduceName, View } from "@saccade/core/backend";
import { reviewed, sizeOf, splitAxes } from "../views/nest.ts";
import { library } from "../wgsl/library.ts";
import { binding, computedType, count, load, stored, Walk } from "../wgsl/operand.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachElement, eachRow, groupsOver, type Launcher } from "./launch.ts";
import { map } from "./map.ts";

/** Invocations that share one result. */
export const LANES = 128;
/** Elements of a segment of a long reduction. */
const SEGMENT = 16384;
/** Up to here, one invocation does it alone. */
const SHORT = 32;
/** With so many results, the device is busy with an invocation each. */
const MANY_RESULTS = 4096;

/** How numbers are joined, in WGSL. */
interface Monoid {
  readonly identity: string;
  readonly join: (a: string, b: string) => string;
  readonly uses?: readonly string[];
}

const lowest = "i32(-2147483647 - 1)";
const monoids: { readonly [N in ReduceName]: { readonly f32: Monoid; readonly i32: Monoid } } = {
  sum: {
    f32: { identity: "0.0", join: (a, b) => `${a} + ${b}` },
    i32: { identity: "0", join: (a, b) => `${a} + ${b}` },
  },
  prod: {
    f32: { identity: "1.0", join: (a, b) => `${a} * ${b}` },
    i32: { identity: "1", join: (a, b) => `${a} * ${b}` },
  },
  max: {
    f32: { identity: "-infinity()", join: (a, b) => `larger(${a}, ${b})`, uses: ["larger"] },
    i32: { identity: lowest, join: (a, b) => `max(${a}, ${b})` },
  },
  min: {
    f32: { identity: "infinity()", join: (a, b) => `smaller(${a}, ${b})`, uses: ["smaller"] },
    i32: { identity: "2147483647", join: (a, b) => `min(${a}, ${b})` },
  },
  any: {
    f32: { identity: "0.0", join: (a, b) => `max(${a}, ${b})` },
    i32: { identity: "0", join: (a, b) => `${a} | ${b}` },
  },
  all: {
    f32: { identity: "1.0", join: (a, b) => `min(${a}, ${b})` },
    i32: { identity: "1", join: (a, b) => `${a} & ${b}` },
  },
};

/** What a loaded element `x` becomes before it is joined. */
function termOf(op: ReduceName, view: View): string {
  if (op === "any" || op === "all") {
    return computedType[view.dtype] === "f32"
      ? "select(1, 0, bitcast<u32>(x) << 1u == 0u)"
      : `select(0, 1, x != ${view.dtype === "u8" ? "0u" : "0"})`;
  }
  return view.dtype === "u8" ? "i32(x)" : "x";
}

export function reduce(
  launcher: Launcher,
  x: View,
  out: View,
  { op, axes }: { readonly op: ReduceName; readonly axes: readonly number[] },
): void {
  const term = termOf(op, x);
  if (out.dtype !== "u8") {
    reduceTo(launcher, x, out, op, axes, term);
    return;
  }
  launcher.scratch(4 * count(out), (buffer) => {
    const words = contiguous(buffer, "i32", out.shape);
    reduceTo(launcher, x, words, op, axes, term);
    map(launcher, { key: "reduce: to bytes", inputs: [words], output: out, expression: "u32(a)" });
  });
}

/** `sum(x^2)` of one tensor, as it lies in memory. */
export function squaresOf(launcher: Launcher, x: View, out: View): void {
  const axes = x.shape.map((_, d) => d);
  const ones = x.shape.map(() => 1);
  const scalar = reviewed(out, ones, ones);
  reduceTo(launcher, x, scalar, "sum", axes, "x * x");
}

/** A contiguous view of a buffer. */
export function contiguous(buffer: number, dtype: View["dtype"], shape: readonly number[]): View {
  const strides = new Array<number>(shape.length);
  for (let d = shape.length - 1, stride = 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape[d];
  }
  return { buffer, dtype, shape, strides, offset: 0 };
}

function reduceTo(
  launcher: Launcher,
  x: View,
  out: View,
  op: ReduceName,
  axes: readonly number[],
  term: string,
): void {
  const { kept, taken } = splitAxes(x, axes);
  const length = sizeOf(taken.shape);
  const results = count(out);
  if (length <= SEGMENT || results * Math.ceil(length / SEGMENT) > MANY_RESULTS) {
    pass(launcher, { kept, taken, length, segments: 1, out, op, term });
    return;
  }
  const segments = Math.ceil(length / SEGMENT);
  launcher.scratch(4 * results * segments, (buffer) => {
    const partial = contiguous(buffer, accumulator(out), [results, segments]);
    pass(launcher, { kept, taken, length, segments, out: partial, op, term });
    reduceTo(launcher, partial, out, op, [1], "x");
  });
}

/** What sums are kept in: f32 for halves, too. */
function accumulator(out: View): "f32" | "i32" {
  return computedType[out.dtype] === "f32" ? "f32" : "i32";
}

interface Pass {
  readonly kept: View;
  readonly taken: View;
  readonly length: number;
  readonly segments: number;
  readonly out: View;
  readonly op: ReduceName;
  readonly term: string;
}

/** Results `[kept, segments]`. */
function pass(launcher: Launcher, { kept, taken, length, segments, out, op, term }: Pass): void {
  const type = accumulator(out);
  const monoid = monoids[op][type];
  const perSegment = Math.ceil(length / segments);
  const results = count(out);
  const u = new Uniforms();
  u.u32("results", results).u32("length", length).u32("segments", segments).u32("perSegment", perSegment);
  u.i32("out_o", out.offset);
  const outer = new Walk(u, [reviewed(kept, kept.shape, kept.strides, 0)], ["row"]);
  const inner = new Walk(u, [taken], ["x"]);
  const alone = segments === 1 && (length <= SHORT || results >= MANY_RESULTS);
  launcher.launch({
    key: `reduce ${op} ${term}/${taken.dtype} ${out.dtype}/${outer.key}/${inner.key}/${alone}`,
    uniforms: u,
    reads: [taken],
    writes: [out],
    source:
      () => `${binding(1, "x_data", taken.dtype, "r")}${binding(2, "out", out.dtype, "w")}${library(monoid.uses ?? [])}
fn term(at: i32, k: u32) -> ${type} {
  ${inner.locate("k")}
  let index = x_at + at;
  let x = ${load("x_data", taken.dtype, "index")};
  return ${term};
}
fn fold(at: i32, first: u32, end: u32, step: u32) -> ${type} {
  var total = ${monoid.identity};
  var block = ${monoid.identity};
  var chunk = ${monoid.identity};
  var n = 0u;
  for (var k = first; k < end; k += step) {
    chunk = ${monoid.join("chunk", "term(at, k)")};
    n += 1u;
    if ((n & 15u) == 0u) { block = ${monoid.join("block", "chunk")}; chunk = ${monoid.identity}; }
    if ((n & 511u) == 0u) { total = ${monoid.join("total", "block")}; block = ${monoid.identity}; }
  }
  return ${monoid.join("total", `(${monoid.join("block", "chunk")})`)};
}
${alone ? aloneMain(outer, out) : sharedMain(outer, out, monoid)}`,
    workgroups: alone ? groupsOver(results) : groupsOver(results, 1),
  });
}

function aloneMain(outer: Walk, out: View): string {
  return `${eachElement}
  if (i >= P.results) { return; }
  ${outer.locate("i")}
  out[P.out_o + i32(i)] = ${stored(out.dtype, "fold(row_at, 0u, P.length, 1u)")};
}`;
}

function sharedMain(outer: Walk, out: View, monoid: Monoid): string {
  return `var<workgroup> shared_: array<${accumulator(out)}, ${LANES}>;
${eachRow(LANES)}
  if (row >= P.results) { return; }
  let line = row / P.segments;
  let first = (row % P.segments) * P.perSegment;
  ${outer.locate("line")}
  shared_[lane] = fold(row_at, first + lane, min(first + P.perSegment, P.length), ${LANES}u);
  workgroupBarrier();
  for (var half = ${LANES / 2}u; half > 0u; half >>= 1u) {
    if (lane < half) { shared_[lane] = ${monoid.join("shared_[lane]", "shared_[lane + half]")}; }
    workgroupBarrier();
  }
  if (lane == 0u) { out[P.out_o + i32(row)] = ${stored(out.dtype, "shared_[0]")}; }
}`;
}
