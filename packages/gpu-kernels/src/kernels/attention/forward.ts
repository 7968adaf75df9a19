/**
 * Attention, forward (Dao et al. 2022, algorithm 1; Milakov & Gimelshein 2018).
 *
 * One idea: a workgroup keeps a tile of queries and walks over the keys a tile at a time. The running maximum and sum
 * of each row say how what was added up so far has to be scaled. Tiles that nobody sees are never computed; only those
 * that are seen in part, or whose scores are more than products, pass through shared memory for it.
 */
import type { FusedKernels } from "@saccade/core/backend";
import { library } from "../../wgsl/library.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import type { Launcher } from "../launch.ts";
import { modViews, skipUnseen } from "./mods.ts";
import { forwardLayout, type Layout } from "./plan.ts";
import { dropCells, isModified, LOWEST, scoreFunctions, scoreLibrary } from "./scores.ts";
import { type AttentionShape, base, keyOf, Operands, setUniforms, shapeOf, strips } from "./shape.ts";
import {
  acrossRow,
  declare,
  each,
  eachCell,
  eachVector,
  entry,
  loadCells,
  multiplyWeights,
  namesOf,
  ofRow,
  products,
  rowOf,
  storeCells,
  storeRows,
} from "./tiles.ts";

export function attentionForward(
  launcher: Launcher,
  inputs: Readonly<FusedKernels["attention"]["inputs"]>,
  [out, lse]: Readonly<FusedKernels["attention"]["outputs"]>,
  attrs: FusedKernels["attention"]["attrs"],
): void {
  const [q, k, v, mask, bias, slopes, ranges, sinks, ...more] = inputs;
  const shape = shapeOf(inputs, attrs);
  const layout = forwardLayout(launcher.facts, shape.valueChunks);
  const u = new Uniforms();
  setUniforms(u, inputs, attrs);
  const operands = new Operands(
    u,
    { q, k, v, mask, bias, slopes, ranges, sinks, ...modViews(more, attrs, 1) },
    { out, lse },
  );
  const [B, H, T] = q.shape;
  launcher.launch({
    key: `attention ${keyOf(shape)}/${operands.key} ${layout.key}`,
    uniforms: u,
    reads: operands.reads,
    writes: operands.writes,
    source: () =>
      operands.declarations() +
      library(scoreLibrary(shape)) +
      scoreFunctions(shape, operands, 1) +
      forwardMain(shape, layout, operands),
    workgroups: [Math.ceil(T / layout.tileRows), H, B],
  });
}

