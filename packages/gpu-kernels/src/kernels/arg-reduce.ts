import type { View } from "@saccade/core/backend";
import { contiguous, splitAxes } from "../views/nest.ts";
import { binding, count, load, Walk } from "../wgsl/operand.ts";
import { orderKey } from "../wgsl/order.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachShared, SMALLEST_GROUP } from "./across.ts";
import { groupsOver, type Launcher } from "./launch.ts";

/** Lines of more elements are cut, where there are few of them. */
const SEGMENT = 2048;
/** Workgroups that keep a device busy. */
const BUSY = 512;

/** The extrema of segments: key and place of each. */
interface Found {
  readonly pairs: View;
  readonly segments: number;
}

/**
 * One idea: numbers become integers that sort alike, NaN above all; the lanes of a workgroup find the first largest of a
 * line, or of its segments, and then of those.
 */
export function argReduce(
  launcher: Launcher,
  x: View,
  out: View,
  { op, axis }: { readonly op: "max" | "min"; readonly axis: number },
): void {
  const results = count(out);
  const segments = Math.max(1, Math.min(Math.ceil(x.shape[axis] / SEGMENT), Math.ceil(BUSY / results)));
  if (segments === 1) {
    search(launcher, { x, axis, op, out, segments });
    return;
  }
  launcher.scratch(8 * results * segments, (buffer) => {
    const pairs = contiguous(buffer, "i32", [results, segments, 2]);
    search(launcher, { x, axis, op, out: pairs, segments });
    choose(launcher, { pairs, segments }, out);
  });
}

interface Search {
  readonly x: View;
  readonly axis: number;
  readonly op: "max" | "min";
  /** The places; or, if there are several segments, pairs. */
  readonly out: View;
  readonly segments: number;
}

function search(launcher: Launcher, { x, axis, op, out, segments }: Search): void {
  const { kept, taken } = splitAxes(x, [axis]);
  const [length] = taken.shape;
  const perSegment = Math.ceil(length / segments);
  const sharing = sharingOf(perSegment);
  const { lanes } = sharing;
  const lines = count(kept);
  const u = new Uniforms();
  u.u32("lines", lines).u32("length", length).u32("segments", segments).u32("perSegment", perSegment);
  u.i32("stride", taken.strides[0]).i32("out_o", out.offset);
  const rows = new Walk(u, [kept], ["x"]);
  const element = load("x_data", x.dtype, "x_at + i32(near) * P.stride");
  launcher.launch({
    key: `argReduce ${op}/${x.dtype}/${rows.key}/${lanes} ${segments > 1}`,
    uniforms: u,
    reads: [x],
    writes: [out],
    source:
      () => `${binding(1, "x_data", x.dtype, "r")}${binding(2, "out", "i32", "w")}${orderKey(x.dtype, op === "min")}
${joinFirst(sharing)}${eachShared(sharing)}
  let line = min(index / P.segments, P.lines - 1u);
  let begin = (index % P.segments) * P.perSegment;
  let end = min(begin + P.perSegment, P.length);
  ${rows.locate("line")}
  var best = vec2<u32>(0u, NOWHERE);
  for (var k = begin + own; k < end; k += ${4 * lanes}u) {
    for (var part = 0u; part < 4u; part++) {
      let near = min(k + part * ${lanes}u, end - 1u);
      best = firstOf(best, vec2<u32>(orderKey(${element}), near));
    }
  }
  best = firstOfAll(best, own, first);
  if (own == 0u && index < P.lines * P.segments) {
    ${segments > 1 ? "out[P.out_o + i32(2u * index)] = bitcast<i32>(best.x); out[P.out_o + i32(2u * index) + 1] = i32(best.y);" : "out[P.out_o + i32(line)] = i32(best.y);"}
  }
}`,
    workgroups: groupsOver(lines * segments, sharing.group / lanes),
  });
}

function choose(launcher: Launcher, { pairs, segments }: Found, out: View): void {
  const sharing = sharingOf(segments);
  const u = new Uniforms();
  u.u32("lines", count(out)).u32("segments", segments).i32("out_o", out.offset);
  launcher.launch({
    key: `argReduce segments/${sharing.lanes}`,
    uniforms: u,
    reads: [pairs],
    writes: [out],
    source: () => `${binding(1, "pairs", "i32", "r")}${binding(2, "out", "i32", "w")}
${joinFirst(sharing)}${eachShared(sharing)}
  let line = min(index, P.lines - 1u);
  var best = vec2<u32>(0u, NOWHERE);
  for (var s = own; s < P.segments; s += ${sharing.lanes}u) {
    let at = 2u * (line * P.segments + s);
    best = firstOf(best, vec2<u32>(bitcast<u32>(pairs[at]), u32(pairs[at + 1u])));
  }
  best = firstOfAll(best, own, first);
  if (own == 0u && index < P.lines) { out[P.out_o + i32(line)] = i32(best.y); }
}`,
    workgroups: groupsOver(count(out), sharing.group / sharing.lanes),
  });
}

function sharingOf(length: number): { readonly lanes: number; readonly group: number } {
  const lanes = length <= 64 ? 8 : length <= 512 ? 32 : 256;
  return { lanes, group: Math.max(lanes, SMALLEST_GROUP) };
}

/** `firstOf(a, b)` of two pairs of key and place, `firstOfAll` of those of all lanes: the larger key, the first place. */
function joinFirst({ lanes, group }: { readonly lanes: number; readonly group: number }): string {
  return `const NOWHERE = 0xffffffffu;
fn firstOf(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let wins = b.y != NOWHERE && (a.y == NOWHERE || b.x > a.x || (b.x == a.x && b.y < a.y));
  return select(a, b, wins);
}
var<workgroup> pairs_: array<vec2<u32>, ${group}>;
fn firstOfAll(mine: vec2<u32>, own: u32, first: u32) -> vec2<u32> {
  pairs_[first + own] = mine;
  workgroupBarrier();
  for (var half = ${lanes / 2}u; half > 0u; half >>= 1u) {
    if (own < half) { pairs_[first + own] = firstOf(pairs_[first + own], pairs_[first + own + half]); }
    workgroupBarrier();
  }
  return pairs_[first];
}
`;
}
