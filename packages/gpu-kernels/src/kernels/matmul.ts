/**
 * Products of matrices, with what is done to the result before it is stored.
 *
 * One idea: a workgroup computes a square of the result; strips of both operands are staged in shared memory, and each
 * invocation keeps a small square in registers. Transposes are strides: strips are read along whichever dimension
 * lies next to each other in memory. Rows by the few (decoding) take a workgroup per column strip instead.
 */
import type { ActivationName, DType, View } from "@saccade/core/backend";
import { reviewed, sizeOf } from "../views/nest.ts";
import { library } from "../wgsl/library.ts";
import { binding, computedType, load, stored, Walk } from "../wgsl/operand.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import type { Launcher } from "./launch.ts";
import { activations } from "./unary.ts";

/** Depth of a strip. */
const DEPTH = 16;
/** Invocations along each side of a workgroup. */
const SIDE = 16;

export interface ProductCall {
  /** `[..., M, K]` */
  readonly a: View;
  /** `[..., K, N]` */
  readonly b: View;
  readonly out: View;
  /** `[N]` */
  readonly bias?: View | null;
  readonly activation?: ActivationName | null;
  /** Gets what the activation is applied to. */
  readonly pre?: View | undefined;
}

export function product(launcher: Launcher, call: ProductCall): void {
  const { a, b, out, bias = null, activation = null, pre } = call;
  const rank = a.shape.length;
  const [m, k] = a.shape.slice(-2);
  const n = b.shape[rank - 1];
  const batch = sizeOf(out.shape.slice(0, -2));
  if (batch * m * n === 0) return;
  const few = m <= 4;
  const each = few ? 1 : m >= 96 && n >= 96 ? 4 : 2;
  const u = new Uniforms();
  u.u32("m", m).u32("n", n).u32("k", k).u32("batch", batch).i32("out_o", out.offset);
  u.i32("a_m", a.strides[rank - 2]).i32("a_k", a.strides[rank - 1]);
  u.i32("b_k", b.strides[rank - 2]).i32("b_n", b.strides[rank - 1]);
  if (bias) u.i32("bias_o", bias.offset).i32("bias_s", bias.strides[0]);
  if (pre) u.i32("pre_o", pre.offset);
  const batches = [a, b].map((v) => reviewed(v, v.shape.slice(0, -2), v.strides.slice(0, -2)));
  const walk = new Walk(u, batches, ["a", "b"]);
  const aAlongK = Math.abs(a.strides[rank - 1]) <= Math.abs(a.strides[rank - 2]);
  const bAlongN = Math.abs(b.strides[rank - 1]) <= Math.abs(b.strides[rank - 2]);
  const type = computedType[out.dtype] === "f32" ? "f32" : "i32";
  const shader: Shape = { type, each, aAlongK, bAlongN, a: a.dtype, b: b.dtype };
  const dtypes = [a, b, out, bias, pre].map((view) => view?.dtype);
  const reads = bias ? [a, b, bias] : [a, b];
  const tile = SIDE * each;
  launcher.launch({
    key: `matmul ${dtypes} ${few ? `few ${m}` : each} ${aAlongK}${bAlongN} ${activation}/${walk.key}`,
    uniforms: u,
    reads,
    writes: pre ? [out, pre] : [out],
    source: () =>
      [
        binding(1, "a_data", a.dtype, "r"),
        binding(2, "b_data", b.dtype, "r"),
        bias ? binding(3, "bias", bias.dtype, "r") : "",
        binding(reads.length + 1, "out", out.dtype, "w"),
        pre ? binding(reads.length + 2, "pre", pre.dtype, "w") : "",
        activation ? library([activations[activation].value]) : "",
        storeFunction(type, out, bias, activation, pre),
        few ? fewMain(shader, m, walk) : tiledMain(shader, walk),
      ].join(""),
    workgroups: few
      ? [Math.ceil(n / FEW_COLUMNS), 1, batch]
      : [Math.ceil(n / tile), Math.ceil(m / tile), batch],
  });
}

interface Shape {
  readonly type: "f32" | "i32";
  /** Rows and columns of an invocation. */
  readonly each: number;
  readonly aAlongK: boolean;
  readonly bAlongN: boolean;
  /** Of the operands. */
  readonly a: DType;
  readonly b: DType;
}

function storeFunction(
  type: string,
  out: View,
  bias: View | null,
  activation: ActivationName | null,
  pre: View | undefined,
): string {
  const value = activation ? `${activations[activation].value}(value)` : "value";
  return `fn put(batch: u32, row: u32, column: u32, sum: ${type}) {
  if (row >= P.m || column >= P.n) { return; }
  let at = i32((batch * P.m + row) * P.n + column);
  ${bias ? `let value = sum + ${load("bias", bias.dtype, "P.bias_o + i32(column) * P.bias_s")};` : "let value = sum;"}
  ${pre ? `pre[P.pre_o + at] = ${stored(pre.dtype, "value")};` : ""}
  out[P.out_o + at] = ${stored(out.dtype, value)};
}
`;
}