function forwardMain(shape: AttentionShape, layout: Layout, operands: Operands): string {
  const { rows, quads, tileRows, tileColumns, fours } = layout;
  const { valueChunks } = shape;
  const modified = isModified(shape);
  const cells = (f: (r: number, c: number) => string): string => eachVector(rows, quads, f);
  const highest = (r: number): string => namesOf("s", r, quads).reduce((a, b) => `max(${a}, ${b})`);
  const queries = { view: "q", base: "q_base", first: "top" };
  const keys = { view: "k", base: "k_base", first: "start" };
  const values = { view: "v", base: "v_base", first: "start" };
  return `${entry(layout, { partials: true })}
  let b = i32(group.z);
  let h = i32(group.y);
  let kh = h / P.group;
  // The last queries see most: they begin first.
  let top = i32(groups.x - 1u - group.x) * ${tileRows};
  ${base("q", "h")}
  ${base("k", "kh")}
  ${base("v", "kh")}
  ${each(fours, (f) => `var most${f} = vec4<f32>(${LOWEST}); var sum${f} = vec4<f32>();`)}
  ${operands.has("sinks") ? beginWithSink(layout, operands) : ""}
  ${declare(rows, valueChunks, "out")}
  let last = min(top + ${tileRows}, P.queries) - 1;
  let end = endKey(b, last);
  for (var start = firstKey(b, top) / ${tileColumns} * ${tileColumns}; start < end; start += ${tileColumns}) {
    ${shape.maskMod ? skipUnseen(`top, ${tileRows}, start, ${tileColumns}`) : ""}
    ${declare(rows, quads, "s")}
    ${products(layout, "s", strips(shape.widthChunks, layout), queries, keys)}
    ${modified ? "{" : `if (start + ${tileColumns} > endKey(b, top) || start < firstKey(b, last)${shape.maskMod ? " || seen != 2" : ""}) {`}
      workgroupBarrier();
      ${storeCells(layout, "left", "s")}
      ${eachCell(
        layout,
        (place) => `var t = left${place};
        for (var c = 0; c < 4; c++) { t[c] = score(b, h, top + row + c, start + column, t[c]${shape.maskMod ? ", seen" : ""}); }
        left${place} = t;`,
      )}
      ${loadCells(layout, "left", "s")}
    }${modified ? "" : ` else {\n      ${cells((r, c) => `s${r}_${c} *= P.scale;`)}\n    }`}
    ${each(fours, (f) => `var now${f} = most${f};`)}
    ${each(rows, (r) => `let high${r} = ${highest(r)};`)}
    ${acrossRow(
      layout,
      "now",
      (g) => fourRows(g, (r) => `max(max(high${r}.x, high${r}.y), max(high${r}.z, high${r}.w))`),
      (a, b) => `max(${a}, ${b})`,
    )}
    ${each(fours, (f) => `let shrink${f} = power(most${f} - now${f}); most${f} = now${f}; sum${f} *= shrink${f};`)}
    ${cells((r, c) => `s${r}_${c} = power(s${r}_${c} - ${ofRow("most", r)});`)}
    ${each(rows, (r) => `${ofRow("sum", r)} += dot(${namesOf("s", r, quads).join(" + ")}, vec4<f32>(1.0));`)}
    ${eachVector(rows, valueChunks, (r, c) => `out${r}_${c} *= ${ofRow("shrink", r)};`)}
    ${storeCells(layout, "left", "s")}
    ${shape.dropout ? dropCells(layout, "left") : ""}
    ${multiplyWeights(layout, "out", "left", valueChunks, values)}
  }
  workgroupBarrier();
  ${each(fours, (f) => `var total${f} = vec4<f32>();`)}
  ${acrossRow(
    layout,
    "total",
    (g) => `sum${g}`,
    (a, b) => `${a} + ${b}`,
  )}
  ${base("out", "h")}
  ${each(rows, (r) => `let factor${r} = select(1.0 / ${ofRow("total", r)}, 0.0, ${ofRow("total", r)} == 0.0);`)}
  ${storeRows(layout, "out", valueChunks, "top", (r, c) => `out${r}_${c} * factor${r}`)}
  if (x == 0u) {
    let lse_base = P.lse_o + b * P.lse_0 + h * P.lse_1;
    ${each(rows, (r) => storeLogSum(operands, `top + ${rowOf(layout, r)}`, ofRow("most", r), ofRow("total", r)))}
  }
}`;
}

function storeLogSum(operands: Operands, row: string, most: string, total: string): string {
  const value = `select(${most} + log_(${total}), -infinity(), ${total} == 0.0)`;
  return `if (${row} < P.queries) { ${operands.assign("lse", `lse_base + (${row}) * P.lse_2`, value)} }`;
}

/** A sink is a score whose weight goes nowhere: the first that a row meets. */
function beginWithSink({ fours }: Layout, operands: Operands): string {
  return `let sink = ${operands.element("sinks", "P.sinks_o + h * P.sinks_0")};
  ${each(fours, (f) => `most${f} = max(most${f}, vec4<f32>(sink));`)}
  if (x == 0u && !(isInf(sink) && sink < 0.0)) { ${each(fours, (f) => `sum${f} = vec4<f32>(1.0);`)} }`;
}

function fourRows(g: number, value: (r: number) => string): string {
  return `vec4<f32>(${[0, 1, 2, 3].map((i) => value(4 * g + i)).join(", ")})`;
}
