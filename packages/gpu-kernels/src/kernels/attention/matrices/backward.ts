/**
 * Attention of halves, backward, by subgroup matrices (Dao 2023, algorithm 2).
 *
 * One idea: two passes that differ in little, as in the kernels without them. A pass keeps a tile of rows (of queries and
 * dOut, or of keys and values) and walks over the others: two products make scores and gradients of weights, which pass
 * through shared memory to become weights and gradients of scores in halves; these times what is walked over are dq, or dv
 * and dk. No two workgroups add to one place.
 *
 * A tile of 64 x 32 scores of heads 64 wide moves 8 KiB from memory; over keys it is 0.8 MFLOP and 76 KiB to and from shared
 * memory, over queries 1.0 MFLOP and 96 KiB. One of 32 x 32 scores of heads 128 wide has as many FLOP, 16 KiB, 86 KiB and 108 KiB.
 * Shared memory is 27 KiB and 31 KiB.
 */
import type { FusedKernels, View } from "@saccade/core/backend";
import { library } from "../../../wgsl/library.ts";
import { Uniforms } from "../../../wgsl/uniforms.ts";
import type { Launcher } from "../../launch.ts";
import type { RowView } from "../row-views.ts";
import { spanFunctions } from "../scores.ts";
import { base, setUniforms } from "../shape.ts";
import { backwardMemory, type MatrixLayout } from "./layout.ts";
import { countOf, OctetOperands } from "./operands.ts";
import {
  declareFetched,
  declareResults,
  each,
  entry,
  fetch,
  floats,
  halfFunctions,
  keep,
  multiplyWeights,
  score,
  stage,
  storeRows,
} from "./squares.ts";

type Inputs = Readonly<FusedKernels["attentionBackward"]["inputs"]>;
type Attrs = FusedKernels["attentionBackward"]["attrs"];

/** A pass: what it keeps, what it walks over, and what it writes. */
interface Side {
  readonly kept: readonly [RowView, RowView];
  readonly walked: readonly [RowView, RowView];
  /** The gradient of what is kept first; that of values, where they are kept. */
  readonly gradient: "dq" | "dk";
  readonly values: boolean;
}

const querySide: Side = { kept: ["q", "dOut"], walked: ["k", "v"], gradient: "dq", values: false };
const keySide: Side = { kept: ["k", "v"], walked: ["q", "dOut"], gradient: "dk", values: true };

interface BackwardShape {
  readonly softcap: boolean;
  readonly ranges: boolean;
  /** What is walked over is whole tiles. */
  readonly whole: boolean;
}

export function attentionBackwardByMatrices(
  launcher: Launcher,
  layout: MatrixLayout,
  inputs: Inputs,
  [dq, dk, dv]: readonly View[],
  attrs: Attrs,
): void {
  const [q, k] = inputs;
  const [B, H, T] = q.shape;
  const [, K, S] = k.shape;
  pass(launcher, querySide, layout, inputs, { dq }, attrs, [Math.ceil(T / layout.rows), H, B]);
  pass(launcher, keySide, layout, inputs, { dk, dv }, attrs, [Math.ceil(S / layout.rows), K, B]);
}

