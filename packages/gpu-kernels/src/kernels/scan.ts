import type { ScanName, View } from "@saccade/core/backend";
import { sizeOf, splitAxes } from "../views/nest.ts";
import { library } from "../wgsl/library.ts";
import { binding, computedType, load, stored, Walk } from "../wgsl/operand.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachRow, groupsOver, type Launcher } from "./launch.ts";

interface Join {
  readonly join: string;
  /** What changes nothing: -0 does not even change -0. */
  readonly neutral: string;
}

const lowest = "i32(-2147483647 - 1)";
const joins: { readonly [N in ScanName]: { readonly f32: Join; readonly i32: Join } } = {
  sum: { f32: { join: "a + b", neutral: "-0.0" }, i32: { join: "a + b", neutral: "0" } },
  prod: { f32: { join: "a * b", neutral: "1.0" }, i32: { join: "a * b", neutral: "1" } },
  max: { f32: { join: "larger(a, b)", neutral: "-infinity()" }, i32: { join: "max(a, b)", neutral: lowest } },
  min: {
    f32: { join: "smaller(a, b)", neutral: "infinity()" },
    i32: { join: "min(a, b)", neutral: "2147483647" },
  },
};

/** Lanes of a line, and how many neighbours among them are joined to one part. */
const LANES = 64;
const PART = 8;

/**
 * One idea: the lanes of a line take four elements each, stretch by stretch, so that neighbours read neighbours; each
 * adds what the lanes before it have, and what the stretches before have.
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
  u.u32("rows", rows).u32("length", length);
  u.i32("x_step", from.taken.strides[0]).i32("out_step", to.taken.strides[0]);
  const walk = new Walk(u, [from.kept, to.kept], ["x", "out"]);
  const { join, neutral } = joins[op][type];
  const place = reverse ? "P.length - 1u - at" : "at";
  launcher.launch({
    key: `scan ${op} ${reverse}/${x.dtype} ${out.dtype}/${walk.key}`,
    uniforms: u,
    reads: [x],
    writes: [out],
    source:
      () => `${binding(1, "x_data", x.dtype, "r")}${binding(2, "out", out.dtype, "w")}${library(["larger", "smaller"])}
fn join(a: ${type}, b: ${type}) -> ${type} { return ${join}; }
var<workgroup> lanes_: array<${type}, ${LANES}>;
var<workgroup> parts_: array<${type}, ${LANES / PART}>;
${eachRow(LANES)}
  if (row >= P.rows) { return; }
  ${walk.locate("row")}
  let part = lane / ${PART}u;
  var carry = ${type}(${neutral});
  for (var begin = 0u; begin < P.length; begin += ${4 * LANES}u) {
    var values = vec4<${type}>();
    var total = ${type}(${neutral});
    for (var k = 0u; k < 4u; k++) {
      let at = begin + 4u * lane + k;
      if (at < P.length) { total = join(total, ${load("x_data", x.dtype, `x_at + i32(${place}) * P.x_step`)}); }
      values[k] = total;
    }
    lanes_[lane] = total;
    workgroupBarrier();
    var before = ${type}(${neutral});
    for (var k = part * ${PART}u; k < lane; k++) { before = join(before, lanes_[k]); }
    if (lane % ${PART}u == ${PART - 1}u) { parts_[part] = join(before, total); }
    workgroupBarrier();
    for (var k = 0u; k < ${LANES / PART}u; k++) {
      if (k == part) { before = join(carry, before); }
      carry = join(carry, parts_[k]);
    }
    for (var k = 0u; k < 4u; k++) {
      let at = begin + 4u * lane + k;
      if (at < P.length) { out[out_at + i32(${place}) * P.out_step] = ${stored(out.dtype, "join(before, values[k])")}; }
    }
  }
}`,
    workgroups: groupsOver(length === 0 ? 0 : rows, 1),
  });
}
