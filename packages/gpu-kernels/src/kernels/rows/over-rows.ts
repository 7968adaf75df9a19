import type { View } from "@saccade/core/backend";
import { sizeOf, splitAxes } from "../../views/nest.ts";
import { library } from "../../wgsl/library.ts";
import { binding, Walk } from "../../wgsl/operand.ts";
import { quadBinding } from "../../wgsl/quads.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import { across, eachShared, type Joins } from "../across.ts";
import { groupsOver, type Launcher } from "../launch.ts";
import { lanesFor } from "./lanes.ts";
import { RowText } from "./row-text.ts";

type Views = Readonly<Record<string, View>>;

export interface RowsCall {
  readonly key: string;
  /** Views `[..., D]` that are walked by row. */
  readonly rows: Views;
  /** Views `[D]`. */
  readonly columns?: Views;
  /** Views `[R]`, read by `of`. */
  readonly vectors?: Views;
  /** Contiguous `[..., D]`, written by `put`. */
  readonly outputs: Views;
  /** Contiguous `[R]`, written by `result`. */
  readonly results?: Views;
  /** The body reads every element once: rows need not be held. */
  readonly once?: boolean;
  readonly uniforms?: (u: Uniforms) => void;
  readonly uses?: readonly string[];
  /** Statements with `row`, `present` (there is such a row), `own` (0 for one lane of a row) and `P.width`. */
  readonly body: (text: RowText) => string;
}

/** Runs `body` once per row, by some lanes of a workgroup. */
export function overRows(launcher: Launcher, call: RowsCall): void {
  const { rows, columns = {}, vectors = {}, outputs, results = {} } = call;
  const rowViews = Object.values(rows);
  const { shape } = rowViews[0];
  const width = shape[shape.length - 1];
  const count = sizeOf(shape.slice(0, -1));
  const whole = [...rowViews, ...Object.values(columns), ...Object.values(outputs)].every(isWhole);
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = launcher.limits;
  const largest = Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX);
  const lanes = lanesFor(width, rowViews.length, call.once ?? false, largest);
  const u = new Uniforms();
  u.u32("rows", count).u32("width", width);
  const heads = rowViews.map((view) => splitAxes(view, [shape.length - 1]).kept);
  const walk = new Walk(u, heads, Object.keys(rows));
  for (const [name, view] of Object.entries(rows)) u.i32(`${name}_step`, view.strides[shape.length - 1]);
  for (const [name, view] of [...Object.entries(columns), ...Object.entries(vectors)]) {
    u.i32(`${name}_o`, view.offset).i32(`${name}_step`, view.strides[0] ?? 0);
  }
  for (const [name, view] of [...Object.entries(outputs), ...Object.entries(results)]) {
    u.i32(`${name}_o`, view.offset);
  }
  call.uniforms?.(u);
  const reads = { ...rows, ...columns, ...vectors };
  const writes = { ...outputs, ...results };
  const dtypes = [...Object.values(reads), ...Object.values(writes)].map(({ dtype }) => dtype).join();
  launcher.launch({
    key: `${call.key}/${dtypes}/${whole ? "quads" : "loose"} ${lanes.lanes} ${lanes.held}/${walk.key}`,
    uniforms: u,
    reads: Object.values(reads),
    writes: Object.values(writes),
    source: () => {
      const bindings = [...Object.entries(reads), ...Object.entries(writes)].map(([name, { dtype }], i) => {
        const bind = whole && !(name in vectors || name in results) ? quadBinding : binding;
        return bind(i + 1, `${name}_data`, dtype, name in writes ? "w" : "r");
      });
      const text = new RowText({ lanes, whole, rows, columns, vectors, outputs, results });
      return `${bindings.join("")}${library(["larger", "sumOf", ...(call.uses ?? [])])}${across(lanes, "f32", joins)}${eachShared(lanes)}
  let present = index < P.rows;
  let row = min(index, P.rows - 1u);
  let end = select(0u, P.width, present);
  ${walk.locate("row")}
  ${text.hold()}
  ${call.body(text)}
}`;
    },
    workgroups: groupsOver(count, lanes.group / lanes.lanes),
  });
}

/** Whether all rows begin and end with vectors of four. */
function isWhole({ shape, strides, offset }: View): boolean {
  const last = shape.length - 1;
  if (strides[last] !== 1 || offset % 4 !== 0 || shape[last] % 4 !== 0) return false;
  return strides.every((stride, d) => d === last || stride % 4 === 0);
}

const joins: Joins = { total: (a, b) => `${a} + ${b}`, largest: (a, b) => `larger(${a}, ${b})` };
