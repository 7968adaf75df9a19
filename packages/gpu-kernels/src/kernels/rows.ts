/**
 * Kernels over the rows of a matrix: softmax, norms, cross-entropy.
 *
 * One idea: a workgroup per row; its lanes run over the row in steps, and what they find is joined as a tree in shared
 * memory.
 */
import type { FusedKernels, KernelFunction, View } from "@saccade/core/backend";
import { sizeOf, splitAxes } from "../views/nest.ts";
import { library } from "../wgsl/library.ts";
import { binding, Walk } from "../wgsl/operand.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachRow, groupsOver, type Launcher } from "./launch.ts";
import { contiguous, LANES } from "./reduce.ts";

type Fused = { readonly [N in keyof FusedKernels]: KernelFunction<FusedKernels[N]> };

/** `total(x)`, `largest(x)`: over all lanes, known to all of them. */
const acrossLanes = `
var<workgroup> lanes_: array<f32, ${LANES}>;
fn total(x: f32, lane: u32) -> f32 {
  lanes_[lane] = x;
  workgroupBarrier();
  for (var half = ${LANES / 2}u; half > 0u; half >>= 1u) {
    if (lane < half) { lanes_[lane] += lanes_[lane + half]; }
    workgroupBarrier();
  }
  let sum = lanes_[0];
  workgroupBarrier();
  return sum;
}
fn largest(x: f32, lane: u32) -> f32 {
  lanes_[lane] = x;
  workgroupBarrier();
  for (var half = ${LANES / 2}u; half > 0u; half >>= 1u) {
    if (lane < half) { lanes_[lane] = larger(lanes_[lane], lanes_[lane + half]); }
    workgroupBarrier();
  }
  let most = lanes_[0];
  workgroupBarrier();
  return most;
}
`;

interface RowsCall {
  readonly key: string;
  /** Views `[..., D]` that are walked by row: inside, `NAME(j)` reads element j of the row. */
  readonly rows: Readonly<Record<string, View>>;
  /** Views `[R]` or `[D]`: inside, `NAME(i)` reads element i. */
  readonly vectors?: Readonly<Record<string, View>>;
  /** Contiguous `[R, D]` or `[R]`: inside, `NAME[P.NAME_o + i32(...)]` is written. */
  readonly outputs: Readonly<Record<string, View>>;
  readonly uniforms?: (u: Uniforms) => void;
  readonly uses?: readonly string[];
  /** Statements with `row`, `lane`, `P.width`; barriers outside of conditions. */
  readonly body: string;
}

/** Runs `body` once per row, by `LANES` invocations. */
function overRows(launcher: Launcher, call: RowsCall): void {
  const rowNames = Object.keys(call.rows);
  const vectorNames = Object.keys(call.vectors ?? {});
  const outputNames = Object.keys(call.outputs);
  const rowViews = Object.values(call.rows);
  const vectorViews = Object.values(call.vectors ?? {});
  const outputViews = Object.values(call.outputs);
  const { shape } = rowViews[0];
  const width = shape[shape.length - 1];
  const rows = sizeOf(shape.slice(0, -1));
  const u = new Uniforms();
  u.u32("rows", rows).u32("width", width);
  const heads = rowViews.map((view) => splitAxes(view, [shape.length - 1]).kept);
  const walk = new Walk(u, heads, rowNames);
  for (const [v, view] of rowViews.entries()) u.i32(`${rowNames[v]}_step`, view.strides[shape.length - 1]);
  for (const [v, view] of vectorViews.entries()) {
    u.i32(`${vectorNames[v]}_o`, view.offset).i32(`${vectorNames[v]}_step`, view.strides[0] ?? 0);
  }
  for (const [v, view] of outputViews.entries()) u.i32(`${outputNames[v]}_o`, view.offset);
  call.uniforms?.(u);
  const reads = [...rowViews, ...vectorViews];
  launcher.launch({
    key: `${call.key}/${walk.key}`,
    uniforms: u,
    reads,
    writes: outputViews,
    source: () => {
      let at = 0;
      const bind = (name: string, view: View, access: "r" | "w", suffix: string): string => {
        at += 1;
        return binding(at, `${name}${suffix}`, view.dtype, access);
      };
      const bindings = [
        ...rowNames.map((name, v) => bind(name, rowViews[v], "r", "_data")),
        ...vectorNames.map((name, v) => bind(name, vectorViews[v], "r", "_data")),
        ...outputNames.map((name, v) => bind(name, outputViews[v], "w", "")),
      ];
      const readers = [
        ...rowNames.map(
          (name) =>
            [new RegExp(`\\b${name}\\(`, "g"), `${name}_data[${name}_at + P.${name}_step * i32`] as const,
        ),
        ...vectorNames.map(
          (name) =>
            [new RegExp(`\\b${name}\\(`, "g"), `${name}_data[P.${name}_o + P.${name}_step * i32`] as const,
        ),
      ];
      return `${bindings.join("")}${library(["larger", ...(call.uses ?? [])])}${acrossLanes}${eachRow(LANES)}
  if (row >= P.rows) { return; }
  ${walk.locate("row")}
  ${expandReads(call.body, readers)}
}`;
    },
    workgroups: groupsOver(rows, 1),
  });
}

