/**
 * WGSL of tiles: how they are staged in shared memory and multiplied, for a layout of `plan.ts`.
 *
 * - `left[depth][row / 4]`: a strip of the operand whose rows are those of the tile; then a tile of weights, `[column][row / 4]`.
 * - `right[depth][column / 4]`: a strip of the operand whose rows are the columns of the tile.
 * - `strip[row][column / 4]`: a strip of what weights are multiplied by.
 *
 * An invocation at (x, y) has rows `4 (y + down g) + 0 .. 3`, and columns `x + 8 m`: next to each other are columns of
 * neighbouring invocations, so that weights are written without conflicts of banks.
 */
import { ACROSS, type Layout } from "./plan.ts";

/** `f(0), f(1) .. f(n - 1)`, one a line. */
export function each(n: number, f: (i: number) => string): string {
  return Array.from({ length: n }, (_, i) => f(i)).join("\n    ");
}

/** A loop over `n` steps, or all of them written out. */
export function steps(n: number, name: string, unrolled: boolean, body: (i: string) => string): string {
  return unrolled
    ? each(n, (i) => body(`${i}u`))
    : `for (var ${name} = 0u; ${name} < ${n}u; ${name}++) ${body(name)}`;
}

/** Shared memory of an entry point besides strips. */
export interface Extra {
  /** Names of more tiles of weights. */
  readonly tiles?: readonly string[];
  /** Whether rows are combined. */
  readonly partials?: boolean;
}

/** Begins the entry point: declares `x` and `y`, the invocation's place. */
export function entry(layout: Layout, { tiles = [], partials = false }: Extra): string {
  const { tileRows, tileColumns, depth, lanes, fours, down, stripRows, stripAcross } = layout;
  const matrix = (name: string, rows: number, across: number): string =>
    `var<workgroup> ${name}: array<array<vec4<f32>, ${across}>, ${rows}>;\n`;
  const across = tileRows / 4 + 1; // one more: rows begin in different banks
  return `${matrix("left", Math.max(depth, tileColumns), across)}${tiles
    .map((name) => matrix(name, tileColumns, across))
    .join("")}${matrix("right", depth, tileColumns / 4 + 1)}${matrix("strip", stripRows, stripAcross)}${
    partials ? matrix("partials", fours * down, ACROSS + 1) : ""
  }
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let x = lane % ${ACROSS}u;
  let y = lane / ${ACROSS}u;
`;
}

/** What is staged: rows from `first` on of the head that begins at `base`; `load_NAME` gives zeros beyond the view. */
export interface Source {
  readonly view: string;
  readonly base: string;
  readonly first: string;
}

/** Does `body` for each n below `count`, which invocations share. */
function shared(count: number, lanes: number, body: string): string {
  return each(Math.ceil(count / lanes), (i) => {
    const inside = (i + 1) * lanes <= count ? "" : `if (n < ${count}u) `;
    return `{ let n = lane + ${i * lanes}u; ${inside}{ ${body} } }`;
  });
}

/** Stages squares of four rows and four columns, turned: rows `row(i)` of the square at `q` across, `d` deep. */
function stageTurned(
  target: string,
  across: number,
  { depth, lanes }: Layout,
  from: Source,
  quad: string,
  row: (i: number) => string,
): string {
  const loads = [0, 1, 2, 3].map(
    (i) => `let l${i} = load_${from.view}(${from.base}, ${from.first} + ${row(i)}, ${quad} + i32(d));`,
  );
  const stores = ["x", "y", "z", "w"].map(
    (part, i) => `${target}[4u * d + ${i}u][q] = vec4<f32>(l0.${part}, l1.${part}, l2.${part}, l3.${part});`,
  );
  return shared(
    (across * depth) / 4,
    lanes,
    `let q = n % ${across}u; let d = n / ${across}u;
      ${loads.join("\n      ")}
      ${stores.join("\n      ")}`,
  );
}

const parts = ["x", "y", "z", "w"] as const;

/** Adds to `sum` what one step of the depth gives: rows from `left`, columns from `right`. */
function step(layout: Layout, columns: number, sum: string, left: string, right: string): string {
  const { rows, fours, down } = layout;
  return `{
      ${each(fours, (g) => `let l${g} = ${left}[y + ${down * g}u];`)}
      ${each(columns, (c) => `let r${c} = ${right}[x + ${ACROSS * c}u];`)}
      ${eachVector(rows, columns, (r, c) => `${sum}${r}_${c} += ${ofRow("l", r)} * r${c};`)}
    }`;
}

/** `sum = left right^T`, over `strips` strips of their width. */
export function products(layout: Layout, sum: string, strips: number, left: Source, right: Source): string {
  const { depth, quads, tileRows, tileColumns, unrolled } = layout;
  const quad = `i32(part) * ${depth / 4}`;
  // Rows that are columns of the tile lie 8 apart in a vector
  const column = (i: number): string =>
    `i32(q / ${ACROSS}u * ${4 * ACROSS}u + q % ${ACROSS}u + ${ACROSS * i}u)`;
  return `for (var part = 0u; part < ${strips}u; part++) {
      workgroupBarrier();
      ${stageTurned("left", tileRows / 4, layout, left, quad, (i) => `i32(4u * q + ${i}u)`)}
      ${stageTurned("right", tileColumns / 4, layout, right, quad, column)}
      workgroupBarrier();
      ${steps(depth, "d", unrolled, (d) => step(layout, quads, sum, `left[${d}]`, `right[${d}]`))}
    }`;
}

