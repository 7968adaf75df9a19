import type { View } from "@saccade/core/backend";
import { sizeOf, splitAxes } from "../../views/nest.ts";
import { library } from "../../wgsl/library.ts";
import { binding, Walk } from "../../wgsl/operand.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import { eachRow, groupsOver, type Launcher } from "../launch.ts";
import { LANES } from "../reduce.ts";
import { expandReads } from "./expand-reads.ts";

/** `total(x)`, `largest(x)`: over all lanes, known to all of them. */
const acrossLanes = `
var<workgroup> lanes_: array<f32, ${LANES}>;
fn total(x: f32, lane: u32) -> f32 {
  lanes_[lane] = x;
  workgroupBarrier();
  for (var half = ${LANES / 2}u; half > 0u; half >>= 1u) {
    if (lane < half) { lanes_[lane] += lanes_[lane + half]; }
    workgroupBarrier();
  }
  let sum = lanes_[0];
  workgroupBarrier();
  return sum;
}
fn largest(x: f32, lane: u32) -> f32 {
  lanes_[lane] = x;
  workgroupBarrier();
  for (var half = ${LANES / 2}u; half > 0u; half >>= 1u) {
    if (lane < half) { lanes_[lane] = larger(lanes_[lane], lanes_[lane + half]); }
    workgroupBarrier();
  }
  let most = lanes_[0];
  workgroupBarrier();
  return most;
}
`;

export interface RowsCall {
  readonly key: string;
  /** Views `[..., D]` that are walked by row: inside, `NAME(j)` reads element j of the row. */
  readonly rows: Readonly<Record<string, View>>;
  /** Views `[R]` or `[D]`: inside, `NAME(i)` reads element i. */
  readonly vectors?: Readonly<Record<string, View>>;
  /** Contiguous `[R, D]` or `[R]`: inside, `NAME[P.NAME_o + i32(...)]` is written. */
  readonly outputs: Readonly<Record<string, View>>;
  readonly uniforms?: (u: Uniforms) => void;
  readonly uses?: readonly string[];
  /** Statements with `row`, `lane`, `P.width`; barriers outside of conditions. */
  readonly body: string;
}

/** Runs `body` once per row, by `LANES` invocations. */
export function overRows(launcher: Launcher, call: RowsCall): void {
  const rowNames = Object.keys(call.rows);
  const vectorNames = Object.keys(call.vectors ?? {});
  const outputNames = Object.keys(call.outputs);
  const rowViews = Object.values(call.rows);
  const vectorViews = Object.values(call.vectors ?? {});
  const outputViews = Object.values(call.outputs);
  const { shape } = rowViews[0];
  const width = shape[shape.length - 1];
  const rows = sizeOf(shape.slice(0, -1));
  const u = new Uniforms();
  u.u32("rows", rows).u32("width", width);
  const heads = rowViews.map((view) => splitAxes(view, [shape.length - 1]).kept);
  const walk = new Walk(u, heads, rowNames);
  for (const [v, view] of rowViews.entries()) u.i32(`${rowNames[v]}_step`, view.strides[shape.length - 1]);
  for (const [v, view] of vectorViews.entries()) {
    u.i32(`${vectorNames[v]}_o`, view.offset).i32(`${vectorNames[v]}_step`, view.strides[0] ?? 0);
  }
  for (const [v, view] of outputViews.entries()) u.i32(`${outputNames[v]}_o`, view.offset);
  call.uniforms?.(u);
  const reads = [...rowViews, ...vectorViews];
  launcher.launch({
    key: `${call.key}/${walk.key}`,
    uniforms: u,
    reads,
    writes: outputViews,
    source: () => {
      let at = 0;
      const bind = (name: string, view: View, access: "r" | "w", suffix: string): string => {
        at += 1;
        return binding(at, `${name}${suffix}`, view.dtype, access);
      };
      const bindings = [
        ...rowNames.map((name, v) => bind(name, rowViews[v], "r", "_data")),
        ...vectorNames.map((name, v) => bind(name, vectorViews[v], "r", "_data")),
        ...outputNames.map((name, v) => bind(name, outputViews[v], "w", "")),
      ];
      const readers = [
        ...rowNames.map(
          (name) =>
            [new RegExp(`\\b${name}\\(`, "g"), `${name}_data[${name}_at + P.${name}_step * i32`] as const,
        ),
        ...vectorNames.map(
          (name) =>
            [new RegExp(`\\b${name}\\(`, "g"), `${name}_data[P.${name}_o + P.${name}_step * i32`] as const,
        ),
      ];
      return `${bindings.join("")}${library(["larger", ...(call.uses ?? [])])}${acrossLanes}${eachRow(LANES)}
  if (row >= P.rows) { return; }
  ${walk.locate("row")}
  ${expandReads(call.body, readers)}
}`;
    },
    workgroups: groupsOver(rows, 1),
  });
}

/** `for (j of this lane's columns) { ... }` */
export const columns = (body: string): string =>
  `for (var j = lane; j < P.width; j += ${LANES}u) { ${body} }`;
export const at = (name: string): string => `${name}[P.${name}_o + i32(row * P.width + j)]`;
export const perRow = (name: string): string => `${name}[P.${name}_o + i32(row)]`;
