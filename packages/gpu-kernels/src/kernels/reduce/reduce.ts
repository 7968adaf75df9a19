/**
 * Reductions over any axes.
 *
 * One idea: elements that lie side by side are read side by side. Where those of one result do, the lanes of a workgroup
 * run along them; where those of several results do, each lane has results of its own. Either way four at a time; what
 * is cut into how many parts depends on shapes alone, and parts are joined in one order.
 */
import type { ReduceName, View } from "@saccade/core/backend";
import { contiguous, nestOf, reviewed, sizeOf, splitAxes } from "../../views/nest.ts";
import { count } from "../../wgsl/operand.ts";
import type { Launcher } from "../launch.ts";
import { map } from "../map.ts";
import { reduceColumns } from "./columns.ts";
import { reduceLines } from "./lines.ts";
import { termOf } from "./monoids.ts";

export function reduce(
  launcher: Launcher,
  x: View,
  out: View,
  { op, axes }: { readonly op: ReduceName; readonly axes: readonly number[] },
): void {
  const term = termOf(op, x);
  if (out.dtype !== "u8") {
    reduceTo(launcher, { x, out, op, axes, term });
    return;
  }
  launcher.scratch(4 * count(out), (buffer) => {
    const words = contiguous(buffer, "i32", out.shape);
    reduceTo(launcher, { x, out: words, op, axes, term });
    map(launcher, { key: "reduce: to bytes", inputs: [words], output: out, expression: "u32(a)" });
  });
}

/** `sum(x^2)` of one tensor, as it lies in memory. */
export function squaresOf(launcher: Launcher, x: View, out: View): void {
  const axes = x.shape.map((_, d) => d);
  const ones = x.shape.map(() => 1);
  reduceTo(launcher, { x, out: reviewed(out, ones, ones), op: "sum", axes, term: "x * x" });
}

interface Reduction {
  readonly x: View;
  readonly out: View;
  readonly op: ReduceName;
  readonly axes: readonly number[];
  readonly term: string;
}

function reduceTo(launcher: Launcher, { x, out, op, axes, term }: Reduction): void {
  const { kept, taken } = splitAxes(x, axes);
  if (nearest(kept) < nearest(taken)) {
    const operands = { x: { kept, taken } };
    reduceColumns(launcher, { key: `${op} ${term}`, operands, outputs: [out], terms: [term], op });
  } else {
    reduceLines(launcher, { kept, taken, out, op, term });
  }
}

/** How far neighbours are apart; infinitely, where there are none or all are one. */
function nearest(view: View): number {
  if (sizeOf(view.shape) <= 1) return Number.POSITIVE_INFINITY;
  const { strides } = nestOf([view]);
  const inner = Math.abs(strides[0][strides[0].length - 1]);
  return inner === 0 ? Number.POSITIVE_INFINITY : inner;
}
