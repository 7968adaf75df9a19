/**
 * Attention of halves, forward, by subgroup matrices (Dao 2023, algorithm 1).
 *
 * One idea: as the kernel without them, but products are made of squares of 16 halves. Scores pass through shared memory, where
 * an invocation has a row (or half of one): their weights take their place, rounded to halves. Results stay in
 * registers, and are scaled anew only where a row's maximum has grown so much since that weights would pass 2^8 (to put it off is FlashAttention-4's idea):
 * until then weights are that much larger, in numerator and sum alike.
 *
 * A tile of 128 x 32 scores of heads 64 wide is 1.0 MFLOP, 8 KiB from memory, and 80 KiB to and from shared memory, of which it
 * takes 30.5 KiB; one of 64 x 32 scores of heads 128 wide 1.0 MFLOP, 16 KiB and 76 KiB, of 25.5 KiB.
 */
import type { FusedKernels } from "@saccade/core/backend";
import { library } from "../../../wgsl/library.ts";
import { Uniforms } from "../../../wgsl/uniforms.ts";
import type { Launcher } from "../../launch.ts";
import { range } from "../../matmul/repeat.ts";
import { spanFunctions } from "../scores.ts";
import { base, setUniforms } from "../shape.ts";
import { forwardMemory, type MatrixLayout } from "./layout.ts";
import { OctetOperands } from "./operands.ts";
import {
  declareFetched,
  declareResults,
  each,
  entry,
  fetch,
  floats,
  fromMemory,
  halfFunctions,
  keep,
  multiplyWeights,
  score,
  stage,
  storeRows,
  throughMemory,
} from "./squares.ts";

/** What a maximum starts from, far above what unseen scores are: so that their weights are 0. */
const START = "-0x1p+126f";
const UNSEEN = "-0x1.fffffep+127f";
/** By how much a maximum may grow before results are scaled anew, as a power of two. */
const TOLERATED = "8.0";

interface ForwardShape {
  readonly softcap: boolean;
  readonly ranges: boolean;
  readonly sinks: boolean;
  /** Keys and values are whole tiles. */
  readonly whole: boolean;
}

export function attentionByMatrices(
  launcher: Launcher,
  layout: MatrixLayout,
  inputs: Readonly<FusedKernels["attention"]["inputs"]>,
  [out, lse]: Readonly<FusedKernels["attention"]["outputs"]>,
  attrs: FusedKernels["attention"]["attrs"],
): void {
  const [q, k, v, , , , ranges, sinks] = inputs;
  const [B, H, T] = q.shape;
  const { columns, octets } = layout;
  const whole = k.shape[2] % columns === 0 && [k, v].every((view) => view.shape[3] === 8 * octets);
  const shape = { softcap: attrs.softcap > 0, ranges: ranges !== null, sinks: sinks !== null, whole };
  const u = new Uniforms();
  setUniforms(u, inputs, attrs);
  u.f32("rate", attrs.scale * Math.LOG2E).f32("cap", attrs.softcap * Math.LOG2E);
  const operands = new OctetOperands(u, { q, k, v, ranges, sinks }, { out, lse });
  launcher.launch({
    key: `attention matrices ${layout.key} ${Object.values(shape).map(Number).join("")}/${operands.key}`,
    uniforms: u,
    reads: operands.reads,
    writes: operands.writes,
    extensions: ["subgroups", "chromium_experimental_subgroup_matrix"],
    source: () =>
      operands.declarations() +
      library(["isNan", "isInf", "log_", ...(shape.softcap ? ["tanh_"] : [])]) +
      spanFunctions(shape.ranges) +
      halfFunctions +
      (shape.softcap ? capFunction : "") +
      forwardMain(shape, layout, operands),
    workgroups: [Math.ceil(T / layout.rows), H, B],
  });
}

/** A sink is a score whose weight goes nowhere: the first that a row meets. */
function beginWithSink(operands: OctetOperands): string {
  return `let sink = ${operands.element("sinks", "P.sinks_o + h * P.sinks_0")} * 1.44269504;
  let without = isInf(sink) && sink < 0.0;
  var most = select(max(sink, ${START}), ${START}, without);
  var sum = select(select(1.0, sink, isNan(sink)), 0.0, without || part != 0u);`;
}

const capFunction = `fn cap(x: vec4<f32>) -> vec4<f32> { return P.cap * vec4<f32>(tanh_(x.x), tanh_(x.y), tanh_(x.z), tanh_(x.w)); }
`;

const scaleHalves = (at: string): string => `memory[${at}] = bitcast<vec4<u32>>(${floats(at)} * shrink);
      memory[${at} + 1u] = bitcast<vec4<u32>>(${floats(`${at} + 1u`)} * shrink);`;

