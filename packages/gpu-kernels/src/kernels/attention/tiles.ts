/**
 * What forward and backward attention share: how tiles are staged, multiplied, and which scores are seen.
 *
 * A workgroup of 128 invocations works on tiles of 32 x 32: 16 by 8 invocations, each with 2 rows and 4 columns.
 */
import type { AttentionAttrs, View } from "@saccade/core/backend";
import { binding } from "../../wgsl/operand.ts";
import type { Uniforms } from "../../wgsl/uniforms.ts";

/** Rows and columns of a tile. */
export const TILE = 32;
export const GROUP_SIZE = 128;
const ACROSS = 8;
/** Rows of an invocation: `y + 16 r`. */
export const ROWS = [0, 1] as const;
/** Columns of an invocation: `x + 8 c`. */
export const COLUMNS = [0, 1, 2, 3] as const;
/** Heads beyond this would need more registers than there are. */
export const MAX_WIDTH = 256;

/** What the shaders are specialised by. */
export interface AttentionShape {
  /** Tiles of a head's width, of queries and keys, and of values. */
  readonly widthTiles: number;
  readonly valueTiles: number;
  readonly softcap: boolean;
  readonly dropout: boolean;
  readonly mask: boolean;
  readonly bias: boolean;
}

export function shapeOf(
  [q, , v, mask, bias]: readonly [View, View, View, View | null, View | null, ...unknown[]],
  attrs: AttentionAttrs,
): AttentionShape {
  return {
    widthTiles: Math.ceil(q.shape[3] / TILE),
    valueTiles: Math.ceil(v.shape[3] / TILE),
    softcap: attrs.softcap > 0,
    dropout: attrs.dropout > 0,
    mask: mask !== null,
    bias: bias !== null,
  };
}

export function keyOf(shape: AttentionShape): string {
  const flags = [shape.softcap, shape.dropout, shape.mask, shape.bias].map(Number).join("");
  return `${shape.widthTiles} ${shape.valueTiles} ${flags}`;
}

/** Sizes, attributes, and where the views lie. */
export function setUniforms(
  u: Uniforms,
  views: Readonly<Record<string, View | null>>,
  [q, k, v]: readonly [View, View, View, ...unknown[]],
  attrs: AttentionAttrs,
): void {
  const [, heads, queries, width] = q.shape;
  u.u32("heads", heads)
    .u32("group", heads / k.shape[1])
    .i32("queries", queries)
    .i32("keys", k.shape[2]);
  u.u32("width", width).u32("valueWidth", v.shape[3]);
  u.i32("left", attrs.windowLeft < 0 ? 2 ** 30 : attrs.windowLeft);
  const right = attrs.windowRight < 0 ? 2 ** 30 : attrs.windowRight;
  u.i32("right", attrs.causal ? Math.min(0, right) : right);
  u.f32("scale", attrs.scale).f32("softcap", attrs.softcap).f32("dropout", attrs.dropout);
  u.f32("keep", 1 / (1 - attrs.dropout))
    .u32("key0", attrs.key[0])
    .u32("key1", attrs.key[1]);
  for (const [name, view] of Object.entries(views)) {
    if (view === null) continue;
    u.i32(`${name}_o`, view.offset);
    for (let d = 0; d < view.strides.length; d++) u.i32(`${name}_${d}`, view.strides[d]);
  }
}

/** Bindings in order, from 1 on; absent views are left out. */
export function bindings(
  reads: Readonly<Record<string, View | null>>,
  writes: Readonly<Record<string, View>>,
): string {
  let at = 0;
  const lines: string[] = [];
  for (const [name, view] of Object.entries(reads)) {
    if (view) lines.push(binding(++at, name, view.dtype, "r"));
  }
  for (const [name, view] of Object.entries(writes)) lines.push(binding(++at, name, view.dtype, "w"));
  return lines.join("");
}

/** Begins the entry point; `b`, `h` and the head of keys `kh` come from the grid. */
export const entry = `
@compute @workgroup_size(${GROUP_SIZE})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let x = lane % ${ACROSS}u;
  let y = lane / ${ACROSS}u;
`;

/** Shared tiles, padded by one column so that columns lie in different banks. */
export function sharedTile(name: string): string {
  return `var<workgroup> ${name}: array<f32, ${TILE * (TILE + 1)}>;\n`;
}

/**
 * Stages 32 rows from `row` on (valid below `rows`) and 32 columns from `column` on (below `columns`) of a view whose
 * last two dimensions these are; `base` is where its head begins.
 */
