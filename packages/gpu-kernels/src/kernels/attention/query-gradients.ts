/** Backward attention, the pass that keeps a tile of queries and walks over keys: dq, and dBias. */
import { skipUnseen } from "./mods.ts";
import { ACROSS, type Layout } from "./plan.ts";
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
  const partials = operands.has("dSlopes");
  return `${entry(layout, { tiles: ["slopeTile"], partials })}
  let b = i32(group.z);
  let h = i32(group.y);
  let kh = h / P.group;
  let top = i32(groups.x - 1u - group.x) * ${tileRows};
  ${(["q", "dOut"] as const).map((name) => base(name, "h")).join("\n  ")}
  ${(["k", "v"] as const).map((name) => base(name, "kh")).join("\n  ")}
  ${plain ? rowSums(layout) : ""}
  ${partials ? each(layout.fours, (g) => `partials[y + ${layout.down * g}u][x] = vec4<f32>();`) : ""}
  ${declare(rows, widthChunks, "dq")}
  let last = min(top + ${tileRows}, P.queries) - 1;
  let end = endKey(b, last);
  for (var start = firstKey(b, top) / ${tileColumns} * ${tileColumns}; start < end; start += ${tileColumns}) {
    ${shape.maskMod ? skipUnseen(`top, ${tileRows}, start, ${tileColumns}`) : ""}
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
    ${plain ? `if (start + ${tileColumns} > endKey(b, top) || start < firstKey(b, last)${shape.maskMod ? " || seen != 2" : ""}) ` : ""}{
      ${slopesOfCells(shape, layout, ["top + row + c", "start + column"], "queries", (partial) => moreGradients(operands, partial))}
    }${
      plain
        ? ` else {
      ${eachVector(
        rows,
        quads,
        (r, c) => `{ let p = power(s${r}_${c} * P.scale - ${ofRow("sum", r)});
        g${r}_${c} = select(p * ((g${r}_${c} - ${ofRow("inner", r)}) * P.scale), vec4<f32>(), p == vec4<f32>()); }`,
      )}
      ${storeCells(layout, "slopeTile", "g")}
    }`
        : ""
    }
    ${multiplyWeights(layout, "dq", "slopeTile", widthChunks, { view: "k", base: "k_base", first: "start" })}
  }
  ${base("dq", "h")}
  ${storeRows(layout, "dq", widthChunks, "top", (r, c) => `dq${r}_${c}`)}
  ${partials ? storeSlopes(layout, operands) : ""}
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

/** What the gradient `d` of score (i, j) gives to those of the bias and of ALiBi's slopes. */
function moreGradients(operands: Operands, partial: string): string {
  const at = "P.dBias_o + b * P.dBias_0 + h * P.dBias_1 + i * P.dBias_2 + j";
  const bias = operands.has("dBias")
    ? `if (i < P.queries && j < P.keys) { ${operands.assign("dBias", at, "d.score")} }`
    : "";
  const slopes = operands.has("dSlopes")
    ? `if (i < P.queries) { ${partial}[c] -= d.score * f32(abs(placeOf(b, i) - j)); }`
    : "";
  return `${bias} ${slopes}`;
}

/** Adds up what the invocations of a row have of the slope's gradient. */
function storeSlopes({ fours, down }: Layout, operands: Operands): string {
  const at = "P.dSlopes_o + b * P.dSlopes_0 + h * P.dSlopes_1 + i * P.dSlopes_2";
  return `workgroupBarrier();
  if (x < 4u) {
    ${each(
      fours,
      (g) => `{
      var sum = 0.0;
      for (var n = 0u; n < ${ACROSS}u; n++) { sum += partials[y + ${down * g}u][n][x]; }
      let i = top + i32(4u * (y + ${down * g}u) + x);
      if (i < P.queries) { ${operands.assign("dSlopes", at, "sum")} }
    }`,
    )}
  }`;
}
