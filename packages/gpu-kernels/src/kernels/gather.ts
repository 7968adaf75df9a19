import type { View } from "@saccade/core/backend";
import { lineStarts } from "../views/nest.ts";
import { computedType } from "../wgsl/operand.ts";
import type { Launcher } from "./launch.ts";
import { map } from "./map.ts";

const outside = { f32: "nan()", i32: "0", u32: "0u" } as const;

/** An index outside reads NaN, or 0 for integers; memory outside the operand is never touched. */
export function gather(launcher: Launcher, x: View, index: View, out: View, axis: number): void {
  const size = x.shape[axis];
  if (size === 0) {
    map(launcher, {
      key: "gather from nothing",
      inputs: [],
      output: out,
      expression: outside[computedType[out.dtype]],
    });
    return;
  }
  // x seen with the output's shape, always at the start of the axis
  const lines = lineStarts(x, out, axis);
  map(launcher, {
    key: "gather",
    inputs: [index, lines],
    output: out,
    displaced: { by: "clamp(a, 0, P.size - 1)", step: x.strides[axis] },
    uniforms: (u) => u.i32("size", size),
    expression: `select(${outside[computedType[x.dtype]]}, b, a >= 0 && a < P.size)`,
  });
}
