import { type Factor, quadFunction } from "./factor.ts";
import { range, repeat } from "./repeat.ts";

/** How a workgroup cuts its part of the result: sizes in elements. */
export interface Tile {
  /** Of a workgroup. */
  readonly rows: number;
  readonly columns: number;
  /** Of an invocation: multiples of 4. */
  readonly eachRow: number;
  readonly eachColumn: number;
}

/** What is staged at once, along the depth. */
export const DEPTH = 16;
/** Invocations of a warp: they share what they read of the staged strips, 4 x 8 of them. */
const WARP = 32;
const WARP_COLUMNS = 8;
const WARP_ROWS = WARP / WARP_COLUMNS;

export function invocations({ rows, columns, eachRow, eachColumn }: Tile): number {
  return (rows / eachRow) * (columns / eachColumn);
}

export interface TiledShader {
  readonly tile: Tile;
  readonly type: "f32" | "i32";
  readonly left: Factor;
  readonly right: Factor;
  /** The depth is a multiple of `DEPTH`. */
  readonly even: boolean;
  /** The rows, and the columns, of the result are whole tiles. */
  readonly full: { readonly left: boolean; readonly right: boolean };
  /** Whether the compiler is a GPU's. */
  readonly unrolled: boolean;
  /** Whether the sums take a long way to memory, which is then written once, in a loop. */
  readonly longEnd: boolean;
  /** Declares `left_at` and `right_at` for `batch`. */
  readonly locate: string;
}

/**
 * A workgroup computes a tile of the result from strips of both factors in shared memory. Strips lie depth by depth,
 * whatever way the factors lie: who reads along the depth transposes squares of 4 x 4 in registers. While one strip is
 * multiplied, the next is on its way from memory to registers.
 */
export function tiledSource(shader: TiledShader): string {
  const { tile, type, left, right, even, full, unrolled, longEnd, locate } = shader;
  const { rows, columns, eachRow, eachColumn } = tile;
  const lanes = invocations(tile);
  const warpsAcross = columns / eachColumn / WARP_COLUMNS;
  const [quadRows, quadColumns] = [eachRow / 4, eachColumn / 4];
  const sums = range(eachRow).flatMap((r) => range(quadColumns).map((c) => ({ r, c, name: `sum${r}_${c}` })));
  const squares = stagedSquares({ tile, left, right, unrolled });
  const step = (d: string): string => `{
      ${range(quadRows)
        .map((g) => `let l${g} = left_strip[${d}][y + ${g * WARP_ROWS}u];`)
        .join(" ")}
      ${range(quadColumns)
        .map((g) => `let r${g} = right_strip[${d}][x + ${g * WARP_COLUMNS}u];`)
        .join(" ")}
      ${sums.map(({ r, c, name }) => `${name} += l${r >> 2}.${"xyzw"[r & 3]} * r${c};`).join(" ")}
    }`;
  // What lies beyond the depth is zero; a number of turns that compilers do not know keeps them from writing these out.
  const turns = unrolled ? `${DEPTH}u` : `min(${DEPTH}u, last + ${DEPTH}u - depth)`;
  const multiply =
    unrolled && sums.length > 8
      ? repeat(DEPTH, "d", true, step)
      : `for (var d = 0u; d < ${turns}; d++) ${step("d")}`;
  const fetchAll = squares.map(({ fetch }) => fetch).join("\n    ");
  const stageAll = squares.map(({ stage }) => stage(type)).join("\n    ");
  const put = ({ r, c }: { r: number; c: number }, value: string): string =>
    `put(slot, top + (y + ${(r >> 2) * WARP_ROWS}u) * 4u + ${r & 3}u, left + (x + ${c * WARP_COLUMNS}u) * 4u, ${value});`;
  return `${quadFunction(left, type, { even, full: full.left })}${quadFunction(right, type, { even, full: full.right })}
var<workgroup> left_strip: array<array<vec4<${type}>, ${rows / 4}>, ${DEPTH}>;
var<workgroup> right_strip: array<array<vec4<${type}>, ${columns / 4}>, ${DEPTH}>;
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  ${placeOfTile(rows, columns)}
  let x = (lane / ${WARP}u % ${warpsAcross}u) * ${WARP_COLUMNS * quadColumns}u + lane % ${WARP_COLUMNS}u;
  let y = (lane / ${WARP}u / ${warpsAcross}u) * ${WARP_ROWS * quadRows}u + lane % ${WARP}u / ${WARP_COLUMNS}u;
  ${locate}
  ${sums.map(({ name }) => `var ${name} = vec4<${type}>();`).join(" ")}
  ${squares.map(({ declare }) => declare(type)).join(" ")}
  var depth = first;
  ${(unrolled ? twoFetches : oneFetch)(fetchAll, stageAll, multiply)}
  ${
    longEnd
      ? `for (var i = 0u; i < ${sums.length}u; i++) {
    var value = vec4<${type}>();
    var row = 0u;
    var column = 0u;
    switch (i) {
      ${sums
        .map(
          ({ r, c, name }, i) =>
            `case ${i}u: { value = ${name}; row = ${(r >> 2) * WARP_ROWS * 4 + (r & 3)}u; column = ${c * WARP_COLUMNS * 4}u; }`,
        )
        .join("\n      ")}
      default: {}
    }
    put(slot, top + y * 4u + row, left + x * 4u + column, value);
  }`
      : sums.map((sum) => put(sum, sum.name)).join("\n  ")
  }
}`;
}