export function stage(tile: string, view: string, base: string, place: Place): string {
  return `for (var i = lane; i < ${TILE * TILE}u; i += ${GROUP_SIZE}u) {
    let r = i32(i / ${TILE}u);
    let c = i32(i % ${TILE}u);
    var value = 0.0;
    if (${place.row} + r < ${place.rows} && ${place.column} + c < ${place.columns}) {
      value = ${view}[${base} + (${place.row} + r) * P.${view}_2 + (${place.column} + c) * P.${view}_3];
    }
    ${tile}[r * ${TILE + 1} + c] = value;
  }`;
}

export interface Place {
  readonly row: string;
  readonly rows: string;
  readonly column: string;
  readonly columns: string;
}

/** Declares the invocation's part of a tile. */
export function declare(name: string): string {
  return cells((r, c) => `var ${name}${r}${c} = 0.0;`);
}

/** `sum[r][c] += a[r][e] b[c][e]` over the staged e. */
export function multiplyRows(sum: string, a: string, b: string): string {
  return `for (var e = 0u; e < ${TILE}u; e++) {
    ${ROWS.map((r) => `let a${r} = ${a}[(y + ${16 * r}u) * ${TILE + 1}u + e];`).join(" ")}
    ${COLUMNS.map((c) => `let b${c} = ${b}[(x + ${ACROSS * c}u) * ${TILE + 1}u + e];`).join(" ")}
    ${cells((r, c) => `${sum}${r}${c} += a${r} * b${c};`)}
  }`;
}

/** `sum[r][c] += a[r][e] b[e][c]`, or with `transposed` `a[e][r] b[e][c]`. */
export function multiply(sum: string, a: string, b: string, transposed = false): string {
  const left = (r: number): string =>
    transposed ? `${a}[e * ${TILE + 1}u + y + ${16 * r}u]` : `${a}[(y + ${16 * r}u) * ${TILE + 1}u + e]`;
  return `for (var e = 0u; e < ${TILE}u; e++) {
    ${ROWS.map((r) => `let a${r} = ${left(r)};`).join(" ")}
    ${COLUMNS.map((c) => `let b${c} = ${b}[e * ${TILE + 1}u + x + ${ACROSS * c}u];`).join(" ")}
    ${cells((r, c) => `${sum}${r}${c} += a${r} * b${c};`)}
  }`;
}

/** Statements for each of the invocation's cells. */
export function cells(statement: (r: number, c: number) => string): string {
  return ROWS.flatMap((r) => COLUMNS.map((c) => statement(r, c))).join("\n    ");
}

/** Writes the invocation's cells to a shared tile. */
export function storeCells(tile: string, name: string): string {
  return cells((r, c) => `${tile}[(y + ${16 * r}u) * ${TILE + 1}u + x + ${ACROSS * c}u] = ${name}${r}${c};`);
}

/** The row and column of a cell within its tile, as i32 expressions. */
export const rowOf = (r: number): string => `i32(y + ${16 * r}u)`;
export const columnOf = (c: number): string => `i32(x + ${ACROSS * c}u)`;

/** `keys` to `queries` distance, what is visible, and the score after cap, bias and mask. */
export function scoreFunctions(shape: AttentionShape): string {
  return `fn sees(i: i32, j: i32) -> bool {
  let distance = i + P.keys - P.queries - j;
  return i < P.queries && j < P.keys && distance <= P.left && -distance <= P.right;
}
fn capped(product: f32) -> f32 { return ${shape.softcap ? "P.softcap * tanh_(product * P.scale / P.softcap)" : "product * P.scale"}; }
fn score(b: i32, h: i32, i: i32, j: i32, product: f32) -> f32 {
  if (!sees(i, j)) { return -infinity(); }
  ${
    shape.mask
      ? `let mask_at = P.mask_o + b * P.mask_0 + h * P.mask_1 + i * P.mask_2 + j * P.mask_3;
  if (((mask[mask_at >> 2u] >> ((u32(mask_at) & 3u) * 8u)) & 0xffu) == 0u) { return -infinity(); }`
      : ""
  }
  return capped(product)${shape.bias ? " + bias[P.bias_o + b * P.bias_0 + h * P.bias_1 + i * P.bias_2 + j * P.bias_3]" : ""};
}
${
  shape.dropout
    ? `fn kept(b: i32, h: i32, i: i32, j: i32) -> f32 {
  let at = u32((b * i32(P.heads) + h) * P.queries + i) * u32(P.keys) + u32(j);
  return select(0.0, P.keep, uniformOf(randomWord(vec2<u32>(P.key0, P.key1), at)) >= P.dropout);
}`
    : ""
}
`;
}

/** The library functions that these call. */
export function scoreLibrary(shape: AttentionShape): string[] {
  return [
    "exp_",
    "log_",
    "larger",
    "isInf",
    ...(shape.softcap ? ["tanh_"] : []),
    ...(shape.dropout ? ["randomWord", "uniformOf"] : []),
  ];
}
