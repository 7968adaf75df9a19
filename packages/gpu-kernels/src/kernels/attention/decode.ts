/**
 * Attention of few queries, forward (Dao, Haziza, Massa & Sizov 2023, "Flash-Decoding").
 *
 * One idea: what takes time is to read keys and values, so that all of the GPU has to read. The keys are cut into parts;
 * a workgroup gives one part's sums to the rows (queries of all heads that share the keys), and a second pass adds the
 * parts up. Eight invocations stand side by side on a key; each has eight keys and its part of the width at once.
 */
import type { FusedKernels, View } from "@saccade/core/backend";
import { library } from "../../wgsl/library.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import type { Launcher } from "../launch.ts";
import { combineParts, MOST_PARTS } from "./decode-parts.ts";
import { modViews } from "./mods.ts";
import { LOWEST, scoreFunctions, scoreLibrary } from "./scores.ts";
import {
  type AttentionShape,
  base,
  keyOf,
  Operands,
  type ScoreInputs,
  setUniforms,
  shapeOf,
} from "./shape.ts";
import { each, steps } from "./tiles.ts";

/** Invocations of a workgroup, those that share a key, and keys of a round: each invocation has eight. */
const LANES = 128;
const ACROSS = 8;
const DEEP = LANES / ACROSS;
const KEYS = 8;
const ROUND = DEEP * KEYS;
/** Queries that are few. */
export const FEW = 4;
/** Rounds that take no longer than adding parts up would. */
const SHORT = 4;
/** Workgroups that fill a GPU: there are no more parts. */
const ENOUGH = MOST_PARTS;

export function attentionOfFew(
  launcher: Launcher,
  inputs: Readonly<FusedKernels["attention"]["inputs"]>,
  [out, lse]: Readonly<FusedKernels["attention"]["outputs"]>,
  attrs: FusedKernels["attention"]["attrs"],
): void {
  const [q, k, v, mask, bias, slopes, ranges, sinks, ...more] = inputs;
  const [B, H, T] = q.shape;
  const [, K, S] = k.shape;
  const rows = rowsOf(inputs);
  const shape = shapeOf(inputs, attrs);
  const blocks = Math.ceil(((H / K) * T) / rows);
  const seen = attrs.windowLeft >= 0 && attrs.causal ? Math.min(S, attrs.windowLeft + T) : S;
  const rounds = Math.max(1, Math.ceil(seen / ROUND));
  const fill = Math.max(1, Math.ceil(ENOUGH / Math.max(1, blocks * K * B)));
  const wanted = rounds <= SHORT ? 1 : Math.min(rounds, fill);
  const span = Math.ceil(rounds / wanted) * ROUND;
  const parts = Math.max(1, Math.ceil((rounds * ROUND) / span));
  const reads = { q, k, v, mask, bias, slopes, ranges, sinks, ...modViews(more, attrs, 1) };
  const run = (writes: Record<string, View>): void => {
    const u = new Uniforms();
    setUniforms(u, inputs, attrs);
    u.i32("span", span).u32("parts", parts);
    const operands = new Operands(u, reads, writes);
    launcher.launch({
      key: `attention few ${keyOf(shape)}/${rows} ${parts > 1} ${operands.key}`,
      uniforms: u,
      reads: operands.reads,
      writes: operands.writes,
      source: () =>
        operands.declarations() +
        library(scoreLibrary(shape)) +
        scoreFunctions(shape, operands, 1) +
        partMain(shape, operands, { rows, parts: parts > 1, unrolled: !launcher.facts.software }),
      workgroups: [blocks * parts, K, B],
    });
  };
  if (parts === 1) {
    run({ out, lse });
    return;
  }
  const across = ACROSS * shape.valueChunks + 1;
  launcher.scratch(16 * B * H * T * parts * across, (buffer) => {
    const size = 4 * B * H * T * parts * across;
    const sums: View = { buffer, dtype: "f32", shape: [size], strides: [1], offset: 0 };
    run({ sums });
    combineParts(launcher, sums, [out, lse], { parts, across });
  });
}

/** Rows that a workgroup has: as many as there are, and registers allow. */
function rowsOf([q, k, v]: ScoreInputs): number {
  const rows = (q.shape[1] / k.shape[1]) * q.shape[2];
  const most = Math.max(q.shape[3], v.shape[3]) > 64 ? 2 : 4;
  return rows >= most ? most : rows >= 2 ? 2 : 1;
}

