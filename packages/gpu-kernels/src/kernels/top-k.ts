import type { View } from "@saccade/core/backend";
import { contiguous, lineStarts } from "../views/nest.ts";
import type { Launcher } from "./launch.ts";
import { map } from "./map.ts";
import { sortLines } from "./sort-lines.ts";

/** The first k of every line in order: values and places, each a dispatch of its own. */
export function topK(
  launcher: Launcher,
  x: View,
  [values, indices]: readonly [View, View],
  { axis, k, largest }: { readonly axis: number; readonly k: number; readonly largest: boolean },
): void {
  if (k === 0) return;
  sortLines(launcher, { x, axis, largest, kept: k }, (pairs) => {
    // The output's flat index as line and rank: the lines of the output, each starting at its pairs
    const lineStrides = values.shape.map((_, d): number => (d === axis ? 1 : 0));
    let line = pairs.shape[1];
    for (let d = values.shape.length - 1; d >= 0; d--) {
      if (d === axis) continue;
      lineStrides[d] = line;
      line *= values.shape[d];
    }
    const places: View = {
      ...contiguous(pairs.buffer, "i32", values.shape),
      strides: lineStrides.map((stride) => 2 * stride), // words of pairs
      offset: 1,
    };
    map(launcher, { key: "copy", inputs: [places], output: indices, expression: "a" });
    const lines = lineStarts(x, values, axis);
    map(launcher, {
      key: "topK values",
      inputs: [indices, lines],
      output: values,
      displaced: { by: "a", step: x.strides[axis] },
      expression: "b",
    });
  });
}
