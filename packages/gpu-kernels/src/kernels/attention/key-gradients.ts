/** Backward attention, the pass that keeps a tile of keys and walks over the queries of all heads that share it: dk, dv. */
import { skipUnseen } from "./mods.ts";
import type { Layout } from "./plan.ts";
import { isModified } from "./scores.ts";
import { type AttentionShape, base, strips } from "./shape.ts";
import { slopesOfCells } from "./slopes.ts";
import {
  columnOf,
  declare,
  each,
  eachVector,
  entry,
  multiplyWeights,
  products,
  storeCells,
  storeRows,
} from "./tiles.ts";

export function keyGradients(shape: AttentionShape, layout: Layout): string {
  const { rows, quads, tileRows, tileColumns } = layout;
  const { widthChunks, valueChunks } = shape;
  const plain = !isModified(shape) && !shape.dropout;
  return `${entry(layout, { tiles: ["slopeTile"] })}
  let b = i32(group.z);
  let kh = i32(group.y);
  let start = i32(group.x) * ${tileRows};
  ${(["k", "v"] as const).map((name) => base(name, "kh")).join("\n  ")}
  ${declare(rows, widthChunks, "dk")}
  ${declare(rows, valueChunks, "dv")}
  ${shape.ranges ? "let first = 0; let end = P.queries;" : bounds(layout)}
  for (var h = kh * P.group; h < (kh + 1) * P.group; h++) {
    ${(["q", "dOut"] as const).map((name) => base(name, "h")).join("\n    ")}
    for (var top = first; top < end; top += ${tileColumns}) {
      ${shape.ranges ? skip(layout) : ""}
      ${shape.maskMod ? skipUnseen(`top, ${tileColumns}, start, ${tileRows}`) : ""}
      ${declare(rows, quads, "s")}
      ${declare(rows, quads, "g")}
      ${products(
        layout,
        "s",
        strips(widthChunks, layout),
        { view: "k", base: "k_base", first: "start" },
        { view: "q", base: "q_base", first: "top" },
      )}
      ${products(
        layout,
        "g",
        strips(valueChunks, layout),
        { view: "v", base: "v_base", first: "start" },
        { view: "dOut", base: "dOut_base", first: "top" },
      )}
      workgroupBarrier();
      ${
        plain
          ? `if (top + ${tileColumns} > P.queries || start + ${tileRows} > endKey(b, top) || start < firstKey(b, top + ${tileColumns - 1})${shape.maskMod ? " || seen != 2" : ""}) `
          : ""
      }{
        ${slopesOfCells(shape, layout, ["top + column", "start + row + c"], "keys", () => "")}
      }${plain ? ` else {\n        ${plainSlopes(layout)}\n      }` : ""}
      ${multiplyWeights(layout, "dv", "left", valueChunks, { view: "dOut", base: "dOut_base", first: "top" })}
      ${multiplyWeights(layout, "dk", "slopeTile", widthChunks, { view: "q", base: "q_base", first: "top" })}
    }
  }
  ${(["dk", "dv"] as const).map((name) => base(name, "kh")).join("\n  ")}
  ${storeRows(layout, "dk", widthChunks, "start", (r, c) => `dk${r}_${c}`)}
  ${storeRows(layout, "dv", valueChunks, "start", (r, c) => `dv${r}_${c}`)}
}`;
}

/** Weights and slopes of a tile that is seen as a whole, and whose scores are products. */
function plainSlopes(layout: Layout): string {
  const { rows, quads } = layout;
  const ofColumns = (name: string, c: number): string =>
    `vec4<f32>(${[0, 1, 2, 3].map((i) => `${name}(b, h, top + ${columnOf(c, i)})`).join(", ")})`;
  return `${each(
    quads,
    (c) => `let sum${c} = ${ofColumns("logSum", c)};
        let inner${c} = ${ofColumns("innerProduct", c)};`,
  )}
        ${eachVector(
          rows,
          quads,
          (r, c) => `s${r}_${c} = power(s${r}_${c} * P.scale - sum${c});
        g${r}_${c} = select(s${r}_${c} * ((g${r}_${c} - inner${c}) * P.scale), vec4<f32>(), s${r}_${c} == vec4<f32>());`,
        )}
        ${storeCells(layout, "left", "s")}
        ${storeCells(layout, "slopeTile", "g")}`;
}

/** Leaves out tiles of queries none of which sees one of these keys. */
function skip({ tileRows, tileColumns }: Layout): string {
  return `if (endKey(b, min(top + ${tileColumns}, P.queries) - 1) <= start || firstKey(b, top) >= start + ${tileRows}) { continue; }`;
}

/** Queries that see one of these keys. */
function bounds({ tileRows, tileColumns }: Layout): string {
  return `let shift = P.keys - P.queries;
  let first = max(0, start - shift - P.right) / ${tileColumns} * ${tileColumns};
  let end = min(P.queries, min(start + ${tileRows}, P.keys) - shift + P.left);`;
}