/** What a workgroup needs of shared memory, in bytes. */
export function sharedBytesOfFew(inputs: ScoreInputs): number {
  const rows = rowsOf(inputs);
  const chunks = Math.ceil(inputs[2].shape[3] / 32);
  return 4 * rows * ROUND * (ACROSS + 1 + 1) + 16 * DEEP * ACROSS * chunks;
}

function partMain(
  shape: AttentionShape,
  operands: Operands,
  { rows, parts, unrolled }: { readonly rows: number; readonly parts: boolean; readonly unrolled: boolean },
): string {
  const { widthChunks, valueChunks } = shape;
  const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  const vectors = (n: number, f: (r: number, c: number) => string): string =>
    each(rows, (r) =>
      range(n)
        .map((c) => f(r, c))
        .join(" "),
    );
  const width = ACROSS * valueChunks;
  // Values are on their way while scores are made, where registers hold them.
  const early = unrolled && valueChunks <= 2;
  const loadValues = (key: string, name: string): string =>
    range(valueChunks)
      .map((c) => `let ${name}_${c} = load_v(v_base, j0 + i32(${key}), i32(x + ${ACROSS * c}u));`)
      .join(" ");
  const allValues = each(KEYS, (key) => loadValues(`${key}u`, `v${key}`));
  return `var<workgroup> products: array<array<f32, ${ACROSS + 1}>, ${rows * ROUND}>;
var<workgroup> scores: array<f32, ${rows * ROUND}>;
var<workgroup> merged: array<array<vec4<f32>, ${width}>, ${DEEP}>;
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let x = lane % ${ACROSS}u;
  let y = lane / ${ACROSS}u;
  let part = group.x % P.parts;
  let block = i32(group.x / P.parts) * ${rows};
  let kh = i32(group.y);
  let b = i32(group.z);
  ${base("k", "kh")}
  ${base("v", "kh")}
  // Rows go through the heads of the group, then through the queries
  let count = P.group * P.queries;
  ${each(
    rows,
    (
      r,
    ) => `let row${r} = min(block + ${r}, count - 1); let h${r} = kh * P.group + row${r} % P.group; let i${r} = row${r} / P.group;
  let q${r}_base = P.q_o + b * P.q_0 + h${r} * P.q_1;
  var most${r} = ${LOWEST}; var sum${r} = 0.0;
  ${operands.has("sinks") ? beginWithSink(operands, r) : ""}`,
  )}
  ${vectors(widthChunks, (r, c) => `let q${r}_${c} = load_q(q${r}_base, i${r}, i32(x + ${ACROSS * c}u));`)}
  ${vectors(valueChunks, (r, c) => `var out${r}_${c} = vec4<f32>();`)}
  let first = firstKey(b, i0) + i32(part) * P.span;
  let end = min(endKey(b, i${rows - 1}), first + P.span);
  for (var start = first; start < end; start += ${ROUND}) {
    ${shape.maskMod ? skipRound(rows) : ""}
    let j0 = start + i32(${KEYS}u * y);
    ${steps(
      KEYS,
      "key",
      unrolled,
      (key) => `{
      ${range(widthChunks)
        .map((c) => `let k${c} = load_k(k_base, j0 + i32(${key}), i32(x + ${ACROSS * c}u));`)
        .join(" ")}
      ${each(
        rows,
        (r) =>
          `products[${r * ROUND}u + ${KEYS}u * y + ${key}][x] = ${range(widthChunks)
            .map((c) => `dot(q${r}_${c}, k${c})`)
            .join(" + ")};`,
      )}
    }`,
    )}
    ${early ? allValues : ""}
    workgroupBarrier();
    ${each(
      rows,
      (r) => `{
      let at = ${r * ROUND}u + lane;
      var product = 0.0;
      for (var n = 0u; n < ${ACROSS}u; n++) { product += products[at][n]; }
      let s = score(b, h${r}, i${r}, j0 + i32(x), product${shape.maskMod ? `, seen${r}` : ""});
      scores[at] = select(s, -infinity(), j0 + i32(x) >= end);
    }`,
    )}
    workgroupBarrier();
    ${each(
      rows,
      (r) => `var now${r} = most${r};
    for (var n = 0u; n < ${KEYS}u; n++) { now${r} = max(now${r}, scores[${r * ROUND}u + ${KEYS}u * y + n]); }
    let shrink${r} = power(vec4<f32>(most${r} - now${r})).x;
    most${r} = now${r};
    let weight${r} = power(vec4<f32>(scores[${r * ROUND}u + lane] - now${r})).x;
    sum${r} = sum${r} * shrink${r} + weight${r};
    products[${r * ROUND}u + lane][0] = weight${r}${shape.dropout ? ` * keptFour(b, h${r}, i${r}, j0 + i32(x))[(j0 + i32(x)) & 3]` : ""};`,
    )}
    workgroupBarrier();
    ${vectors(valueChunks, (r, c) => `out${r}_${c} *= shrink${r};`)}
    ${steps(KEYS, "key", unrolled, (key) => {
      const name = early ? `v${key.replace("u", "")}` : "v";
      return `{ ${early ? "" : loadValues(key, name)}
      ${vectors(valueChunks, (r, c) => `out${r}_${c} += products[${r * ROUND}u + ${KEYS}u * y + ${key}][0] * ${name}_${c};`)} }`;
    })}
    workgroupBarrier();
  }
  ${each(rows, (r) => finish(operands, r, { width, valueChunks, parts }))}
}`;
}

