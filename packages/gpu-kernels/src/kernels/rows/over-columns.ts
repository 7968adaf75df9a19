import type { View } from "@saccade/core/backend";
import { binding } from "../../wgsl/operand.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import type { Launcher } from "../launch.ts";
import { contiguous } from "../reduce.ts";
import { expandReads } from "./expand-reads.ts";

export interface ColumnsCall {
  readonly key: string;
  /** `[R, D]`: inside, `NAME(r)` reads row r of the column. */
  readonly rows: Readonly<Record<string, View>>;
  /** `[R]` */
  readonly vectors: Readonly<Record<string, View>>;
  /** `[D]`, contiguous. */
  readonly outputs: Readonly<Record<string, View>>;
  /** What is summed over rows, one per output. */
  readonly terms: readonly string[];
}

/** Rows of a segment. */
const SEGMENT = 64;

/** Sums over rows: an invocation per column and segment of rows, then per column over segments. */
export function overColumns(launcher: Launcher, call: ColumnsCall): void {
  const names = Object.keys(call.rows);
  const views = Object.values(call.rows);
  const vectorNames = Object.keys(call.vectors);
  const vectorViews = Object.values(call.vectors);
  const outputs = Object.values(call.outputs);
  const [rows, width] = views[0].shape;
  const segments = Math.max(1, Math.ceil(rows / SEGMENT));
  const u = new Uniforms();
  u.u32("rows", rows).u32("width", width).u32("segments", segments);
  for (const [v, view] of views.entries()) {
    const name = names[v];
    u.i32(`${name}_o`, view.offset).i32(`${name}_r`, view.strides[0]).i32(`${name}_c`, view.strides[1]);
  }
  for (const [v, view] of vectorViews.entries()) {
    u.i32(`${vectorNames[v]}_o`, view.offset).i32(`${vectorNames[v]}_r`, view.strides[0]);
  }
  const reads = [...views, ...vectorViews];
  const readers = [
    ...names.map(
      (name) =>
        [
          new RegExp(`\\b${name}\\(`, "g"),
          `${name}_data[P.${name}_o + i32(column) * P.${name}_c + P.${name}_r * i32`,
        ] as const,
    ),
    ...vectorNames.map(
      (name) => [new RegExp(`\\b${name}\\(`, "g"), `${name}_data[P.${name}_o + P.${name}_r * i32`] as const,
    ),
  ];
  launcher.scratch(4 * outputs.length * segments * width, (buffer) => {
    const partial = contiguous(buffer, "f32", [outputs.length * segments, width]);
    launcher.launch({
      key: call.key,
      uniforms: u,
      reads,
      writes: [partial],
      source:
        () => `${reads.map((view, v) => binding(v + 1, `${[...names, ...vectorNames][v]}_data`, view.dtype, "r")).join("")}
${binding(reads.length + 1, "partial", "f32", "w")}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let column = group.x * 64u + lane;
  let segment = group.y;
  if (column >= P.width) { return; }
  let first = segment * ${SEGMENT}u;
  ${call.terms.map((_, t) => `var sum${t} = 0.0;`).join(" ")}
  for (var r = first; r < min(first + ${SEGMENT}u, P.rows); r++) {
    ${call.terms.map((term, t) => `sum${t} += ${expandReads(term, readers)};`).join("\n    ")}
  }
  ${call.terms.map((_, t) => `partial[(${t}u * P.segments + segment) * P.width + column] = sum${t};`).join("\n  ")}
}`,
      workgroups: [Math.ceil(width / 64), segments, 1],
    });
    outputs.forEach((out, t) => {
      const sum = new Uniforms();
      sum
        .u32("width", width)
        .u32("segments", segments)
        .u32("first", t * segments)
        .i32("out_o", out.offset);
      launcher.launch({
        key: "column segments",
        uniforms: sum,
        reads: [partial],
        writes: [out],
        source: () => `${binding(1, "partial", "f32", "r")}${binding(2, "out", "f32", "w")}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let column = group.x * 64u + lane;
  if (column >= P.width) { return; }
  var sum = 0.0;
  for (var s = 0u; s < P.segments; s++) { sum += partial[(P.first + s) * P.width + column]; }
  out[P.out_o + i32(column)] = sum;
}`,
        workgroups: [Math.ceil(width / 64), 1, 1],
      });
    });
  });
}