function pass(
  launcher: Launcher,
  side: Side,
  layout: MatrixLayout,
  inputs: Inputs,
  writes: Readonly<Record<string, View>>,
  attrs: Attrs,
  workgroups: readonly [number, number, number],
): void {
  const [q, k, v, , , , ranges, lse, delta, dOut] = inputs;
  const walked = side.values ? [q, dOut] : [k, v];
  const whole = walked.every(
    ({ shape }) => shape[2] % layout.columns === 0 && shape[3] === 8 * layout.octets,
  );
  const shape = { softcap: attrs.softcap > 0, ranges: ranges !== null, whole };
  const u = new Uniforms();
  setUniforms(u, inputs, attrs);
  u.f32("rate", attrs.scale * Math.LOG2E);
  const operands = new OctetOperands(u, { q, k, v, ranges, lse, delta, dOut }, writes);
  launcher.launch({
    key: `attentionBackward matrices ${side.gradient} ${layout.key} ${Object.values(shape).map(Number).join("")}/${operands.key}`,
    uniforms: u,
    reads: operands.reads,
    writes: operands.writes,
    extensions: ["subgroups", "chromium_experimental_subgroup_matrix"],
    source: () =>
      operands.declarations() +
      library(["isNan", "isInf", ...(shape.softcap ? ["tanh_"] : [])]) +
      spanFunctions(shape.ranges) +
      halfFunctions +
      rowFunctions(shape) +
      (side.values ? keyPass(shape, layout) : queryPass(shape, layout)),
    workgroups,
  });
}

/**
 * `logSum`: the log-sum-exp of a row as a power of two, or what makes weights 0 where the row saw nothing. `innerProduct`: its
 * delta. `weightOf`: of products and what is subtracted; NaN stays. `slopeOf`: the gradient of products, but for their scale.
 */
function rowFunctions({ softcap }: BackwardShape): string {
  const at = (name: string): string =>
    `${name}[P.${name}_o + b * P.${name}_0 + h * P.${name}_1 + i * P.${name}_2]`;
  const bent = "P.softcap * vec4<f32>(tanh_(t.x), tanh_(t.y), tanh_(t.z), tanh_(t.w))";
  return `fn logSum(b: i32, h: i32, i: i32) -> f32 {
  let sum = ${at("lse")};
  return select(sum * 1.44269504, 3.0e38, isInf(sum) && sum < 0.0);
}
fn innerProduct(b: i32, h: i32, i: i32) -> f32 { return ${at("delta")}; }
fn weightOf(product: vec4<f32>, sum: vec4<f32>) -> vec4<f32> {
  ${softcap ? `let t = product * P.scale / P.softcap;\n  let x = ${bent} * 1.44269504 - sum;` : "let x = product * P.rate - sum;"}
  return select(powerOfTwo(x), x, (bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u));
}
fn slopeOf(product: vec4<f32>, weight: vec4<f32>, change: vec4<f32>) -> vec4<f32> {
  ${softcap ? `let t = product * P.scale / P.softcap;\n  let c = ${bent} / P.softcap;\n  let slope = weight * (change * (1.0 - c * c));` : "let slope = weight * change;"}
  return select(slope, vec4<f32>(), weight == vec4<f32>());
}
`;
}

/** Brings a tile of what is walked over to registers. */
function fetchBoth(layout: MatrixLayout, { walked }: Side, first: string, whole: boolean): string {
  return walked
    .map((name) => fetch(layout, layout.columns, `next_${name}`, name, first, whole))
    .join("\n    ");
}

/** From registers to scores and gradients of weights, which are there behind a barrier. `more`: what else is staged. */
function products(layout: MatrixLayout, { kept, walked }: Side, next: string, more = ""): string {
  const memory = backwardMemory(layout);
  return `${walked.map((name, n) => stage(layout, layout.columns, `next_${name}`, memory.walked[n])).join("\n    ")}
    ${more}
    workgroupBarrier();
    ${next}
    ${score(layout, kept[0], layout.depth, memory.walked[0], memory.scores)}
    ${score(layout, kept[1], layout.valueDepth, memory.walked[1], memory.gradients)}
    workgroupBarrier();`;
}

/** Keeps rows from `first` on, in registers, by way of the memory of scores; declares registers of what is walked over. */
function begin(layout: MatrixLayout, { kept, walked }: Side, first: string): string {
  const { scores } = backwardMemory(layout);
  const [one, two] = kept;
  return `${keep(layout, one, layout.depth, first, scores)}
  workgroupBarrier();
  ${keep(layout, two, layout.valueDepth, first, scores)}
  ${walked.map((name) => declareFetched(layout, layout.columns, `next_${name}`)).join("\n  ")}`;
}

