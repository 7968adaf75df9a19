/**
 * WGSL of tiles of halves: how they are staged in shared memory, multiplied by subgroup matrices, and what becomes of the
 * results.
 *
 * All shared memory is `memory`, vectors of 16 bytes, cut up by the layout. The subgroup at (x, y) of two by two has
 * half `y` of a tile's rows, and half `x` of its columns, or of a result's width. Beside that, every invocation belongs to
 * a row, `row`, of which it has part `part` of `sharers`: rows of a subgroup's invocations follow one another, which
 * meets no bank twice.
 */
import { range } from "../../matmul/repeat.ts";
import type { RowView } from "../row-views.ts";
import { LANES, type MatrixLayout, type Patches, SQUARE, SUBGROUP, type Weights } from "./layout.ts";
import { countOf, octetOf, octetsOf } from "./operands.ts";

/** A statement for each of 0, 1 .. below `n`. */
export function each(n: number, f: (i: number) => string): string {
  return range(n).map(f).join("\n    ");
}

/** Squares down a subgroup's half of the rows, and across its half of the columns. */
export function squaresOf({ rows, columns }: MatrixLayout): { down: number; across: number } {
  return { down: rows / 2 / SQUARE, across: columns / 2 / SQUARE };
}

/** Begins the entry point: declares the invocation's places. */
export function entry({ rows, sharers }: MatrixLayout, vectors: number, more: string): string {
  const each_ = SUBGROUP / sharers;
  return `var<workgroup> memory: array<vec4<u32>, ${vectors}>;
${more}
@compute @workgroup_size(${LANES}) @diagnostic(off, chromium.subgroup_matrix_uniformity)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let subgroup = lane / ${SUBGROUP}u;
  let y = subgroup / 2u;
  let x = subgroup % 2u;
  let row = subgroup * ${each_}u + lane % ${each_}u;
  let part = lane % ${SUBGROUP}u / ${each_}u;
  let upper = y * ${rows / 2}u;`;
}

/** Octets that an invocation moves of a tile of `rows` rows. */
function movesOf({ octets }: MatrixLayout, rows: number): number {
  return (rows * octets) / LANES;
}

function placeOfMove({ octets, line }: MatrixLayout, m: number): { row: string; octet: string; at: string } {
  const flat = `(lane + ${m * LANES}u)`;
  const [row, octet] = [`${flat} / ${octets}u`, `${flat} % ${octets}u`];
  return { row, octet, at: `${row} * ${line}u + ${octet}` };
}

/** Declares what `fetch` fills. */
export function declareFetched(layout: MatrixLayout, rows: number, to: string): string {
  return each(movesOf(layout, rows), (m) => `var ${to}${m} = vec4<u32>();`);
}

/** Rows of a head from `first` (an i32 expression) on, to registers. */
export function fetch(
  layout: MatrixLayout,
  rows: number,
  to: string,
  from: RowView,
  first: string,
  whole: boolean,
): string {
  return each(movesOf(layout, rows), (m) => {
    const { row, octet } = placeOfMove(layout, m);
    return `${to}${m} = ${octetOf(from, `(${first} + i32(${row}))`, octet, whole)};`;
  });
}

/** From registers to shared memory from `at` on. */
export function stage(layout: MatrixLayout, rows: number, from: string, at: number): string {
  return each(movesOf(layout, rows), (m) => `memory[${at}u + ${placeOfMove(layout, m).at}] = ${from}${m};`);
}