function tiledMain({ type, each, aAlongK, bAlongN, a, b }: Shape, walk: Walk): string {
  const tile = SIDE * each;
  const loads = (tile * DEPTH) / (SIDE * SIDE);
  const zero = type === "f32" ? "0.0" : "0";
  const cells = range(each).flatMap((r) => range(each).map((c) => [r, c] as const));
  // Each invocation stages `loads` elements of each strip.
  const staged = range(loads).map((l) => {
    const flat = `(lane + ${l * SIDE * SIDE}u)`;
    const [am, ak] = aAlongK
      ? [`${flat} / ${DEPTH}u`, `${flat} % ${DEPTH}u`]
      : [`${flat} % ${tile}u`, `${flat} / ${tile}u`];
    const [bn, bk] = bAlongN
      ? [`${flat} % ${tile}u`, `${flat} / ${tile}u`]
      : [`${flat} / ${DEPTH}u`, `${flat} % ${DEPTH}u`];
    return `{
      let r = ${am}; let d = ${ak};
      var value = ${zero};
      if (top + r < P.m && depth + d < P.k) { value = ${load("a_data", a, "a_at + i32(top + r) * P.a_m + i32(depth + d) * P.a_k")}; }
      aStrip[d * ${tile + 1}u + r] = value;
    }
    {
      let c = ${bn}; let d = ${bk};
      var value = ${zero};
      if (left + c < P.n && depth + d < P.k) { value = ${load("b_data", b, "b_at + i32(depth + d) * P.b_k + i32(left + c) * P.b_n")}; }
      bStrip[d * ${tile + 1}u + c] = value;
    }`;
  });
  return `var<workgroup> aStrip: array<${type}, ${DEPTH * (tile + 1)}>;
var<workgroup> bStrip: array<${type}, ${DEPTH * (tile + 1)}>;
@compute @workgroup_size(${SIDE * SIDE})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let top = group.y * ${tile}u;
  let left = group.x * ${tile}u;
  let batch = group.z;
  let x = lane % ${SIDE}u;
  let y = lane / ${SIDE}u;
  ${walk.locate("batch")}
  ${cells.map(([r, c]) => `var sum${r}_${c} = ${zero};`).join(" ")}
  for (var depth = 0u; depth < P.k; depth += ${DEPTH}u) {
    ${staged.join("\n    ")}
    workgroupBarrier();
    for (var d = 0u; d < ${DEPTH}u; d++) {
      ${range(each)
        .map(
          (r) =>
            `let a${r} = aStrip[d * ${tile + 1}u + y + ${r * SIDE}u]; let b${r} = bStrip[d * ${tile + 1}u + x + ${r * SIDE}u];`,
        )
        .join("\n      ")}
      ${cells.map(([r, c]) => `sum${r}_${c} += a${r} * b${c};`).join(" ")}
    }
    workgroupBarrier();
  }
  ${cells.map(([r, c]) => `put(batch, top + y + ${r * SIDE}u, left + x + ${c * SIDE}u, sum${r}_${c});`).join("\n  ")}
}`;
}

/** Columns of a workgroup where there are few rows, and invocations that share a column. */
const FEW_COLUMNS = 8;
const FEW_LANES = 16;

function fewMain({ type, a, b }: Shape, rows: number, walk: Walk): string {
  const zero = type === "f32" ? "0.0" : "0";
  return `var<workgroup> parts: array<${type}, ${FEW_COLUMNS * FEW_LANES * rows}>;
@compute @workgroup_size(${FEW_COLUMNS * FEW_LANES})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let batch = group.z;
  let part = lane % ${FEW_LANES}u;
  let column = group.x * ${FEW_COLUMNS}u + lane / ${FEW_LANES}u;
  ${walk.locate("batch")}
  ${range(rows)
    .map((r) => `var sum${r} = ${zero};`)
    .join(" ")}
  if (column < P.n) {
    for (var d = part; d < P.k; d += ${FEW_LANES}u) {
      let b = ${load("b_data", b, "b_at + i32(d) * P.b_k + i32(column) * P.b_n")};
      ${range(rows)
        .map((r) => `sum${r} += ${load("a_data", a, `a_at + ${r} * P.a_m + i32(d) * P.a_k`)} * b;`)
        .join(" ")}
    }
  }
  ${range(rows)
    .map((r) => `parts[lane * ${rows}u + ${r}u] = sum${r};`)
    .join(" ")}
  workgroupBarrier();
  for (var half = ${FEW_LANES / 2}u; half > 0u; half >>= 1u) {
    if (part < half) {
      for (var r = 0u; r < ${rows}u; r++) { parts[lane * ${rows}u + r] += parts[(lane + half) * ${rows}u + r]; }
    }
    workgroupBarrier();
  }
  if (part == 0u) {
    for (var r = 0u; r < ${rows}u; r++) { put(batch, r, column, parts[lane * ${rows}u + r]); }
  }
}`;
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