/** `x(j)` becomes `x_data[x_at + P.x_step * i32(j)]`. */
function expandReads(body: string, readers: readonly (readonly [RegExp, string])[]): string {
  let text = body;
  for (const [name, replacement] of readers) {
    const pattern = new RegExp(name.source, "g");
    let result = "";
    let last = 0;
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      const open = match.index + match[0].length; // behind the parenthesis
      let depth = 1;
      let close = open;
      while (depth > 0) {
        const character = text[close++];
        if (character === "(") depth += 1;
        if (character === ")") depth -= 1;
      }
      result += `${text.slice(last, match.index)}${replacement}(${text.slice(open, close - 1)})]`;
      last = close;
      pattern.lastIndex = close;
    }
    text = result + text.slice(last);
  }
  return text;
}

/** `for (j of this lane's columns) { ... }` */
const columns = (body: string): string => `for (var j = lane; j < P.width; j += ${LANES}u) { ${body} }`;
const at = (name: string): string => `${name}[P.${name}_o + i32(row * P.width + j)]`;
const perRow = (name: string): string => `${name}[P.${name}_o + i32(row)]`;

export function rowKernels(
  launcher: Launcher,
): Pick<
  Fused,
  | "softmax"
  | "softmaxBackward"
  | "layerNorm"
  | "layerNormBackward"
  | "rmsNorm"
  | "rmsNormBackward"
  | "crossEntropy"
  | "crossEntropyBackward"