/** Rows that are kept: by way of shared memory from `at` on into `NAMEi_k`, left factors: square k along the depth of the subgroup's rows i. */
export function keep(layout: MatrixLayout, name: RowView, depth: number, first: string, at: number): string {
  const { down } = squaresOf(layout);
  const moves = each(movesOf(layout, layout.rows), (m) => {
    const { row, octet, at: to } = placeOfMove(layout, m);
    return `memory[${at}u + ${to}] = ${octetOf(name, `(${first} + i32(${row}))`, octet, false)};`;
  });
  const squares = each(down, (i) =>
    range(depth)
      .map(
        (k) =>
          `let ${name}${i}_${k} = ${left(`${at}u + (upper + ${i * SQUARE}u) * ${layout.line}u + ${2 * k}u`, layout.line)};`,
      )
      .join("\n    "),
  );
  return `${moves}
  workgroupBarrier();
  ${squares}`;
}

function left(at: string, line: number): string {
  return `subgroupMatrixLoad<subgroup_matrix_left<f16, ${SQUARE}, ${SQUARE}>, row_major>(&memory, ${at}, ${line}u)`;
}

function right(at: string, line: number, turned: boolean): string {
  return `subgroupMatrixLoad<subgroup_matrix_right<f16, ${SQUARE}, ${SQUARE}>, ${turned ? "col_major" : "row_major"}>(&memory, ${at}, ${line}u)`;
}

const SUM = `subgroup_matrix_result<f32, ${SQUARE}, ${SQUARE}>`;

/** Scores, from `to` on: products of the kept rows `kept` with the staged rows at `walked`. A column of squares at a time, for fewer registers. */
export function score(
  layout: MatrixLayout,
  kept: RowView,
  depth: number,
  walked: number,
  to: number,
): string {
  const { down, across } = squaresOf(layout);
  const { columns, line, scoreLine } = layout;
  const squares = range(down);
  return each(across, (j) => {
    const column = `(x * ${columns / 2}u + ${j * SQUARE}u)`;
    const product = (i: number, k: number): string =>
      k === 0
        ? `subgroupMatrixMultiply<f32>(${kept}${i}_0, r0)`
        : `subgroupMatrixMultiplyAccumulate(${kept}${i}_${k}, r${k}, s${i}_${k - 1})`;
    // Without variables: those of a loop would need a beginning
    const steps = each(
      depth,
      (k) => `let r${k} = ${right(`${walked}u + ${column} * ${line}u + ${2 * k}u`, line, true)};
      ${squares.map((i) => `let s${i}_${k} = ${product(i, k)};`).join(" ")}`,
    );
    return `{ ${steps}
    ${squares.map((i) => `subgroupMatrixStore<row_major>(&memory, ${to}u + (upper + ${i * SQUARE}u) * ${scoreLine}u + ${column} / 4u, s${i}_${depth - 1}, ${scoreLine}u);`).join("\n    ")} }`;
  });
}

/** Declares the subgroup's results `NAMEi_j`, `across` squares wide. */
export function declareResults(layout: MatrixLayout, name: string, across: number): string {
  return each(squaresOf(layout).down, (i) =>
    range(across)
      .map((j) => `var ${name}${i}_${j}: ${SUM};`)
      .join(" "),
  );
}

/** `result += weights walked`, with the staged rows at `walked`. */
export function multiplyWeights(
  layout: MatrixLayout,
  result: string,
  across: number,
  weights: Weights,
  walked: number,
): string {
  const squares = range(squaresOf(layout).down);
  return each(layout.columns / SQUARE, (t) => {
    const lefts = squares.map(
      (i) =>
        `let l${i} = ${left(`${weights.at(t)}u + (upper + ${i * SQUARE}u) * ${weights.line}u`, weights.line)};`,
    );
    const columns = range(across).map(
      (
        j,
      ) => `{ let r = ${right(`${walked + t * SQUARE * layout.line}u + (x * ${across}u + ${j}u) * 2u`, layout.line, false)};
      ${squares.map((i) => `${result}${i}_${j} = subgroupMatrixMultiplyAccumulate(l${i}, r, ${result}${i}_${j});`).join(" ")} }`,
    );
    return `{ ${lefts.join("\n      ")}
      ${columns.join("\n      ")} }`;
  });
}

