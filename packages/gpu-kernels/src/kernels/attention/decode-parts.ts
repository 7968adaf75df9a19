/** Attention of few queries, the second pass: adds up what parts of the keys gave to each row. */
import type { View } from "@saccade/core/backend";
import { library } from "../../wgsl/library.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import type { Launcher } from "../launch.ts";
import { LOWEST } from "./scores.ts";
import { Operands } from "./shape.ts";

const LANES = 64;
/** Parts of a row, at most. */
export const MOST_PARTS = 512;

/**
 * `sums` holds for each row and part `across` vectors of four: the sums of weighted values, and last the maximum of the
 * scores that weights are relative to and the sum of the weights.
 */
export function combineParts(
  launcher: Launcher,
  sums: View,
  [out, lse]: readonly [View, View],
  { parts, across }: { readonly parts: number; readonly across: number },
): void {
  const [B, H, T, width] = out.shape;
  const u = new Uniforms();
  u.i32("queries", T).i32("valueWidth", width).i32("heads", H).u32("parts", parts);
  const operands = new Operands(u, { sums }, { out, lse });
  launcher.launch({
    key: `attention parts/${across} ${operands.key}`,
    uniforms: u,
    reads: operands.reads,
    writes: operands.writes,
    source: () =>
      operands.declarations() + library(["isNan", "isInf", "log_", "exp_"]) + main(operands, across),
    workgroups: [T, H, B],
  });
}

function main(operands: Operands, across: number): string {
  const width = across - 1;
  const at = (n: string): string => `P.sums_o + 4 * (row * i32(P.parts) + i32(${n})) * ${across}`;
  const halves = (combined: string): string => `for (var half = ${LANES / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) { shared_[lane] = ${combined}; }
  }
  workgroupBarrier();`;
  return `var<workgroup> factors: array<f32, ${MOST_PARTS}>;
var<workgroup> shared_: array<f32, ${LANES}>;
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = i32(group.x);
  let h = i32(group.y);
  let b = i32(group.z);
  let row = (b * P.heads + h) * P.queries + i;
  var most = ${LOWEST};
  for (var n = lane; n < P.parts; n += ${LANES}u) { most = max(most, sums[${at("n")} + ${4 * width}]); }
  shared_[lane] = most;
  ${halves("max(shared_[lane], shared_[lane + half])")}
  let highest = shared_[0];
  workgroupBarrier();
  var part_sum = 0.0;
  for (var n = lane; n < P.parts; n += ${LANES}u) {
    let factor = exp_(sums[${at("n")} + ${4 * width}] - highest);
    factors[n] = factor;
    part_sum += factor * sums[${at("n")} + ${4 * width + 1}];
  }
  shared_[lane] = part_sum;
  ${halves("shared_[lane] + shared_[lane + half]")}
  let sum = shared_[0];
  let inverse = select(1.0 / sum, 0.0, sum == 0.0);
  for (var quad = i32(lane); quad < ${width}; quad += ${LANES}) {
    var total = vec4<f32>();
    for (var n = 0u; n < P.parts; n++) {
      let place = ${at("n")} + 4 * quad;
      total += factors[n] * vec4<f32>(sums[place], sums[place + 1], sums[place + 2], sums[place + 3]);
    }
    store_out(P.out_o + b * P.out_0 + h * P.out_1, i, quad, total * inverse);
  }
  if (lane == 0u) {
    ${operands.assign("lse", "P.lse_o + b * P.lse_0 + h * P.lse_1 + i * P.lse_2", "select(highest + log_(sum), -infinity(), sum == 0.0)")}
  }
}`;
}
