/**
 * The sum of the squares of many tensors.
 *
 * One idea: every tensor is cut into segments, a workgroup each; one dispatch reads as many tensors as it can bind. The
 * sums of all segments are summed at the end, in an order that shapes alone decide.
 */
import type { DType, FusedKernels, KernelFunction, View } from "@saccade/core/backend";
import { contiguous, isContiguous, reviewed } from "../views/nest.ts";
import { binding, count, load, stored } from "../wgsl/operand.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { groupsOver, type Launcher } from "./launch.ts";
import { reduce, squaresOf } from "./reduce/reduce.ts";

/** Invocations of a workgroup, and vectors of four that each of them reads. */
const GROUP = 256;
const QUADS_EACH = 16;
/** Vectors of a segment. */
const SEGMENT = GROUP * QUADS_EACH;
/** Beyond this, uniforms and source grow and nothing is won. */
const MOST_TOGETHER = 16;

export function sumSquares(launcher: Launcher): KernelFunction<FusedKernels["sumSquares"]> {
  return (inputs, [out]) => {
    const filled = inputs.filter((x) => count(x) > 0);
    const { dtype } = inputs[0];
    const fours = filled.filter((x) => inFours(x, dtype));
    const others = filled.filter((x) => !inFours(x, dtype));
    const segments = fours.reduce((total, x) => total + segmentsOf(x), 0);
    const parts = segments + others.length;
    if (parts <= 1) {
      if (fours.length === 1) together(launcher, fours, out, 0);
      else squaresOf(launcher, others[0] ?? inputs[0], out);
      return;
    }
    launcher.scratch(4 * parts, (buffer) => {
      const sums = contiguous(buffer, "f32", [parts]);
      const most = Math.min(launcher.limits.maxStorageBuffersPerShaderStage - 1, MOST_TOGETHER);
      let at = 0;
      for (let i = 0; i < fours.length; i += most) {
        const some = fours.slice(i, i + most);
        together(launcher, some, sums, at);
        for (const x of some) at += segmentsOf(x);
      }
      for (const x of others) squaresOf(launcher, x, reviewed(sums, [], [], at++));
      reduce(launcher, sums, reviewed(out, [1], [1]), { op: "sum", axes: [0] });
    });
  };
}

/** Whether it can be read as vectors of four this dtype. */
function inFours(x: View, dtype: DType): boolean {
  return x.dtype === dtype && isContiguous(x) && x.offset % 4 === 0 && count(x) % 4 === 0;
}

function segmentsOf(x: View): number {
  return Math.ceil(count(x) / 4 / SEGMENT);
}

/** The sums of all segments, from element `at` of `sums` on. */
function together(launcher: Launcher, inputs: readonly View[], sums: View, at: number): void {
  const { dtype } = inputs[0];
  const u = new Uniforms();
  let groups = 0;
  for (const [i, x] of inputs.entries()) {
    u.u32(`first${i}`, groups)
      .u32(`count${i}`, count(x) / 4)
      .u32(`x_o${i}`, x.offset / 4);
    groups += segmentsOf(x);
  }
  u.u32("groups", groups).i32("sums_o", sums.offset + at);
  launcher.launch({
    key: `sumSquares ${inputs.length}/${dtype},${sums.dtype}`,
    uniforms: u,
    reads: inputs,
    writes: [sums],
    source: () => sumSquaresSource(inputs.length, dtype, sums.dtype),
    workgroups: groupsOver(groups, 1),
  });
}

function sumSquaresSource(inputs: number, dtype: DType, result: DType): string {
  const indices = Array.from({ length: inputs }, (_, i) => i);
  const bindings = indices.map((i) => binding(i + 1, `x${i}`, dtype, "r", { width: 4 }));
  const reads = indices.reverse().map(
    (i) => `if (at >= P.first${i}) {
    let first = (at - P.first${i}) * ${SEGMENT}u;
    let end = min(first + ${SEGMENT}u, P.count${i});
    for (var k = first + lane; k < end; k += ${GROUP}u) {
      let x = ${load(`x${i}`, dtype, `P.x_o${i} + k`, 4)};
      total += x * x;
    }
  }`,
  );
  return `${bindings.join("")}${binding(inputs + 1, "sums", result, "w")}
var<workgroup> shared_: array<f32, ${GROUP}>;
@compute @workgroup_size(${GROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = group.y * groups.x + group.x;
  if (at >= P.groups) { return; }
  var total = vec4<f32>();
  ${reads.join(" else ")}
  shared_[lane] = (total.x + total.y) + (total.z + total.w);
  workgroupBarrier();
  for (var half = ${GROUP / 2}u; half > 0u; half >>= 1u) {
    if (lane < half) { shared_[lane] += shared_[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) { sums[P.sums_o + i32(at)] = ${stored(result, "shared_[0]")}; }
}`;
}