/**
 * A column of squares of a result in shared memory, where `body` does something to what the invocation has of it: pairs
 * of vectors at `at`, which are octet `octet` of the row. Begins behind a barrier.
 */
export function throughMemory(
  layout: MatrixLayout,
  result: string,
  j: number,
  across: number,
  patches: Patches,
  body: (at: string, octet: string) => string,
): string {
  const { scoreLine, sharers } = layout;
  const perLane = 4 / sharers;
  const octets = range(perLane).map((n) => {
    const o = sharers === 1 ? `${n}u` : `(part * ${perLane}u + ${n}u)`;
    const at = `${patches.scores + patches.at}u + row * ${scoreLine}u + ${o} / 2u * ${patches.apart}u + ${o} % 2u * 2u`;
    return `{ let at = ${at}; ${body("at", `((${o} / 2u * ${across}u + ${j}u) * 2u + ${o} % 2u)`)} }`;
  });
  return `${each(squaresOf(layout).down, (i) => `subgroupMatrixStore<row_major>(&memory, ${patchAt(layout, i, patches)}, ${result}${i}_${j}, ${scoreLine}u);`)}
    workgroupBarrier();
    ${octets.join("\n    ")}
    workgroupBarrier();`;
}

/** The squares again, from where `throughMemory` has left them. */
export function fromMemory(layout: MatrixLayout, result: string, j: number, patches: Patches): string {
  return each(
    squaresOf(layout).down,
    (i) =>
      `${result}${i}_${j} = subgroupMatrixLoad<${SUM}, row_major>(&memory, ${patchAt(layout, i, patches)}, ${layout.scoreLine}u);`,
  );
}

function patchAt({ scoreLine }: MatrixLayout, i: number, { scores, at, apart }: Patches): string {
  return `${scores + at}u + x * ${apart}u + (upper + ${i * SQUARE}u) * ${scoreLine}u`;
}

/** Stores a result, times `factor`, in rows from `first` on of the head at `NAME_base`. */
export function storeRows(
  layout: MatrixLayout,
  name: RowView,
  result: string,
  across: number,
  patches: Patches,
  first: string,
  factor: string,
): string {
  return each(across, (j) =>
    throughMemory(
      layout,
      result,
      j,
      across,
      patches,
      (at, octet) => `let octet = i32(${octet});
      if (${first} + i32(row) < ${countOf(name)} && octet < ${octetsOf(name)}) {
        ${name}[${name}_base + (${first} + i32(row)) * P.${name}_2 + octet] = octetOf(${floats(at)} * ${factor}, ${floats(`${at} + 1u`)} * ${factor});
      }`,
    ),
  );
}

/** Four floats in shared memory. */
export function floats(at: string): string {
  return `bitcast<vec4<f32>>(memory[${at}])`;
}

/**
 * `octetOf`: eight halves; NaN stays, whatever the device makes of it. `weightsOf`: the same for weights, of which there are
 * many. `powerOfTwo`: below 2^-150 it is as good as 0; not for NaN.
 */
export const halfFunctions = `fn quadOf(x: vec4<f32>) -> vec2<u32> {
  let words = vec2<u32>(pack2x16float(x.xy), pack2x16float(x.zw));
  let bad = select(vec4<u32>(), vec4<u32>(0x7e00u), (bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u));
  return words | bad.xz | (bad.yw << vec2<u32>(16u));
}
fn octetOf(a: vec4<f32>, b: vec4<f32>) -> vec4<u32> { return vec4<u32>(quadOf(a), quadOf(b)); }
fn weightsOf(a: vec4<f32>, b: vec4<f32>) -> vec4<u32> {
  return vec4<u32>(pack2x16float(a.xy), pack2x16float(a.zw), pack2x16float(b.xy), pack2x16float(b.zw));
}
fn powerOfTwo(x: vec4<f32>) -> vec4<f32> { return exp2(max(x, vec4<f32>(-150.0))); }
`;
