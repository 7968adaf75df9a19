import type { View } from "@saccade/core/backend";
import type { DeviceFacts } from "../../adapter/request-device.ts";
import { type Factor, runsAlongDepth } from "./factor.ts";
import { range } from "./repeat.ts";
import { placeOfTile } from "./tiles.ts";

/** How a workgroup of four subgroups cuts its part of the result; each has a square of it, made of squares of 16. */
export interface MatrixTile {
  readonly rows: number;
  readonly columns: number;
}

/** What is staged at once, along the depth. */
const DEPTH = 32;
/** Rows, columns and depth of what a subgroup multiplies at once. */
const SQUARE = 16;
const LANES = 128;
const SUBGROUP = 32;
/** Halves that are moved at once: 16 bytes. */
const OCTET = 8;

/** Whether the device multiplies squares of 16 halves, with sums in f32, in subgroups of 32. */
export function hasMatrices({ subgroupMatrices, subgroupSize, limits }: DeviceFacts): boolean {
  const [least, most] = subgroupSize;
  return (
    least === SUBGROUP &&
    most === SUBGROUP &&
    limits.maxComputeWorkgroupStorageSize >= 32768 &&
    subgroupMatrices.some(
      ({ m, n, k, factor, result }) =>
        m === SQUARE && n === SQUARE && k === SQUARE && factor === "f16" && result === "f32",
    )
  );
}

/** Whether a factor `[..., across, depth]` is of halves that lie in whole octets along its lines. */
export function inOctets(view: View): boolean {
  const alongDepth = runsAlongDepth(view);
  const { dtype, shape, strides, offset } = view;
  const [inner, outer] = alongDepth ? [-1, -2] : [-2, -1];
  const whole = [offset, strides.at(outer), ...strides.slice(0, -2), alongDepth ? shape.at(-1) : 0];
  return dtype === "f16" && strides.at(inner) === 1 && whole.every((it) => (it ?? 0) % OCTET === 0);
}

export interface MatrixShader {
  readonly tile: MatrixTile;
  readonly left: Factor;
  readonly right: Factor;
  /** The depth is a multiple of `DEPTH`. */
  readonly even: boolean;
  /** The result is whole tiles. */
  readonly full: boolean;
  /** Declares `left_at` and `right_at` for `batch`. */
  readonly locate: string;
}

/** The bindings of both factors: halves are moved as they are. */
export function matrixBindings(): string {
  return ["left", "right"]
    .map((name, i) => `@group(0) @binding(${i + 1}) var<storage, read> ${name}_data: array<vec4<u32>>;\n`)
    .join("");
}

/**
 * Products of halves by what hardware has for them (subgroup matrices). As the tiled kernel: strips of both factors in
 * shared memory, of which the next is on its way while one is multiplied. Squares are read from them whichever way
 * the factors lie, so that nothing is transposed.
 */
export function matrixSource(shader: MatrixShader): string {
  const { tile, left, right, locate } = shader;
  const strips = [
    stripOf(left, tile.rows / 2, shader, "top"),
    stripOf(right, tile.columns / 2, shader, "left"),
  ] as const;
  const [down, across] = [range(tile.rows / 2 / SQUARE), range(tile.columns / 2 / SQUARE)];
  const fetch_ = strips.flatMap(({ fetches }) => fetches).join("\n    ");
  const stage = strips.flatMap(({ stages }) => stages).join("\n    ");
  const multiply = range(DEPTH / SQUARE).map(
    (step) => `{
      ${down.map((i) => `let l${i} = ${strips[0].square("y", i, step)};`).join("\n      ")}
      ${across
        .map(
          (j) => `let r${j} = ${strips[1].square("x", j, step)};
      ${down.map((i) => `sum${i}_${j} = subgroupMatrixMultiplyAccumulate(l${i}, r${j}, sum${i}_${j});`).join(" ")}`,
        )
        .join("\n      ")}
    }`,
  );
  return `${strips.map(({ declaration }) => declaration).join("")}
var<workgroup> patches: array<array<vec4<f32>, ${SQUARE * PATCH_LINE}>, 4>;
@compute @workgroup_size(${LANES}) @diagnostic(off, chromium.subgroup_matrix_uniformity)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  ${placeOfTile(tile.rows, tile.columns)}
  let subgroup = lane / ${SUBGROUP}u;
  let y = subgroup / 2u;
  let x = subgroup % 2u;
  ${locate}
  ${down.flatMap((i) => across.map((j) => `var sum${i}_${j}: subgroup_matrix_result<f32, ${SQUARE}, ${SQUARE}>;`)).join(" ")}
  ${strips.map(({ declare }) => declare).join(" ")}
  var depth = first;
  if (depth < last) {
    ${fetch_}
  }
  while (depth < last) {
    ${stage}
    workgroupBarrier();
    depth += ${DEPTH}u;
    if (depth < last) {
    ${fetch_}
    }
    ${multiply.join(" ")}
    workgroupBarrier();
  }
  ${down.flatMap((i) => range(across.length / 2).map((h) => storeSquares(tile, i, 2 * h))).join("\n  ")}
}`;
}