/** The first of the parts begins with the sink. */
function beginWithSink(operands: Operands, r: number): string {
  return `{
    let sink = ${operands.element("sinks", `P.sinks_o + h${r} * P.sinks_0`)};
    most${r} = max(most${r}, sink);
    if (lane == 0u && part == 0u && !(isInf(sink) && sink < 0.0)) { sum${r} = 1.0; }
  }`;
}

/** Goes on to the next round where no row sees anything of this one. */
function skipRound(rows: number): string {
  const seen = Array.from({ length: rows }, (_, r) => `seen${r}`);
  return `${seen.map((name, r) => `let ${name} = seenOf(b, h${r}, i${r}, 1, start, ${ROUND});`).join("\n    ")}
    if (${seen.join(" + ")} == 0) { continue; }`;
}

/** Adds up what the invocations have of row r, and stores it: the result, or a part's sums. */
function finish(
  operands: Operands,
  r: number,
  {
    width,
    valueChunks,
    parts,
  }: { readonly width: number; readonly valueChunks: number; readonly parts: boolean },
): string {
  const at = `(((b * P.heads + h${r}) * P.queries + i${r}) * i32(P.parts) + i32(part)) * ${width + 1}`;
  const store = parts
    ? `for (var c = 0; c < 4; c++) { sums[P.sums_o + 4 * (${at} + i32(n)) + c] = total[c]; }`
    : `store_out(P.out_o + b * P.out_0 + h${r} * P.out_1, i${r}, i32(n), total * factor);`;
  const storeSums = parts
    ? `sums[P.sums_o + 4 * (${at} + ${width})] = highest; sums[P.sums_o + 4 * (${at} + ${width}) + 1] = sum;`
    : operands.assign(
        "lse",
        `P.lse_o + b * P.lse_0 + h${r} * P.lse_1 + i${r} * P.lse_2`,
        "select(highest + log_(sum), -infinity(), sum == 0.0)",
      );
  return `{
    workgroupBarrier();
    scores[lane] = most${r};
    workgroupBarrier();
    var highest = ${LOWEST};
    for (var n = 0u; n < ${DEEP}u; n++) { highest = max(highest, scores[${ACROSS}u * n]); }
    let shrink = power(vec4<f32>(most${r} - highest)).x;
    workgroupBarrier();
    scores[lane] = sum${r} * shrink;
    ${each(valueChunks, (c) => `merged[y][x + ${ACROSS * c}u] = out${r}_${c} * shrink;`)}
    workgroupBarrier();
    var sum = 0.0;
    for (var n = 0u; n < ${LANES}u; n++) { sum += scores[n]; }
    let factor = select(1.0 / sum, 0.0, sum == 0.0);
    if (block + ${r} < count) {
      for (var n = lane; n < ${width}u; n += ${LANES}u) {
        var total = vec4<f32>();
        for (var m = 0u; m < ${DEEP}u; m++) { total += merged[m][n]; }
        ${store}
      }
      if (lane == 0u) { ${storeSums} }
    }
  }`;
}