/** Places of an invocation's scores and gradients of weights, and of what these become. */
function places({ quads, scoreLine }: MatrixLayout, memory: ReturnType<typeof backwardMemory>): string {
  const { scores, gradients, weights, slopes } = memory;
  return `let cells = row * ${scoreLine}u + part * ${quads}u;
  let scores = ${scores}u + cells;
  let gradients = ${gradients}u + cells;
  let octets = row * ${weights.line}u + part * ${weights.each}u;
  let weights = ${weights.first}u + octets;
  let slopes = ${slopes.first}u + octets;`;
}

const columnsOf = (n: number): string => `vec4<i32>(${[0, 1, 2, 3].map((c) => 4 * n + c).join(", ")})`;

function queryPass(shape: BackwardShape, layout: MatrixLayout): string {
  const { rows, columns, across, quads } = layout;
  const memory = backwardMemory(layout);
  const next = `if (start + ${columns} < end) {
      ${fetchBoth(layout, querySide, `(start + ${columns})`, shape.whole)}
    }`;
  const place = (n: number): string => `(${columnsOf(n)} + start)`;
  return `${entry(layout, memory.vectors, "")}
  let b = i32(group.z);
  let h = i32(group.y);
  let kh = h / P.group;
  let top = i32(groups.x - 1u - group.x) * ${rows};
  ${(["q", "dOut"] as const).map((name) => base(name, "h")).join("\n  ")}
  ${(["k", "v"] as const).map((name) => base(name, "kh")).join("\n  ")}
  let last = min(top + ${rows}, P.queries) - 1;
  let i = min(top + i32(row), last);
  let seenFrom = vec4<i32>(firstKey(b, i) - i32(part) * ${4 * quads});
  let seenTo = vec4<i32>(endKey(b, i) - i32(part) * ${4 * quads});
  let sum = vec4<f32>(logSum(b, h, i));
  let inner = innerProduct(b, h, i);
  ${places(layout, memory)}
  ${begin(layout, querySide, "top")}
  ${declareResults(layout, "dq", across)}
  let end = endKey(b, last);
  var start = firstKey(b, top) / ${columns} * ${columns};
  if (start < end) {
    ${fetchBoth(layout, querySide, "start", shape.whole)}
  }
  for (; start < end; start += ${columns}) {
    ${products(layout, querySide, next)}
    ${each(
      quads,
      (n) => `let s${n} = ${floats(`scores + ${n}u`)};
    var p${n} = weightOf(s${n}, sum);`,
    )}
    if (start + ${columns} > endKey(b, top) || start < firstKey(b, last)) {
      ${each(quads, (n) => `p${n} = select(vec4<f32>(), p${n}, (${place(n)} >= seenFrom) & (${place(n)} < seenTo));`)}
    }
    ${each(quads, (n) => `let d${n} = slopeOf(s${n}, p${n}, ${floats(`gradients + ${n}u`)} - inner);`)}
    ${each(quads / 2, (n) => `memory[slopes + ${n}u] = weightsOf(d${2 * n}, d${2 * n + 1});`)}
    workgroupBarrier();
    ${multiplyWeights(layout, "dq", across, memory.slopes, memory.walked[0])}
    workgroupBarrier();
  }
  ${base("dq", "h")}
  ${storeRows(layout, "dq", "dq", across, memory.patches, "top", "P.scale")}
}`;
}