> {
  return {
    softmax: ([x], [y], { log }) =>
      overRows(launcher, {
        key: `softmax ${log}`,
        rows: { x },
        outputs: { y },
        uses: ["exp_", "log_", "isInf"],
        body: `
  var most = -infinity();
  ${columns("most = larger(most, x(j));")}
  most = largest(most, lane);
  let empty = isInf(most) && most < 0.0;
  var sum = 0.0;
  ${columns("sum += exp_(x(j) - most);")}
  sum = total(sum, lane);
  let factor = 1.0 / sum;
  ${columns(`${at("y")} = ${log ? "(x(j) - most) - log_(sum)" : "select(exp_(x(j) - most) * factor, 0.0, empty)"};`)}`,
      }),
    softmaxBackward: ([y, dy], [dx], { log }) =>
      overRows(launcher, {
        key: `softmaxBackward ${log}`,
        rows: { y, dy },
        outputs: { dx },
        uses: ["exp_"],
        body: `
  var sum = 0.0;
  ${columns(log ? "sum += dy(j);" : "sum += dy(j) * y(j);")}
  sum = total(sum, lane);
  ${columns(`${at("dx")} = ${log ? "dy(j) - exp_(y(j)) * sum" : "y(j) * (dy(j) - sum)"};`)}`,
      }),
    layerNorm: ([x, weight, bias], [y, mean, rstd], { eps }) =>
      overRows(launcher, {
        key: `layerNorm ${weight !== null} ${bias !== null}`,
        rows: { x },
        vectors: { ...(weight && { weight }), ...(bias && { bias }) },
        outputs: { y, mean, rstd },
        uniforms: (u) => u.f32("eps", eps).f32("share", 1 / x.shape[x.shape.length - 1]),
        body: `
  var sum = 0.0;
  ${columns("sum += x(j);")}
  let center = total(sum, lane) * P.share;
  sum = 0.0;
  ${columns("let d = x(j) - center; sum += d * d;")}
  let scale = 1.0 / sqrt(total(sum, lane) * P.share + P.eps);
  if (lane == 0u) { ${perRow("mean")} = center; ${perRow("rstd")} = scale; }
  ${columns(`${at("y")} = (x(j) - center) * scale${weight ? " * weight(j)" : ""}${bias ? " + bias(j)" : ""};`)}`,
      }),
    layerNormBackward: (inputs, outputs) => layerNormBackward(launcher, inputs, outputs),
    rmsNorm: ([x, weight], [y, rstd], { eps }) =>
      overRows(launcher, {
        key: `rmsNorm ${weight !== null}`,
        rows: { x },
        vectors: weight ? { weight } : {},
        outputs: { y, rstd },
        uniforms: (u) => u.f32("eps", eps).f32("share", 1 / x.shape[x.shape.length - 1]),
        body: `
  var sum = 0.0;
  ${columns("sum += x(j) * x(j);")}
  let scale = 1.0 / sqrt(total(sum, lane) * P.share + P.eps);
  if (lane == 0u) { ${perRow("rstd")} = scale; }
  ${columns(`${at("y")} = x(j) * scale${weight ? " * weight(j)" : ""};`)}`,
      }),
    rmsNormBackward: (inputs, outputs) => rmsNormBackward(launcher, inputs, outputs),
    crossEntropy: ([logits, target, weight], [loss, lse], { ignoreIndex, labelSmoothing }) =>
      overRows(launcher, {
        key: `crossEntropy ${weight !== null} ${labelSmoothing > 0}`,
        rows: { logits },
        vectors: { label: target, ...(weight && { weight }) },
        outputs: { loss, lse },
        uniforms: (u) => u.i32("ignore", ignoreIndex).f32("smoothing", labelSmoothing),
        uses: ["exp_", "log_", "isInf"],
        body: `
  var most = -infinity();
  ${columns("most = larger(most, logits(j));")}
  most = largest(most, lane);
  let base = select(most, 0.0, isInf(most));
  var sum = 0.0;
  ${columns("sum += exp_(logits(j) - base);")}
  let shift = log_(total(sum, lane)) + base;
  var smoothed = 0.0;
  ${labelSmoothing > 0 ? columns(`smoothed += ${weight ? "weight(j) * " : ""}(shift - logits(j));`) : ""}
  ${labelSmoothing > 0 ? "smoothed = total(smoothed, lane);" : ""}
  if (lane == 0u) {
    let t = label(row);
    var value = 0.0;
    if (t != P.ignore) {
      if (t >= 0 && t < i32(P.width)) {
        value = (1.0 - P.smoothing) * ${weight ? "weight(t) * " : ""}(shift - logits(t))${labelSmoothing > 0 ? " + P.smoothing / f32(P.width) * smoothed" : ""};
      } else { value = nan(); }
    }
    ${perRow("loss")} = value;
    ${perRow("lse")} = shift;
  }`,
      }),
    crossEntropyBackward: (
      [logits, target, weight, lse, dLoss],
      [dLogits],
      { ignoreIndex, labelSmoothing },
    ) =>
      overRows(launcher, {
        key: `crossEntropyBackward ${weight !== null} ${labelSmoothing > 0}`,
        rows: { logits },
        vectors: { label: target, ...(weight && { weight }), lse, up: dLoss },
        outputs: { dLogits },
        uniforms: (u) => u.i32("ignore", ignoreIndex).f32("smoothing", labelSmoothing),
        uses: ["exp_"],
        body: `
  var weights = ${weight ? "0.0" : "f32(P.width)"};
  ${weight && labelSmoothing > 0 ? columns("weights += weight(j);") : ""}
  ${weight && labelSmoothing > 0 ? "weights = total(weights, lane);" : ""}
  let t = label(row);
  let known = t >= 0 && t < i32(P.width);
  let own = ${weight ? "weight(clamp(t, 0, i32(P.width) - 1))" : "1.0"};
  let share = P.smoothing / f32(P.width);
  ${columns(`
    let p = exp_(logits(j) - lse(row));
    var slope = (1.0 - P.smoothing) * own * (p - select(0.0, 1.0, i32(j) == t));
    ${labelSmoothing > 0 ? `slope += share * (weights * p - ${weight ? "weight(j)" : "1.0"});` : ""}
    ${at("dLogits")} = select(select(nan(), slope * up(row), known), 0.0, t == P.ignore);`)}`,
      }),
  };
}