/** Multiplications that are written out at most. */
const LONGEST = 2048;

/** `sum += weights right`, with a tile of weights and rows of `right` as they are, `chunks` times 32 wide. */
export function multiplyWeights(
  layout: Layout,
  sum: string,
  weights: string,
  chunks: number,
  right: Source,
): string {
  const { rows, tileColumns, lanes, stripRows, unrolled } = layout;
  const across = ACROSS * chunks;
  const short = unrolled && 4 * rows * chunks * tileColumns <= LONGEST;
  const row = (part: string, r: string): string => `${part} * ${stripRows}u + ${r}`;
  return steps(
    tileColumns / stripRows,
    "part",
    short,
    (part) => `{
      workgroupBarrier();
      ${shared(
        stripRows * across,
        lanes,
        `strip[n / ${across}u][n % ${across}u] = load_${right.view}(${right.base}, ${right.first} + i32(${row(part, `n / ${across}u`)}), i32(n % ${across}u));`,
      )}
      workgroupBarrier();
      ${steps(stripRows, "d", unrolled, (d) => step(layout, chunks, sum, `${weights}[${row(part, d)}]`, `strip[${d}]`))}
    }`,
  );
}

/** Declares `NAMEr_c`: vector c of row r. */
export function declare(rows: number, columns: number, name: string): string {
  return eachVector(rows, columns, (r, c) => `var ${name}${r}_${c} = vec4<f32>();`);
}

/** Names of the vectors of a row. */
export function namesOf(name: string, r: number, columns: number): string[] {
  return Array.from({ length: columns }, (_, c) => `${name}${r}_${c}`);
}

/** A statement for each of `columns` vectors of `rows` rows. */
export function eachVector(
  rows: number,
  columns: number,
  statement: (r: number, c: number) => string,
): string {
  return each(rows, (r) => Array.from({ length: columns }, (_, c) => statement(r, c)).join(" "));
}

/** The component of `NAME0, NAME1 ..`, with four rows in each, that belongs to row r. */
export function ofRow(name: string, r: number): string {
  return `${name}${Math.floor(r / 4)}.${parts[r % 4]}`;
}

/** Row r of an invocation within a tile, an i32. */
export function rowOf({ down }: Layout, r: number): string {
  return `i32(4u * (y + ${down * Math.floor(r / 4)}u) + ${r % 4}u)`;
}

/** The column of component i of vector c within a tile, an i32. */
export function columnOf(c: number, i: number): string {
  return `i32(x + ${ACROSS * (4 * c + i)}u)`;
}

/** Writes the vectors `name` of scores to a tile of weights. */
export function storeCells({ fours, quads, down }: Layout, weights: string, name: string): string {
  return eachVector(fours, 4 * quads, (g, m) => {
    const values = [0, 1, 2, 3].map((k) => `${name}${4 * g + k}_${Math.floor(m / 4)}.${parts[m % 4]}`);
    return `${weights}[x + ${ACROSS * m}u][y + ${down * g}u] = vec4<f32>(${values.join(", ")});`;
  });
}

/** Reads them back. */
export function loadCells({ fours, quads, down }: Layout, weights: string, name: string): string {
  return eachVector(fours, quads, (g, c) => {
    const lines = [0, 1, 2, 3].map(
      (i) => `let t${i} = ${weights}[x + ${ACROSS * (4 * c + i)}u][y + ${down * g}u];`,
    );
    const sets = parts.map(
      (part, k) => `${name}${4 * g + k}_${c} = vec4<f32>(t0.${part}, t1.${part}, t2.${part}, t3.${part});`,
    );
    return `{ ${lines.join(" ")} ${sets.join(" ")} }`;
  });
}

/**
 * Does `body` with each of the invocation's cells of four rows: declares `row`, the first of them, and `column`. It gets
 * the cell's place in a tile of weights, and that of what the invocation has of its rows in `partials`.
 */
export function eachCell(
  { fours, quads, down }: Layout,
  body: (place: string, partial: string) => string,
): string {
  return `for (var m = 0u; m < ${4 * quads}u; m++) {
      for (var four = 0u; four < ${fours}u; four++) {
        let row = i32(4u * (y + ${down}u * four));
        let column = i32(x + ${ACROSS}u * m);
        ${body(`[x + ${ACROSS}u * m][y + ${down}u * four]`, `partials[y + ${down}u * four][x]`)}
      }
      }`;
}

/** Combines what the eight invocations of a row have of it: `name` takes in each of their `values`. */
export function acrossRow(
  { fours, down }: Layout,
  name: string,
  value: (g: number) => string,
  combine: (a: string, b: string) => string,
): string {
  return `${each(fours, (g) => `partials[y + ${down * g}u][x] = ${value(g)};`)}
    workgroupBarrier();
    for (var n = 0u; n < ${ACROSS}u; n++) {
      ${each(fours, (g) => `${name}${g} = ${combine(`${name}${g}`, `partials[y + ${down * g}u][n]`)};`)}
    }`;
}

/** Stores the invocation's part of a result, whose first row is `first`. */
export function storeRows(
  layout: Layout,
  view: string,
  chunks: number,
  first: string,
  value: (r: number, c: number) => string,
): string {
  return eachVector(
    layout.rows,
    chunks,
    (r, c) =>
      `store_${view}(${view}_base, ${first} + ${rowOf(layout, r)}, i32(x + ${ACROSS * c}u), ${value(r, c)});`,
  );
}