function keyPass(shape: BackwardShape, layout: MatrixLayout): string {
  const { rows, columns, across, valueAcross, quads } = layout;
  const memory = backwardMemory(layout);
  const declared = `var<workgroup> sums: array<f32, ${columns}>;
var<workgroup> inners: array<f32, ${columns}>;
var<workgroup> seenFrom: array<i32, ${columns}>;
var<workgroup> seenTo: array<i32, ${columns}>;`;
  const next = `if (top + ${columns} < end) {
      ${fetchBoth(layout, keySide, `(top + ${columns})`, shape.whole)}
    }`;
  const column = (name: string, n: number): string => {
    const places = [0, 1, 2, 3].map((c) => `${name}[part * ${4 * quads}u + ${4 * n + c}u]`);
    return `vec4<${name.startsWith("seen") ? "i32" : "f32"}>(${places.join(", ")})`;
  };
  return `${entry(layout, memory.vectors, declared)}
  let b = i32(group.z);
  let kh = i32(group.y);
  let start = i32(group.x) * ${rows};
  ${(["k", "v"] as const).map((name) => base(name, "kh")).join("\n  ")}
  let j = vec4<i32>(start + i32(row));
  ${places(layout, memory)}
  ${begin(layout, keySide, "start")}
  ${declareResults(layout, "dk", across)}
  ${declareResults(layout, "dv", valueAcross)}
  ${shape.ranges ? "let first = 0; let end = P.queries;" : bounds(layout)}
  for (var h = kh * P.group; h < (kh + 1) * P.group; h++) {
    ${(["q", "dOut"] as const).map((name) => base(name, "h")).join("\n    ")}
    if (first < end) {
      ${fetchBoth(layout, keySide, "first", shape.whole)}
    }
    for (var top = first; top < end; top += ${columns}) {
      let last = min(top + ${columns}, P.queries) - 1;
      ${shape.ranges ? `if (endKey(b, last) <= start || firstKey(b, top) >= start + ${rows}) { ${next} continue; }` : ""}
      ${products(layout, keySide, next, stageColumns(columns))}
      ${each(
        quads,
        (n) => `let s${n} = ${floats(`scores + ${n}u`)};
      var p${n} = weightOf(s${n}, ${column("sums", n)});`,
      )}
      if (start + ${rows} > endKey(b, top) || start < firstKey(b, last)) {
        ${each(quads, (n) => `p${n} = select(vec4<f32>(), p${n}, (j >= ${column("seenFrom", n)}) & (j < ${column("seenTo", n)}));`)}
      }
      ${each(quads, (n) => `let d${n} = slopeOf(s${n}, p${n}, ${floats(`gradients + ${n}u`)} - ${column("inners", n)});`)}
      ${each(
        quads / 2,
        (n) => `memory[weights + ${n}u] = weightsOf(p${2 * n}, p${2 * n + 1});
      memory[slopes + ${n}u] = weightsOf(d${2 * n}, d${2 * n + 1});`,
      )}
      workgroupBarrier();
      ${multiplyWeights(layout, "dv", valueAcross, memory.weights, memory.walked[1])}
      ${multiplyWeights(layout, "dk", across, memory.slopes, memory.walked[0])}
      workgroupBarrier();
    }
  }
  ${(["dk", "dv"] as const).map((name) => base(name, "kh")).join("\n  ")}
  ${storeRows(layout, "dk", "dk", across, memory.patches, "start", "P.scale")}
  ${storeRows(layout, "dv", "dv", valueAcross, memory.patches, "start", "1.0")}
}`;
}

/** What is known of the queries of a tile; those beyond the last have weights of 0. */
function stageColumns(columns: number): string {
  return `if (lane < ${columns}u) {
      let query = top + i32(lane);
      let i = min(query, P.queries - 1);
      sums[lane] = select(logSum(b, h, i), 3.0e38, query != i);
      inners[lane] = innerProduct(b, h, i);
      seenFrom[lane] = firstKey(b, i);
      seenTo[lane] = endKey(b, i);
    }`;
}

/** Queries that see one of these keys. */
function bounds({ rows, columns }: MatrixLayout): string {
  return `let shift = P.keys - P.queries;
  let first = max(0, start - shift - P.right) / ${columns} * ${columns};
  let end = min(${countOf("q")}, min(start + ${rows}, P.keys) - shift + P.left);`;
}
