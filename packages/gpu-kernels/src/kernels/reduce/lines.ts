import type { ReduceName, View } from "@saccade/core/backend";
import { contiguous, reviewed, sizeOf } from "../../views/nest.ts";
import { binding, computedType, count, load, stored, Walk } from "../../wgsl/operand.ts";
import { Quads } from "../../wgsl/quads.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import { across, eachShared, SMALLEST_GROUP } from "../across.ts";
import { groupsOver, type Launcher } from "../launch.ts";
import { accumulator, joining } from "./monoids.ts";

/** Lines of more elements are cut, where there are few of them. */
const SEGMENT = 4096;
/** Workgroups that keep a device busy. */
const BUSY = 2048;
const MANY_LINES = 256;

export interface Lines {
  /** Where lines begin; and a line. */
  readonly kept: View;
  readonly taken: View;
  readonly out: View;
  readonly op: ReduceName;
  /** What an element `x` contributes. */
  readonly term: string;
}

/** The lanes of a workgroup run along the line of a result, four elements at a time; long lines are cut first. */
export function reduceLines(launcher: Launcher, { kept, taken, out, op, term }: Lines): void {
  const length = sizeOf(taken.shape);
  const results = count(out);
  const segments = Math.max(1, Math.min(Math.ceil(length / SEGMENT), Math.ceil(BUSY / results)));
  if (segments === 1) {
    pass(launcher, { kept, taken, out, op, term }, { segments, pitch: 1 });
    return;
  }
  const pitch = Math.ceil(segments / 4) * 4;
  launcher.scratch(4 * results * pitch, (buffer) => {
    const partial = contiguous(buffer, accumulator(out), [results, pitch]);
    pass(launcher, { kept, taken, out: partial, op, term }, { segments, pitch });
    const lines = { kept: reviewed(partial, [results], [pitch]), taken: reviewed(partial, [segments], [1]) };
    reduceLines(launcher, { ...lines, out, op, term: "x" });
  });
}

/** Writes what segment s of line l gives to `out[l * pitch + s]`. */
function pass(
  launcher: Launcher,
  { kept, taken, out, op, term }: Lines,
  { segments, pitch }: { readonly segments: number; readonly pitch: number },
): void {
  const type = accumulator(out);
  const length = sizeOf(taken.shape);
  const lines = sizeOf(kept.shape);
  const perSegment = Math.ceil(length / segments / 4) * 4;
  const lanes = lanesFor(perSegment, lines * segments);
  const sharing = { lanes, group: Math.max(lanes, SMALLEST_GROUP) };
  const u = new Uniforms();
  u.u32("lines", lines).u32("length", length).u32("segments", segments).u32("perSegment", perSegment);
  u.u32("pitch", pitch).i32("out_o", out.offset);
  const outer = new Walk(u, [reviewed(kept, kept.shape, kept.strides, 0)], ["line"]);
  const whole = Quads.of(new Uniforms(), [taken], ["x"])?.whole(0) && kept.strides.every(isWhole);
  const quads = whole ? Quads.of(u, [taken], ["x"]) : undefined;
  const inner = quads ?? new Walk(u, [taken], ["x"]);
  launcher.launch({
    key: `reduce lines ${op} ${term}/${taken.dtype} ${out.dtype}/${outer.key}/${inner.key}/${lanes}`,
    uniforms: u,
    reads: [taken],
    writes: [out],
    source: () => `${quads ? quads.binding(0, 1, "r") : binding(1, "x_data", taken.dtype, "r")}
${binding(2, "out", out.dtype, "w")}${joining(op, type)}${across(sharing, type, { joined: (a, b) => `join(${a}, ${b})` })}
fn term(x: ${computedType[taken.dtype]}) -> ${type} { return ${term}; }
${quads ? quadAt(quads, type) : scattered(inner, taken, type, lanes)}
${eachShared(sharing)}
  let line = min(index / P.segments, P.lines - 1u);
  let segment = index % P.segments;
  let begin = min(segment * P.perSegment, P.length);
  let end = min(begin + P.perSegment, P.length);
  ${outer.locate("line")}
  var sums = vec4<${type}>(identity_());
  for (var k = begin + ${quads ? "4u * own" : "own"}; k < end; k += ${4 * lanes}u) {
    sums = join4(sums, terms(line_at, k, end));
  }
  let all = joined(join(join(sums.x, sums.y), join(sums.z, sums.w)), own, first);
  if (own == 0u && index < P.lines * P.segments) {
    out[P.out_o + i32(line * P.pitch + segment)] = ${stored(out.dtype, "all")};
  }
}`,
    workgroups: groupsOver(lines * segments, sharing.group / lanes),
  });
}

/** Few, where many lines keep the device busy. */
function lanesFor(length: number, lines: number): number {
  if (length <= 128) return 8;
  if (length <= 512) return 32;
  return length <= 4096 && lines >= MANY_LINES ? 64 : 256;
}

function isWhole(stride: number): boolean {
  return stride % 4 === 0;
}

/** `terms(line_at, k, end)`: of the elements from k on. */
function quadAt(quads: Quads, type: string): string {
  return `fn terms(line_at: i32, k: u32, end: u32) -> vec4<${type}> {
  ${quads.locate("k")}
  x_at += line_at;
  let x = ${quads.load(0)};
  let all = vec4<${type}>(term(x.x), term(x.y), term(x.z), term(x.w));
  return select(vec4<${type}>(identity_()), all, vec4<u32>(0u, 1u, 2u, 3u) + k < vec4<u32>(end));
}`;
}

/** The same of elements `lanes` apart. */
function scattered(inner: Walk | Quads, taken: View, type: string, lanes: number): string {
  return `fn termAt(line_at: i32, k: u32) -> ${type} {
  ${inner.locate("k")}
  let place = x_at + line_at;
  return term(${load("x_data", taken.dtype, "place")});
}
fn terms(line_at: i32, k: u32, end: u32) -> vec4<${type}> {
  let places = vec4<u32>(0u, ${lanes}u, ${2 * lanes}u, ${3 * lanes}u) + k;
  let near = min(places, vec4<u32>(end - 1u));
  let all = vec4<${type}>(termAt(line_at, near.x), termAt(line_at, near.y), termAt(line_at, near.z), termAt(line_at, near.w));
  return select(vec4<${type}>(identity_()), all, places < vec4<u32>(end));
}`;
}