/** The loop over the depth: while a strip is multiplied, the next is on its way. */
function twoFetches(fetchAll: string, stageAll: string, multiply: string): string {
  return `if (depth < last) {
    ${fetchAll}
  }
  while (depth < last) {
    ${stageAll}
    workgroupBarrier();
    depth += ${DEPTH}u;
    if (depth < last) {
    ${fetchAll}
    }
    ${multiply}
    workgroupBarrier();
  }`;
}

/** The same in less code, a little slower. */
function oneFetch(fetchAll: string, stageAll: string, multiply: string): string {
  return `loop {
    let more = depth < last;
    if (more) {
    ${fetchAll}
    }
    if (depth > first) {
      ${multiply}
      workgroupBarrier();
    }
    if (!more) { break; }
    ${stageAll}
    workgroupBarrier();
    depth += ${DEPTH}u;
  }`;
}

/**
 * Declares `top`, `left` (of this workgroup's tile), `batch`, `slot` (of the matrix that is written), and `first` and `last` of its part of the depth. Tiles
 * are numbered down bands of eight rows of tiles, so that those that run together read the same strips.
 */
export function placeOfTile(rows: number, columns: number): string {
  return `let down = (P.m + ${rows - 1}u) / ${rows}u;
  let across = (P.n + ${columns - 1}u) / ${columns}u;
  let flat = group.y * groups.x + group.x;
  let batch = flat / (down * across) / P.parts;
  if (batch >= P.batch) { return; }
  let part = flat / (down * across) % P.parts;
  let slot = part * P.batch + batch;
  let inside = flat % (down * across);
  let band = inside / (8u * across);
  let height = min(8u, down - 8u * band);
  let within = inside - 8u * band * across;
  let top = (8u * band + within % height) * ${rows}u;
  let left = (within / height) * ${columns}u;
  let first = part * P.part_depth;
  let last = min(first + P.part_depth, P.k);`;
}

interface StagedSquare {
  readonly declare: (type: string) => string;
  readonly fetch: string;
  readonly stage: (type: string) => string;
}

/** Which squares of 4 x 4 each invocation moves: `fetch` to registers, `stage` to shared memory. */
function stagedSquares({
  tile,
  left,
  right,
  unrolled,
}: Pick<TiledShader, "tile" | "left" | "right" | "unrolled">): StagedSquare[] {
  const lanes = invocations(tile);
  const sizes = [(tile.rows / 4) * (DEPTH / 4), (tile.columns / 4) * (DEPTH / 4)];
  const total = sizes[0] + sizes[1];
  const move = (factor: Factor, across: number, flat: string, i: number) => {
    const origin = factor.name === "left" ? "top" : "left";
    const place = squarePlace(factor, across, flat);
    const line = (v: string): string =>
      factor.alongDepth
        ? `${origin} + q * 4u + ${v}, depth + d * 4u`
        : `${origin} + q * 4u, depth + d * 4u + ${v}`;
    const fetch = `${place} ${repeat(
      4,
      "v",
      unrolled,
      (v) => `square${i}[${v}] = ${factor.name}_quad(${line(v)}, ${factor.name}_at);`,
    )}`;
    const turned = (type: string, v: number): string =>
      factor.alongDepth
        ? `vec4<${type}>(${range(4)
            .map((w) => `square${i}[${w}].${"xyzw"[v]}`)
            .join(", ")})`
        : `square${i}[${v}]`;
    const stage = (type: string): string =>
      `${place} ${range(4)
        .map((v) => `${factor.name}_strip[d * 4u + ${v}u][q] = ${turned(type, v)};`)
        .join(" ")}`;
    return { fetch, stage };
  };
  return range(Math.ceil(total / lanes)).map((i) => {
    const from = i * lanes;
    const to = Math.min(total, from + lanes);
    const ofLeft = move(left, tile.rows / 4, `(lane + ${from}u)`, i);
    const shift = from - sizes[0];
    const ofRight = move(
      right,
      tile.columns / 4,
      shift < 0 ? `(lane - ${-shift}u)` : `(lane + ${shift}u)`,
      i,
    );
    const choose = (a: string, b: string): string => {
      if (from >= sizes[0]) return to - from < lanes ? `if (lane < ${to - from}u) { ${b} }` : `{ ${b} }`;
      if (to <= sizes[0]) return to - from < lanes ? `if (lane < ${to - from}u) { ${a} }` : `{ ${a} }`;
      const rest = to - from < lanes ? `else if (lane < ${to - from}u)` : "else";
      return `if (lane < ${sizes[0] - from}u) { ${a} } ${rest} { ${b} }`;
    };
    return {
      declare: (type) => `var square${i} = array<vec4<${type}>, 4>();`,
      fetch: choose(ofLeft.fetch, ofRight.fetch),
      stage: (type) => choose(ofLeft.stage(type), ofRight.stage(type)),
    };
  });
}

/**
 * Declares the place `q` across and `d` along the depth of an invocation's square. Along the depth, eight invocations
 * take two squares of four lines each, so that whole sectors of memory are read.
 */
function squarePlace(factor: Factor, across: number, flat: string): string {
  return factor.alongDepth
    ? `let d = (${flat} & 1u) + ((${flat} >> 3u) & 1u) * 2u; let q = ((${flat} >> 1u) & 3u) + (${flat} >> 4u) * 4u;`
    : `let q = ${flat} % ${across}u; let d = ${flat} / ${across}u;`;
}
