/**
 * The steps of a recurrent layer, forward or backward.
 *
 * One idea: a step is a product of the weight with what the step before left, and elementwise functions of that; one
 * dispatch does both. A workgroup has some units of some sequences: its invocations share the dot products of each, add
 * up what they found in shared memory, and each finishes some units. Where one workgroup can have all units of its
 * sequences, it goes on with the next step; otherwise that is the next dispatch.
 */
import type { View } from "@saccade/core/backend";
import { library } from "../../wgsl/library.ts";
import { binding, load } from "../../wgsl/operand.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import type { Launch, Launcher } from "../launch.ts";
import { type Plan, planOf } from "./plan.ts";

/** A pass over all steps. */
export interface Pass {
  /** Kernel and specialisation, beside dtypes, plan and which views there are. */
  readonly key: string;
  readonly batch: number;
  /** Steps of the sequence. */
  readonly length: number;
  readonly units: number;
  /** Whether it goes from the last step to the first. */
  readonly descending: boolean;
  /** Rows of the weight that belong to unit u: `g units + u`, g below `sums`. */
  readonly sums: 1 | 3 | 4;
  /** Columns of the weight. */
  readonly depth: number;
  /** One more step at the end, at which there is no t. */
  readonly afterwards: boolean;
  /** Contiguous. */
  readonly weight: View;
  readonly lengths: View | null;
  readonly reads: Readonly<Record<string, View | null>>;
  readonly writes: Readonly<Record<string, View>>;
  /** The name of the view that is not row-major. */
  readonly strided: string;
  /** f32: first what the products are of, `[2, batch, depth]`, read in one half and written in the other by turns. */
  readonly scratch: View;
  readonly uses: readonly string[];
  /**
   * What becomes of `sum` (f32 or a vector): in WGSL, of sequence `b` and unit `v`, at step `t` (the `n`th); `length` is
   * that of the sequence; `next` is where the scratch's other half begins.
   */
  readonly finish: string;
}

const vectors = { 1: "f32", 3: "vec3<f32>", 4: "vec4<f32>" } as const;

export function runSteps(launcher: Launcher, pass: Pass): void {
  const { batch, length, units, sums, depth, weight, lengths, scratch, descending } = pass;
  const plan = planOf({ batch, units, sums, depth });
  const width = depth % 4 === 0 && weight.offset % 4 === 0 ? 4 : 1;
  const reads: Readonly<Record<string, View | null>> = { weight, lengths, ...pass.reads };
  const writes: Readonly<Record<string, View>> = { scratch, ...pass.writes };
  const views = Object.entries({ ...reads, ...writes }).filter(
    (entry): entry is [string, View] => entry[1] !== null,
  );
  const u = new Uniforms().i32("first", 0).i32("end", 0).i32("batch", batch);
  u.i32("origin", descending ? length - 1 : 0).i32("direction", descending ? -1 : 1);
  u.i32("steps", length).i32("units", units).i32("depth", depth);
  for (const [name, view] of views) {
    u.i32(`${name}_o`, view.offset);
    if (name !== pass.strided) continue;
    for (let d = 0; d < view.strides.length; d++) u.i32(`${name}_${d}`, view.strides[d]);
  }
  const dtypes = views.map(([name, { dtype }]) => `${name} ${dtype}`);
  const across = Math.ceil((units * plan.lanes) / plan.group);
  const launch: Launch = {
    key: `${pass.key} ${Object.values(plan).join(" ")} ${width} ${dtypes.join(" ")}`,
    uniforms: u,
    reads: Object.values(reads).filter((view) => view !== null),
    writes: Object.values(writes),
    source: () => sourceOf(pass, plan, width, views),
    workgroups: [plan.steps > 1 ? 1 : across, Math.ceil(batch / plan.rows), 1],
  };
  const total = pass.afterwards ? length + 1 : length;
  for (let first = 0; first < total; first += plan.steps) {
    u.change("first", first).change("end", Math.min(first + plan.steps, total));
    launcher.launch(launch);
  }
}

function sourceOf(pass: Pass, plan: Plan, width: 1 | 4, views: readonly (readonly [string, View])[]): string {
  const { sums, weight, lengths, scratch, writes, uses, finish } = pass;
  const { group, rows, lanes } = plan;
  const wide = group / lanes;
  const type = vectors[sums];
  const written = new Set<View>([scratch, ...Object.values(writes)]);
  const declared = views.map(([name, view], i) =>
    binding(i + 1, name, view.dtype, written.has(view) ? "w" : "r", { width: view === weight ? width : 1 }),
  );
  const each = (count: number, text: (i: number) => string, joint = "\n      "): string =>
    Array.from({ length: count }, (_, i) => text(i)).join(joint);
  const place = (g: number): string => `(P.weight_o + (${g} * P.units + u) * P.depth + k) / ${width}`;
  const state = (r: number): string =>
    width === 1
      ? `scratch[state${r} + k]`
      : `vec4<f32>(scratch[state${r} + k], scratch[state${r} + k + 1], scratch[state${r} + k + 2], scratch[state${r} + k + 3])`;
  const term = (r: number, g: number): string => (width === 1 ? `w${g} * s${r}` : `dot(w${g}, s${r})`);
  const terms = (r: number): string =>
    sums === 1 ? term(r, 0) : `${type}(${each(sums, (g) => term(r, g), ", ")})`;
  return `${declared.join("")}${library(uses)}
var<workgroup> parts: array<${type}, ${group * rows}>;
@compute @workgroup_size(${group})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let lane = i32(index);
  let top = i32(group.y) * ${rows};
  let half = P.batch * P.depth;
  for (var n = P.first; n < P.end; n++) {
    let t = P.origin + P.direction * n;
    let before = P.scratch_o + (n & 1) * half;
    let next = P.scratch_o + half - (n & 1) * half;
    ${each(rows, (r) => `let state${r} = before + min(top + ${r}, P.batch - 1) * P.depth;`, "\n    ")}
    for (var left = i32(group.x) * ${wide}; left < P.units; left += i32(groups.x) * ${wide}) {
      let u = min(left + lane / ${lanes}, P.units - 1);
      ${each(rows, (r) => `var sum${r} = ${type}();`)}
      for (var k = lane % ${lanes} * ${width}; k < P.depth; k += ${lanes * width}) {
      ${each(sums, (g) => `let w${g} = ${load("weight", weight.dtype, place(g), width)};`)}
      ${each(rows, (r) => `let s${r} = ${state(r)}; sum${r} += ${terms(r)};`)}
      }
      ${each(rows, (r) => `parts[lane + ${r * group}] = sum${r};`)}
      workgroupBarrier();
      for (var reach = ${lanes / 2}; reach > 0; reach >>= 1u) {
        if (lane % ${lanes} < reach) {
      ${each(rows, (r) => `parts[lane + ${r * group}] += parts[lane + reach + ${r * group}];`)}
        }
        workgroupBarrier();
      }
      for (var i = lane; i < ${rows * wide}; i += ${group}) {
        let b = top + i / ${wide};
        let v = left + i % ${wide};
        if (b < P.batch && v < P.units) {
          let sum = parts[i / ${wide} * ${group} + i % ${wide} * ${lanes}];
          let length = ${lengths ? `lengths[P.lengths_o + b]` : "P.steps"};
          ${finish}
        }
      }
      workgroupBarrier();
    }
    storageBarrier();
  }
}`;
}
