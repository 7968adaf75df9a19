/** Backward attention, the pass that keeps a tile of queries and walks over keys: dq, and dBias. */
import type { Layout } from "./plan.ts";
import { isModified } from "./scores.ts";
import { type AttentionShape, base, type Operands, strips } from "./shape.ts";
import { slopesOfCells } from "./slopes.ts";
import {
  declare,
  each,
  eachVector,
  entry,
  multiplyWeights,
  ofRow,
  products,
  rowOf,
  storeCells,
  storeRows,
} from "./tiles.ts";

export function queryGradients(shape: AttentionShape, layout: Layout, operands: Operands): string {
  const { rows, quads, tileRows, tileColumns } = layout;
  const { widthChunks } = shape;
  const plain = !isModified(shape) && !shape.dropout;
  const storeBias = `if (i < P.queries && j < P.keys) { ${
    operands.has("dBias")
      ? operands.assign("dBias", "P.dBias_o + b * P.dBias_0 + h * P.dBias_1 + i * P.dBias_2 + j", "d.score")
      : ""
  } }`;
  return `${entry(layout, { tiles: ["slopeTile"] })}
  let b = i32(group.z);
  let h = i32(group.y);
  let kh = h / P.group;
  let top = i32(groups.x - 1u - group.x) * ${tileRows};
  ${(["q", "dOut"] as const).map((name) => base(name, "h")).join("\n  ")}
  ${(["k", "v"] as const).map((name) => base(name, "kh")).join("\n  ")}
  ${plain ? rowSums(layout) : ""}
  ${declare(rows, widthChunks, "dq")}
  let last = min(top + ${tileRows}, P.queries) - 1;
  let end = endKey(b, last);
  for (var start = firstKey(b, top) / ${tileColumns} * ${tileColumns}; start < end; start += ${tileColumns}) {
    ${declare(rows, quads, "s")}
    ${declare(rows, quads, "g")}
    ${products(
      layout,
      "s",
      strips(shape.widthChunks, layout),
      { view: "q", base: "q_base", first: "top" },
      { view: "k", base: "k_base", first: "start" },
    )}
    ${products(
      layout,
      "g",
      strips(shape.valueChunks, layout),
      { view: "dOut", base: "dOut_base", first: "top" },
      { view: "v", base: "v_base", first: "start" },
    )}
    workgroupBarrier();
    ${plain ? `if (start + ${tileColumns} > endKey(b, top) || start < firstKey(b, last)) ` : ""}{
      ${slopesOfCells(layout, "top + row + c", "start + column", operands.has("dBias") ? storeBias : "")}
    }${
      plain
        ? ` else {
      ${eachVector(
        rows,
        quads,
        (r, c) => `{ let p = power(s${r}_${c} * P.scale - ${ofRow("sum", r)});
        g${r}_${c} = select(p * (g${r}_${c} - ${ofRow("inner", r)}) * P.scale, vec4<f32>(), p == vec4<f32>()); }`,
      )}
      ${storeCells(layout, "slopeTile", "g")}
    }`
        : ""
    }
    ${multiplyWeights(layout, "dq", "slopeTile", widthChunks, { view: "k", base: "k_base", first: "start" })}
  }
  ${base("dq", "h")}
  ${storeRows(layout, "dq", widthChunks, "top", (r, c) => `dq${r}_${c}`)}
}`;
}

/** Declares log-sum-exp and delta of the invocation's rows. */
function rowSums(layout: Layout): string {
  return `${each(layout.fours, (f) => `var sum${f} = vec4<f32>(3.0e38); var inner${f} = vec4<f32>();`)}
  ${each(
    layout.rows,
    (r) => `if (top + ${rowOf(layout, r)} < P.queries) {
      let i = top + ${rowOf(layout, r)};
      ${ofRow("sum", r)} = logSum(b, h, i);
      ${ofRow("inner", r)} = innerProduct(b, h, i);
    }`,
  )}`;
}
