/**
 * Attention, forward (Dao et al. 2022, algorithm 1; Milakov & Gimelshein 2018).
 *
 * One idea: a workgroup keeps 32 queries and walks over the keys 32 at a time. Scores live in shared memory only; the
 * running maximum and sum of each row say how what was added up so far has to be scaled. Blocks that nobody sees are
 * never computed.
 */
import type { FusedKernels } from "@saccade/core/backend";
import { library } from "../../wgsl/library.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import type { Launcher } from "../launch.ts";
import {
  type AttentionShape,
  bindings,
  cells,
  columnOf,
  declare,
  entry,
  GROUP_SIZE,
  keyOf,
  multiply,
  multiplyRows,
  ROWS,
  rowOf,
  scoreFunctions,
  scoreLibrary,
  setUniforms,
  shapeOf,
  sharedTile,
  stage,
  storeCells,
  TILE,
} from "./tiles.ts";

export function attentionForward(
  launcher: Launcher,
  inputs: Readonly<FusedKernels["attention"]["inputs"]>,
  [out, lse]: Readonly<FusedKernels["attention"]["outputs"]>,
  attrs: FusedKernels["attention"]["attrs"],
): void {
  const [q, k, v, mask, bias] = inputs;
  const shape = shapeOf(inputs, attrs);
  const u = new Uniforms();
  const reads = { q, k, v, mask, bias };
  const writes = { out, lse };
  setUniforms(u, { ...reads, ...writes }, inputs, attrs);
  const [B, H, T] = q.shape;
  launcher.launch({
    key: `attention ${keyOf(shape)}`,
    uniforms: u,
    reads: [q, k, v, mask, bias].filter((view) => view !== null),
    writes: [out, lse],
    source: () =>
      bindings(reads, writes) + library(scoreLibrary(shape)) + scoreFunctions(shape) + forwardMain(shape),
    workgroups: [Math.ceil(T / TILE), H, B],
  });
}

function forwardMain(shape: AttentionShape): string {
  const chunks = Array.from({ length: shape.valueTiles }, (_, n) => n);
  return `${sharedTile("left")}${sharedTile("right")}${sharedTile("scores")}
var<workgroup> parts: array<f32, ${GROUP_SIZE}>;
var<workgroup> most: array<f32, ${TILE}>;
var<workgroup> sums: array<f32, ${TILE}>;
var<workgroup> shrink: array<f32, ${TILE}>;
${entry}
  let b = i32(group.z);
  let h = i32(group.y);
  let kh = i32(group.y / P.group);
  let top = i32(group.x) * ${TILE};
  let q_base = P.q_o + b * P.q_0 + h * P.q_1;
  let k_base = P.k_o + b * P.k_0 + kh * P.k_1;
  let v_base = P.v_o + b * P.v_0 + kh * P.v_1;
  if (lane < ${TILE}u) { most[lane] = -infinity(); sums[lane] = 0.0; }
  ${chunks.map((n) => declare(`out${n}_`)).join("\n  ")}
  // Keys that one of these queries sees
  let shift = P.keys - P.queries;
  let first = max(0, top + shift - P.left) / ${TILE} * ${TILE};
  let end = min(P.keys, min(top + ${TILE}, P.queries) + shift + P.right);
  for (var start = first; start < end; start += ${TILE}) {
    ${declare("s")}
    for (var e = 0; e < i32(P.width); e += ${TILE}) {
      ${stage("left", "q", "q_base", { row: "top", rows: "P.queries", column: "e", columns: "i32(P.width)" })}
      ${stage("right", "k", "k_base", { row: "start", rows: "P.keys", column: "e", columns: "i32(P.width)" })}
      workgroupBarrier();
      { ${multiplyRows("s", "left", "right")} }
      workgroupBarrier();
    }
    ${storeCells("scores", "s")}
    workgroupBarrier();
    // Four invocations a row
    let row = lane / 4u;
    let line = row * ${TILE + 1}u + lane % 4u;
    var high = most[row];
    for (var j = 0u; j < ${TILE}u; j += 4u) {
      let s = score(b, h, top + i32(row), start + i32(lane % 4u + j), scores[line + j]);
      scores[line + j] = s;
      high = larger(high, s);
    }
    parts[lane] = high;
    workgroupBarrier();
    if (lane < ${TILE}u) {
      let before = most[lane];
      let now = larger(larger(parts[4u * lane], parts[4u * lane + 1u]), larger(parts[4u * lane + 2u], parts[4u * lane + 3u]));
      shrink[lane] = select(exp_(before - now), 1.0, isInf(now) && now < 0.0);
      most[lane] = now;
    }
    workgroupBarrier();
    let base = select(most[row], 0.0, isInf(most[row]) && most[row] < 0.0);
    var sum = 0.0;
    for (var j = 0u; j < ${TILE}u; j += 4u) {
      let p = exp_(scores[line + j] - base);
      sum += p;
      scores[line + j] = p${shape.dropout ? ` * kept(b, h, top + i32(row), start + i32(lane % 4u + j))` : ""};
    }
    parts[lane] = sum;
    workgroupBarrier();
    if (lane < ${TILE}u) {
      sums[lane] = sums[lane] * shrink[lane] + ((parts[4u * lane] + parts[4u * lane + 1u]) + (parts[4u * lane + 2u] + parts[4u * lane + 3u]));
    }
    ${ROWS.map((r) => `let shrink${r} = shrink[y + ${16 * r}u];`).join(" ")}
    ${chunks.map((n) => cells((r, c) => `out${n}_${r}${c} *= shrink${r};`)).join("\n    ")}
    ${chunks
      .map(
        (n) => `{
      ${stage("right", "v", "v_base", { row: "start", rows: "P.keys", column: `${n * TILE}`, columns: "i32(P.valueWidth)" })}
      workgroupBarrier();
      ${multiply(`out${n}_`, "scores", "right")}
      workgroupBarrier();
    }`,
      )
      .join("\n    ")}
  }
  workgroupBarrier();
  ${ROWS.map((r) => `let total${r} = sums[y + ${16 * r}u]; let factor${r} = select(1.0 / total${r}, 0.0, total${r} == 0.0);`).join("\n  ")}
  let out_base = P.out_o + b * P.out_0 + h * P.out_1;
  ${chunks
    .map((n) =>
      cells(
        (r, c) => `if (top + ${rowOf(r)} < P.queries && ${n * TILE} + ${columnOf(c)} < i32(P.valueWidth)) {
    out[out_base + (top + ${rowOf(r)}) * P.out_2 + ${n * TILE} + ${columnOf(c)}] = out${n}_${r}${c} * factor${r};
  }`,
      ),
    )
    .join("\n  ")}
  if (lane < ${TILE}u && top + i32(lane) < P.queries) {
    let total = sums[lane];
    lse[P.lse_o + b * P.lse_0 + h * P.lse_1 + top + i32(lane)] = select(most[lane] + log_(total), -infinity(), total == 0.0);
  }
}`;
}
