/**
 * Attention, backward (Dao et al. 2022, algorithm 4; Dao 2023): scores are computed again, from q, k and the
 * log-sum-exp.
 *
 * One idea: two passes, so that no two workgroups add to one place. The first keeps 32 queries, walks over keys, and
 * makes dq (and dBias); the second keeps 32 keys, walks over all queries of the heads that share them, and makes dk
 * and dv.
 */
import type { FusedKernels, View } from "@saccade/core/backend";
import { library } from "../../wgsl/library.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import type { Launcher } from "../launch.ts";
import { map } from "../map.ts";
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

type Inputs = Readonly<FusedKernels["attentionBackward"]["inputs"]>;

export function attentionBackward(
  launcher: Launcher,
  inputs: Inputs,
  [dq, dk, dv, dBias]: Readonly<FusedKernels["attentionBackward"]["outputs"]>,
  attrs: FusedKernels["attentionBackward"]["attrs"],
): void {
  const [q, k] = inputs;
  const [B, H, T] = q.shape;
  const [, K, S] = k.shape;
  if (dBias) {
    // Blocks that nobody sees are not visited.
    map(launcher, { key: "zeros", inputs: [], output: dBias, expression: "0.0" });
  }
  const queryWrites: Record<string, View> = dBias ? { dq, dBias } : { dq };
  pass(launcher, { name: dBias ? "dq dBias" : "dq", inputs, writes: queryWrites, attrs, main: queryMain }, [
    Math.ceil(T / TILE),
    H,
    B,
  ]);
  pass(launcher, { name: "dk dv", inputs, writes: { dk, dv }, attrs, main: keyMain }, [
    Math.ceil(S / TILE),
    K,
    B,
  ]);
}

interface Pass {
  readonly name: string;
  readonly inputs: Inputs;
  readonly writes: Readonly<Record<string, View>>;
  readonly attrs: FusedKernels["attentionBackward"]["attrs"];
  readonly main: (shape: AttentionShape, dBias: boolean) => string;
}

function pass(
  launcher: Launcher,
  { name, inputs, writes, attrs, main }: Pass,
  workgroups: readonly [number, number, number],
): void {
  const [q, k, v, mask, bias, , , lse, delta, dOut] = inputs;
  const shape = shapeOf(inputs, attrs);
  const reads = { q, k, v, mask, bias, lse, delta, dOut };
  const u = new Uniforms();
  setUniforms(u, { ...reads, ...writes }, inputs, attrs);
  launcher.launch({
    key: `attentionBackward ${name} ${keyOf(shape)}`,
    uniforms: u,
    reads: Object.values(reads).filter((view) => view !== null),
    writes: Object.values(writes),
    source: () =>
      bindings(reads, writes) +
      library(scoreLibrary(shape)) +
      scoreFunctions(shape) +
      slopeFunction(shape) +
      main(shape, "dBias" in writes),
    workgroups,
  });
}

/** The weight p, and the gradient of the score before scale and cap (x) and of the biased score (y). */
function slopeFunction(shape: AttentionShape): string {
  return `struct Slope { weight: f32, product: f32, biased: f32 }
fn slope(b: i32, h: i32, i: i32, j: i32, product: f32, upstream: f32) -> Slope {
  if (!sees(i, j)) { return Slope(0.0, 0.0, 0.0); }
  let sum = lse[P.lse_o + b * P.lse_0 + h * P.lse_1 + i * P.lse_2];
  let s = score(b, h, i, j, product);
  let p = select(exp_(s - sum), 0.0, isInf(sum) && sum < 0.0);
  let keep = ${shape.dropout ? "kept(b, h, i, j)" : "1.0"};
  let biased = p * (upstream * keep - delta[P.delta_o + b * P.delta_0 + h * P.delta_1 + i * P.delta_2]);
  ${shape.softcap ? "let t = tanh_(product * P.scale / P.softcap);" : ""}
  let inner = biased * P.scale${shape.softcap ? " * (1.0 - t * t)" : ""};
  return Slope(p * keep, select(inner, 0.0, p == 0.0), select(biased, 0.0, p == 0.0));
}
`;
}

const shared = ["left", "right", "slopes", "weights"].map(sharedTile).join("");

/** Turns the products of the tile at (top, start) into slopes and weights, and does `more` with each slope `d`. */
function slopesOfTile(more: string): string {
  return `${storeCells("slopes", "s")}
    ${storeCells("weights", "g")}
    workgroupBarrier();
    for (var n = lane; n < ${TILE * TILE}u; n += ${GROUP_SIZE}u) {
      let at = n / ${TILE}u * ${TILE + 1}u + n % ${TILE}u;
      let i = top + i32(n / ${TILE}u);
      let j = start + i32(n % ${TILE}u);
      let d = slope(b, h, i, j, slopes[at], weights[at]);
      slopes[at] = d.product;
      weights[at] = d.weight;
      ${more}
    }
    workgroupBarrier();`;
}
const queryRows = { row: "top", rows: "P.queries" };
const keyRows = { row: "start", rows: "P.keys" };
const acrossWidth = { column: "e", columns: "i32(P.width)" };
const acrossValues = { column: "e", columns: "i32(P.valueWidth)" };

