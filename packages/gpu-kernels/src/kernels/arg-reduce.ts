import type { View } from "@saccade/core/backend";
import { splitAxes } from "../views/nest.ts";
import { binding, count, load, Walk } from "../wgsl/operand.ts";
import { orderKey } from "../wgsl/order.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachRow, groupsOver, LANES, type Launcher } from "./launch.ts";

/** One idea: numbers become integers that sort alike, NaN above all; a workgroup finds the first largest of a line. */
export function argReduce(
  launcher: Launcher,
  x: View,
  out: View,
  { op, axis }: { readonly op: "max" | "min"; readonly axis: number },
): void {
  const { kept, taken } = splitAxes(x, [axis]);
  const u = new Uniforms();
  u.u32("results", count(out))
    .u32("length", taken.shape[0])
    .i32("stride", taken.strides[0])
    .i32("out_o", out.offset);
  const rows = new Walk(u, [kept], ["x"]);
  launcher.launch({
    key: `argReduce ${op}/${x.dtype}/${rows.key}`,
    uniforms: u,
    reads: [x],
    writes: [out],
    source:
      () => `${binding(1, "x_data", x.dtype, "r")}${binding(2, "out", "i32", "w")}${orderKey(x.dtype, op === "min")}
var<workgroup> keys: array<u32, ${LANES}>;
var<workgroup> places: array<u32, ${LANES}>;
${eachRow(LANES)}
  if (row >= P.results) { return; }
  ${rows.locate("row")}
  var best = 0u;
  var place = 0xffffffffu;
  for (var k = lane; k < P.length; k += ${LANES}u) {
    let index = x_at + i32(k) * P.stride;
    let key = orderKey(${load("x_data", x.dtype, "index")});
    if (key > best || place == 0xffffffffu) { best = key; place = k; }
  }
  keys[lane] = best;
  places[lane] = place;
  workgroupBarrier();
  for (var half = ${LANES / 2}u; half > 0u; half >>= 1u) {
    if (lane < half) {
      let other = lane + half;
      let wins = places[other] != 0xffffffffu &&
        (places[lane] == 0xffffffffu || keys[other] > keys[lane] || (keys[other] == keys[lane] && places[other] < places[lane]));
      if (wins) { keys[lane] = keys[other]; places[lane] = places[other]; }
    }
    workgroupBarrier();
  }
  if (lane == 0u) { out[P.out_o + i32(row)] = i32(places[0]); }
}`,
    workgroups: groupsOver(count(out), 1),
  });
}