/** dx by rows; dWeight and dBias by columns: each segment of rows is summed by itself, then the segments. */
function layerNormBackward(
  launcher: Launcher,
  [x, weight, mean, rstd, dy]: Readonly<FusedKernels["layerNormBackward"]["inputs"]>,
  [dx, dWeight, dBias]: Readonly<FusedKernels["layerNormBackward"]["outputs"]>,
): void {
  overRows(launcher, {
    key: `layerNormBackward ${weight !== null}`,
    rows: { x, dy },
    vectors: { mean, rstd, ...(weight && { weight }) },
    outputs: { dx },
    uniforms: (u) => u.f32("share", 1 / x.shape[1]),
    body: `
  let center = mean(row);
  let scale = rstd(row);
  var sum = 0.0;
  var product = 0.0;
  ${columns(`let g = dy(j)${weight ? " * weight(j)" : ""}; sum += g; product += g * (x(j) - center) * scale;`)}
  sum = total(sum, lane) * P.share;
  product = total(product, lane) * P.share;
  ${columns(`${at("dx")} = scale * (dy(j)${weight ? " * weight(j)" : ""} - sum - (x(j) - center) * scale * product);`)}`,
  });
  overColumns(launcher, {
    key: "layerNormBackward columns",
    rows: { x, dy },
    vectors: { mean, rstd },
    outputs: { dWeight, dBias },
    terms: ["dy(r) * ((x(r) - mean(r)) * rstd(r))", "dy(r)"],
  });
}

function rmsNormBackward(
  launcher: Launcher,
  [x, weight, rstd, dy]: Readonly<FusedKernels["rmsNormBackward"]["inputs"]>,
  [dx, dWeight]: Readonly<FusedKernels["rmsNormBackward"]["outputs"]>,
): void {
  overRows(launcher, {
    key: `rmsNormBackward ${weight !== null}`,
    rows: { x, dy },
    vectors: { rstd, ...(weight && { weight }) },
    outputs: { dx },
    uniforms: (u) => u.f32("share", 1 / x.shape[1]),
    body: `
  let scale = rstd(row);
  var product = 0.0;
  ${columns(`product += dy(j)${weight ? " * weight(j)" : ""} * x(j) * scale;`)}
  product = total(product, lane) * P.share;
  ${columns(`${at("dx")} = scale * (dy(j)${weight ? " * weight(j)" : ""} - x(j) * scale * product);`)}`,
  });
  overColumns(launcher, {
    key: "rmsNormBackward columns",
    rows: { x, dy },
    vectors: { rstd },
    outputs: { dWeight },
    terms: ["dy(r) * (x(r) * rstd(r))"],
  });
}