/** `s` and `g`: products of queries and keys, and of upstream gradients and values, for the tile at (top, start). */
const bothProducts = `
    ${declare("s")}
    ${declare("g")}
    for (var e = 0; e < i32(P.width); e += ${TILE}) {
      ${stage("left", "q", "q_base", { ...queryRows, ...acrossWidth })}
      ${stage("right", "k", "k_base", { ...keyRows, ...acrossWidth })}
      workgroupBarrier();
      { ${multiplyRows("s", "left", "right")} }
      workgroupBarrier();
    }
    for (var e = 0; e < i32(P.valueWidth); e += ${TILE}) {
      ${stage("left", "dOut", "dOut_base", { ...queryRows, ...acrossValues })}
      ${stage("right", "v", "v_base", { ...keyRows, ...acrossValues })}
      workgroupBarrier();
      { ${multiplyRows("g", "left", "right")} }
      workgroupBarrier();
    }`;

const bases = (head: string, keyHead: string): string => `
  let q_base = P.q_o + b * P.q_0 + ${head} * P.q_1;
  let k_base = P.k_o + b * P.k_0 + ${keyHead} * P.k_1;
  let v_base = P.v_o + b * P.v_0 + ${keyHead} * P.v_1;
  let dOut_base = P.dOut_o + b * P.dOut_0 + ${head} * P.dOut_1;`;

/** Stores the invocation's part of tile `n` of 32 rows from `first` on. */
function storeTiles(name: string, sums: string, tiles: number, rows: Place): string {
  return Array.from({ length: tiles }, (_, n) =>
    cells(
      (
        r,
        c,
      ) => `if (${rows.first} + ${rowOf(r)} < ${rows.limit} && ${n * TILE} + ${columnOf(c)} < i32(${rows.width})) {
    ${name}[P.${name}_o + b * P.${name}_0 + ${rows.head} * P.${name}_1 + (${rows.first} + ${rowOf(r)}) * P.${name}_2 + ${n * TILE} + ${columnOf(c)}] = ${sums}${n}_${r}${c};
  }`,
    ),
  ).join("\n  ");
}

interface Place {
  readonly first: string;
  readonly limit: string;
  readonly width: string;
  readonly head: string;
}

function queryMain(shape: AttentionShape, dBias: boolean): string {
  const chunks = Array.from({ length: shape.widthTiles }, (_, n) => n);
  return `${shared}${entry}
  let b = i32(group.z);
  let h = i32(group.y);
  let kh = i32(group.y / P.group);
  let top = i32(group.x) * ${TILE};
  ${bases("h", "kh")}
  ${chunks.map((n) => declare(`dq${n}_`)).join("\n  ")}
  let shift = P.keys - P.queries;
  let first = max(0, top + shift - P.left) / ${TILE} * ${TILE};
  let end = min(P.keys, min(top + ${TILE}, P.queries) + shift + P.right);
  for (var start = first; start < end; start += ${TILE}) {
    ${bothProducts}
    ${slopesOfTile(dBias ? "if (sees(i, j)) { dBias[P.dBias_o + b * P.dBias_0 + h * P.dBias_1 + i * P.dBias_2 + j] = d.biased; }" : "")}
    ${chunks
      .map(
        (n) => `{
      ${stage("right", "k", "k_base", { ...keyRows, column: `${n * TILE}`, columns: "i32(P.width)" })}
      workgroupBarrier();
      ${multiply(`dq${n}_`, "slopes", "right")}
      workgroupBarrier();
    }`,
      )
      .join("\n    ")}
  }
  ${storeTiles("dq", "dq", shape.widthTiles, { first: "top", limit: "P.queries", width: "P.width", head: "h" })}
}`;
}

function keyMain(shape: AttentionShape): string {
  const widths = Array.from({ length: shape.widthTiles }, (_, n) => n);
  const values = Array.from({ length: shape.valueTiles }, (_, n) => n);
  return `${shared}${entry}
  let b = i32(group.z);
  let kh = i32(group.y);
  let start = i32(group.x) * ${TILE};
  ${widths.map((n) => declare(`dk${n}_`)).join("\n  ")}
  ${values.map((n) => declare(`dv${n}_`)).join("\n  ")}
  // Queries that see one of these keys
  let shift = P.keys - P.queries;
  let first = max(0, start - shift - P.right) / ${TILE} * ${TILE};
  let end = min(P.queries, min(start + ${TILE}, P.keys) - shift + P.left);
  for (var member = 0; member < i32(P.group); member++) {
    let h = kh * i32(P.group) + member;
    ${bases("h", "kh")}
    for (var top = first; top < end; top += ${TILE}) {
      ${bothProducts}
      ${slopesOfTile("")}
      ${widths
        .map(
          (n) => `{
        ${stage("right", "q", "q_base", { ...queryRows, column: `${n * TILE}`, columns: "i32(P.width)" })}
        workgroupBarrier();
        ${multiply(`dk${n}_`, "slopes", "right", true)}
        workgroupBarrier();
      }`,
        )
        .join("\n      ")}
      ${values
        .map(
          (n) => `{
        ${stage("right", "dOut", "dOut_base", { ...queryRows, column: `${n * TILE}`, columns: "i32(P.valueWidth)" })}
        workgroupBarrier();
        ${multiply(`dv${n}_`, "weights", "right", true)}
        workgroupBarrier();
      }`,
        )
        .join("\n      ")}
    }
  }
  ${storeTiles("dk", "dk", shape.widthTiles, { first: "start", limit: "P.keys", width: "P.width", head: "kh" })}
  ${storeTiles("dv", "dv", shape.valueTiles, { first: "start", limit: "P.keys", width: "P.valueWidth", head: "kh" })}
}`;
}
