import type { ScanName, View } from "@saccade/core/backend";
import { sizeOf, splitAxes } from "../views/nest.ts";
import { library } from "../wgsl/library.ts";
import { binding, computedType, load, stored, Walk } from "../wgsl/operand.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachRow, groupsOver, LANES, type Launcher } from "./launch.ts";

const joins: { readonly [N in ScanName]: { readonly f32: string; readonly i32: string } } = {
  sum: { f32: "a + b", i32: "a + b" },
  prod: { f32: "a * b", i32: "a * b" },
  max: { f32: "larger(a, b)", i32: "max(a, b)" },
  min: { f32: "smaller(a, b)", i32: "min(a, b)" },
};

/**
 * One idea: a workgroup per line; each lane runs over a stretch of it, the stretches' totals are scanned in shared
 * memory, and each lane runs once more with what lies before its stretch.
 */
export function scan(
  launcher: Launcher,
  x: View,
  out: View,
  { op, axis, reverse }: { readonly op: ScanName; readonly axis: number; readonly reverse: boolean },
): void {
  const from = splitAxes(x, [axis]);
  const to = splitAxes(out, [axis]);
  const type = computedType[x.dtype] === "f32" ? "f32" : "i32";
  const length = x.shape[axis];
  const rows = sizeOf(from.kept.shape);
  const u = new Uniforms();
  u.u32("rows", rows)
    .u32("length", length)
    .u32("stretch", Math.ceil(length / LANES));
  u.i32("x_step", from.taken.strides[0]).i32("out_step", to.taken.strides[0]);
  const walk = new Walk(u, [from.kept, to.kept], ["x", "out"]);
  launcher.launch({
    key: `scan ${op} ${reverse}/${x.dtype}/${walk.key}`,
    uniforms: u,
    reads: [x],
    writes: [out],
    source:
      () => `${binding(1, "x_data", x.dtype, "r")}${binding(2, "out", out.dtype, "w")}${library(["larger", "smaller"])}
fn join(a: ${type}, b: ${type}) -> ${type} { return ${joins[op][type]}; }
var<workgroup> totals: array<${type}, ${LANES}>;
${eachRow(LANES)}
  if (row >= P.rows) { return; }
  ${walk.locate("row")}
  let first = lane * P.stretch;
  let end = min(first + P.stretch, P.length);
  var total: ${type};
  for (var k = first; k < end; k++) {
    let value = ${load("x_data", x.dtype, `x_at + i32(${reverse ? "P.length - 1u - k" : "k"}) * P.x_step`)};
    if (k == first) { total = value; } else { total = join(total, value); }
  }
  totals[lane] = total;
  workgroupBarrier();
  for (var back = 1u; back < ${LANES}u; back <<= 1u) {
    var joined = totals[lane];
    if (lane >= back && first < P.length) { joined = join(totals[lane - back], joined); }
    workgroupBarrier();
    totals[lane] = joined;
    workgroupBarrier();
  }
  if (first >= end) { return; }
  var running: ${type};
  if (lane > 0u) { running = totals[lane - 1u]; }
  for (var k = first; k < end; k++) {
    let place = i32(${reverse ? "P.length - 1u - k" : "k"});
    let value = ${load("x_data", x.dtype, "x_at + place * P.x_step")};
    if (k == 0u) { running = value; } else { running = join(running, value); }
    out[out_at + place * P.out_step] = ${stored(out.dtype, "running")};
  }
}`,
    workgroups: groupsOver(length === 0 ? 0 : rows, 1),
  });
}