interface ColumnsCall {
  readonly key: string;
  /** `[R, D]`: inside, `NAME(r)` reads row r of the column. */
  readonly rows: Readonly<Record<string, View>>;
  /** `[R]` */
  readonly vectors: Readonly<Record<string, View>>;
  /** `[D]`, contiguous. */
  readonly outputs: Readonly<Record<string, View>>;
  /** What is summed over rows, one per output. */
  readonly terms: readonly string[];
}

/** Rows of a segment. */
const SEGMENT = 64;

/** Sums over rows: an invocation per column and segment of rows, then per column over segments. */
function overColumns(launcher: Launcher, call: ColumnsCall): void {
  const names = Object.keys(call.rows);
  const views = Object.values(call.rows);
  const vectorNames = Object.keys(call.vectors);
  const vectorViews = Object.values(call.vectors);
  const outputs = Object.values(call.outputs);
  const [rows, width] = views[0].shape;
  const segments = Math.max(1, Math.ceil(rows / SEGMENT));
  const u = new Uniforms();
  u.u32("rows", rows).u32("width", width).u32("segments", segments);
  for (const [v, view] of views.entries()) {
    const name = names[v];
    u.i32(`${name}_o`, view.offset).i32(`${name}_r`, view.strides[0]).i32(`${name}_c`, view.strides[1]);
  }
  for (const [v, view] of vectorViews.entries()) {
    u.i32(`${vectorNames[v]}_o`, view.offset).i32(`${vectorNames[v]}_r`, view.strides[0]);
  }
  const reads = [...views, ...vectorViews];
  const readers = [
    ...names.map(
      (name) =>
        [
          new RegExp(`\\b${name}\\(`, "g"),
          `${name}_data[P.${name}_o + i32(column) * P.${name}_c + P.${name}_r * i32`,
        ] as const,
    ),
    ...vectorNames.map(
      (name) => [new RegExp(`\\b${name}\\(`, "g"), `${name}_data[P.${name}_o + P.${name}_r * i32`] as const,
    ),
  ];
  launcher.scratch(4 * outputs.length * segments * width, (buffer) => {
    const partial = contiguous(buffer, "f32", [outputs.length * segments, width]);
    launcher.launch({
      key: call.key,
      uniforms: u,
      reads,
      writes: [partial],
      source:
        () => `${reads.map((view, v) => binding(v + 1, `${[...names, ...vectorNames][v]}_data`, view.dtype, "r")).join("")}
${binding(reads.length + 1, "partial", "f32", "w")}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let column = group.x * 64u + lane;
  let segment = group.y;
  if (column >= P.width) { return; }
  let first = segment * ${SEGMENT}u;
  ${call.terms.map((_, t) => `var sum${t} = 0.0;`).join(" ")}
  for (var r = first; r < min(first + ${SEGMENT}u, P.rows); r++) {
    ${call.terms.map((term, t) => `sum${t} += ${expandReads(term, readers)};`).join("\n    ")}
  }
  ${call.terms.map((_, t) => `partial[(${t}u * P.segments + segment) * P.width + column] = sum${t};`).join("\n  ")}
}`,
      workgroups: [Math.ceil(width / 64), segments, 1],
    });
    outputs.forEach((out, t) => {
      const sum = new Uniforms();
      sum
        .u32("width", width)
        .u32("segments", segments)
        .u32("first", t * segments)
        .i32("out_o", out.offset);
      launcher.launch({
        key: "column segments",
        uniforms: sum,
        reads: [partial],
        writes: [out],
        source: () => `${binding(1, "partial", "f32", "r")}${binding(2, "out", "f32", "w")}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let column = group.x * 64u + lane;
  if (column >= P.width) { return; }
  var sum = 0.0;
  for (var s = 0u; s < P.segments; s++) { sum += partial[(P.first + s) * P.width + column]; }
  out[P.out_o + i32(column)] = sum;
}`,
        workgroups: [Math.ceil(width / 64), 1, 1],
      });
    });
  });
}