/** Vectors of a line of a patch: two squares, and one that keeps lines in different banks. */
const PATCH_LINE = (2 * SQUARE) / 4 + 1;

/** Two squares, side by side, by way of shared memory, where the epilogue finds them row by row. */
function storeSquares({ rows, columns }: MatrixTile, i: number, j: number): string {
  const quads = (2 * SQUARE) / 4;
  return `${[0, 1]
    .map(
      (h) =>
        `subgroupMatrixStore<row_major>(&patches[subgroup], ${(h * SQUARE) / 4}u, sum${i}_${j + h}, ${PATCH_LINE}u);`,
    )
    .join(" ")}
  workgroupBarrier();
  for (var q = lane % ${SUBGROUP}u; q < ${SQUARE * quads}u; q += ${SUBGROUP}u) {
    let row = top + y * ${rows / 2}u + ${i * SQUARE}u + q / ${quads}u;
    let column = left + x * ${columns / 2}u + ${j * SQUARE}u + q % ${quads}u * 4u;
    put(slot, row, column, patches[subgroup][q / ${quads}u * ${PATCH_LINE}u + q % ${quads}u]);
  }
  workgroupBarrier();`;
}

interface Strip {
  readonly declaration: string;
  readonly declare: string;
  readonly fetches: readonly string[];
  readonly stages: readonly string[];
  /** Square `i` across and `step` along the depth of the block of subgroups `block`. */
  readonly square: (block: string, i: number, step: number) => string;
}

/** A factor's strip: two blocks, each read by two of the subgroups. Lines have an octet more than they need. */
function stripOf(
  factor: Factor,
  block: number,
  { even, full }: Pick<MatrixShader, "even" | "full">,
  origin: string,
): Strip {
  const { name, alongDepth } = factor;
  const line = (alongDepth ? DEPTH : block) / OCTET + 1;
  const lines = alongDepth ? block : DEPTH;
  const octets = (2 * block * DEPTH) / OCTET;
  const perLine = (alongDepth ? DEPTH : 2 * block) / OCTET;
  const moves = range(octets / LANES).map((i) => {
    const flat = `(lane + ${i * LANES}u)`;
    const [at, along] = [`${flat} / ${perLine}u`, `${flat} % ${perLine}u`];
    const d = alongDepth ? `depth + ${along} * ${OCTET}u` : `depth + ${at}`;
    const clamped = (place: string, last: string): string => (full ? place : `min(${place}, ${last})`);
    const place = alongDepth
      ? `i32(${clamped(`${origin} + ${at}`, `P.${name}_size - 1u`)}) * P.${name}_across + i32(${d})`
      : `i32(${clamped(`${origin} + ${along} * ${OCTET}u`, `(P.${name}_size - 1u) & 0xfffffff8u`)}) + i32(${d}) * P.${name}_depth`;
    const load = `${name}_data[(${name}_at + ${place}) >> 3u]`;
    const zero = "vec4<u32>()";
    const fetch_ = even
      ? `${name}${i} = ${load};`
      : `${name}${i} = ${zero}; if (${d} < P.k) { ${name}${i} = ${load}; }`;
    const to = alongDepth
      ? `[${at} / ${block}u][${at} % ${block}u * ${line}u + ${along}]`
      : `[${along} / ${block / OCTET}u][${at} * ${line}u + ${along} % ${block / OCTET}u]`;
    return { fetch_, stage: `${name}_strip${to} = ${name}${i};`, declare: `var ${name}${i} = ${zero};` };
  });
  const type = `subgroup_matrix_${name}<f16, ${SQUARE}, ${SQUARE}>`;
  const rowMajor = alongDepth === (name === "left");
  const square = (of: string, i: number, step: number): string => {
    const at = alongDepth
      ? i * SQUARE * line + (step * SQUARE) / OCTET
      : step * SQUARE * line + (i * SQUARE) / OCTET;
    return `subgroupMatrixLoad<${type}, ${rowMajor ? "row_major" : "col_major"}>(&${name}_strip[${of}], ${at}u, ${line}u)`;
  };
  return {
    declaration: `var<workgroup> ${name}_strip: array<array<vec4<u32>, ${line * lines}>, 2>;\n`,
    declare: moves.map(({ declare }) => declare).join(" "),
    fetches: moves.map(({ fetch_ }) => fetch_),
    stages: moves.map(({ stage }) => stage),
    square,
  };
}