function forwardMain(shape: ForwardShape, layout: MatrixLayout, operands: OctetOperands): string {
  const { rows, columns, depth, valueAcross, scoreLine, quads, sharers } = layout;
  const memory = forwardMemory(layout);
  const { patches, weights } = memory;
  const next = `start + ${columns}`;
  return `${entry(layout, memory.vectors, "var<workgroup> grown: i32;")}
  let b = i32(group.z);
  let h = i32(group.y);
  let kh = h / P.group;
  // The last queries see most: they begin first.
  let top = i32(groups.x - 1u - group.x) * ${rows};
  ${base("q", "h")}
  ${base("k", "kh")}
  ${base("v", "kh")}
  let i = top + i32(row);
  let seenFrom = firstKey(b, min(i, P.queries - 1)) - i32(part) * ${4 * quads};
  let seenTo = endKey(b, min(i, P.queries - 1)) - i32(part) * ${4 * quads};
  let cells = ${memory.scores}u + row * ${scoreLine}u + part * ${quads}u;
  ${keep(layout, "q", depth, "top", memory.scores)}
  ${declareResults(layout, "out", valueAcross)}
  ${shape.sinks ? beginWithSink(operands) : `var most = ${START};\n  var sum = 0.0;`}
  let last = min(top + ${rows}, P.queries) - 1;
  let end = endKey(b, last);
  var start = firstKey(b, top) / ${columns} * ${columns};
  ${declareFetched(layout, columns, "next")}
  if (start < end) {
    ${fetch(layout, columns, "next", "k", "start", shape.whole)}
  }
  while (start < end) {
    ${stage(layout, columns, "next", memory.walked)}
    workgroupBarrier();
    ${fetch(layout, columns, "next", "v", "start", shape.whole)}
    ${score(layout, "q", depth, memory.walked, memory.scores)}
    workgroupBarrier();
    ${stage(layout, columns, "next", memory.walked)}
    ${weigh(shape, layout)}
    // A barrier, too
    let scaled = workgroupUniformLoad(&grown) == start + 1;
    if (${next} < end) {
      ${fetch(layout, columns, "next", "k", `(${next})`, shape.whole)}
    }
    if (scaled) {
      ${each(
        valueAcross,
        (j) => `${throughMemory(layout, "out", j, valueAcross, patches, scaleHalves)}
      ${fromMemory(layout, "out", j, patches)}`,
      )}
    }
    ${multiplyWeights(layout, "out", valueAcross, weights, memory.walked)}
    workgroupBarrier();
    start += ${columns};
  }
  ${sharers === 2 ? "sum += subgroupShuffleXor(sum, 16u);" : ""}
  let empty = most == ${START} && !isNan(sum);
  let factor = select(1.0 / sum, 0.0, empty);
  ${base("out", "h")}
  ${storeRows(layout, "out", "out", valueAcross, patches, "top", "factor")}
  if (part == 0u && i < P.queries) {
    lse[P.lse_o + b * P.lse_0 + h * P.lse_1 + i * P.lse_2] = select(most * 0.693147181 + log_(sum), -infinity(), empty);
  }
}`;
}

/** Makes weights of an invocation's scores, and puts them in their place. */
function weigh({ softcap }: ForwardShape, { columns, quads, sharers }: MatrixLayout): string {
  const product = (n: number): string => floats(`cells + ${n}u`);
  const scaled = (n: number): string =>
    softcap ? `cap(${product(n)} * P.scale / P.softcap)` : `${product(n)} * P.rate`;
  const all = (f: (n: number) => string, combine: (a: string, b: string) => string): string =>
    range(quads).map(f).reduce(combine);
  const places = (n: number): string => `vec4<i32>(${[0, 1, 2, 3].map((c) => 4 * n + c).join(", ")}) + start`;
  const across = (name: string): string =>
    sharers === 2 ? `${name} = max(${name}, subgroupShuffleXor(${name}, 16u));` : "";
  return `${each(quads, (n) => `var t${n} = ${scaled(n)};`)}
    if (start + ${columns} > endKey(b, top) || start < firstKey(b, last)) {
      ${each(quads, (n) => `t${n} = select(vec4<f32>(${UNSEEN}), t${n}, (${places(n)} >= vec4<i32>(seenFrom)) & (${places(n)} < vec4<i32>(seenTo)));`)}
    }
    let highest = ${all(
      (n) => `t${n}`,
      (a, b) => `max(${a}, ${b})`,
    )};
    var high = max(max(highest.x, highest.y), max(highest.z, highest.w));
    ${across("high")}
    // Not a number where one of them is not, infinite where one is: then no weight is a number
    let total = bitcast<u32>(dot(${all(
      (n) => `t${n}`,
      (a, b) => `${a} + ${b}`,
    )}, vec4<f32>(1.0)));
    if ((total & 0x7fffffffu) >= 0x7f800000u && total != 0xff800000u) { sum = nan(); }
    var shrink = 1.0;
    if (high > most + ${TOLERATED}) {
      if (most > ${START}) {
        shrink = powerOfTwo(vec4<f32>(most - high)).x;
        grown = start + 1;
      }
      most = high;
      sum *= shrink;
    }
    ${each(quads, (n) => `t${n} = powerOfTwo(t${n} - most);`)}
    sum += dot(${all(
      (n) => `t${n}`,
      (a, b) => `${a} + ${b}`,
    )}, vec4<f32>(1.0));
    ${each(quads / 2, (n) => `memory[cells + ${n}u] = weightsOf(t${2 * n}, t${2 * n + 1});`)}`;
}
