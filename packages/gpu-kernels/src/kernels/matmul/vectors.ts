import { type Factor, oneFunction, quadFunction } from "./factor.ts";
import { range, repeat } from "./repeat.ts";

/**
 * Which factor has few lines, and how the other is read: `sharers` invocations take a line along the depth, or each
 * takes four lines across, of `quads` times four that lie together.
 */
export interface Vectors {
  readonly few: "left" | "right";
  /** Of the few lines, or more: a power of two. */
  readonly count: number;
  readonly sharers: number;
  readonly quads: number;
}

export interface VectorShader {
  readonly vectors: Vectors;
  readonly type: "f32" | "i32";
  readonly many: Factor;
  readonly few: Factor;
  /** Whether the compiler is a GPU's. */
  readonly unrolled: boolean;
  /** Declares `left_at` and `right_at` for `batch`. */
  readonly locate: string;
}

/** Invocations of a workgroup: more where lines lie across, so that more of them are on their way at once. */
const ALONG = 128;
const ACROSS = 256;

/** `size` is the number of lines of the large factor, `k` the depth. */
export function vectorsOf(m: number, n: number, k: number, few: "left" | "right"): Vectors {
  const [least, lines] = few === "left" ? [m, n] : [n, m];
  return {
    few,
    count: 2 ** Math.ceil(Math.log2(least)),
    sharers: k >= 2048 && lines < 4096 ? 128 : 32,
    quads: lines >= 8192 ? 8 : 4,
  };
}

/** Lines of the large factor that a workgroup multiplies. */
export function linesOfGroup(many: Factor, { sharers, quads }: Vectors): number {
  return many.alongDepth ? ALONG / sharers : 4 * quads;
}

/** Invocations of a workgroup, and the bytes that they share, for `count` of the few lines. */
export function groupOfVectors(many: Factor, count: number): { group: number; bytes: number } {
  return many.alongDepth ? { group: ALONG, bytes: 4 * ALONG * count } : { group: ACROSS, bytes: 16 * ACROSS };
}

/** The few lines as the shader reads them: along the depth by fours where the others lie so, or one by one. */
export function fewFactor(few: Factor, many: Factor): Factor {
  const width = many.alongDepth && few.alongDepth ? few.width : 1;
  return { ...few, alongDepth: true, width, key: `${few.dtype}${width}` };
}

/**
 * A few rows times a matrix, or a matrix times a few columns: all time goes into reading the matrix, once. What the
 * invocations of a line have summed is added pairwise.
 */
export function vectorSource(shader: VectorShader): string {
  return shader.many.alongDepth ? alongSource(shader) : acrossSource(shader);
}

function alongSource({ vectors, type, many, few, unrolled, locate }: VectorShader): string {
  const { count, sharers } = vectors;
  const lines = ALONG / sharers;
  const certain = { even: many.width === 4, full: false }; // vectors of memory: a depth of whole fours
  const turn = (d: string): string => `{
      let d = ${d};
      let w = ${many.name}_quad(line, d, ${many.name}_at);
      ${repeat(
        count,
        "r",
        unrolled,
        (r) =>
          `{ let p = ${few.name}_quad(${r}, d, ${few.name}_at) * w; sum[${r}] += (p.x + p.y) + (p.z + p.w); }`,
      )}
    }`;
  return `${quadFunction(many, type, certain)}${quadFunction(few, type, certain)}
var<workgroup> sums: array<array<${type}, ${ALONG}>, ${count}>;
@compute @workgroup_size(${ALONG})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  ${placeOfLines(many, lines)}
  let sharer = lane % ${sharers}u;
  let line = first + lane / ${sharers}u;
  ${locate}
  var sum = array<${type}, ${count}>();
  var step = 4u * sharer;
  ${unrolled ? `for (; step + ${4 * sharers}u < P.k; step += ${8 * sharers}u) { ${turn("step")} ${turn(`step + ${4 * sharers}u`)} }` : ""}
  for (; step < P.k; step += ${4 * sharers}u) ${turn("step")}
  ${repeat(count, "r", unrolled, (r) => `sums[${r}][lane] = sum[${r}];`)}
  workgroupBarrier();
  for (var half = ${sharers / 2}u; half > 0u; half >>= 1u) {
    if (sharer < half) {
      for (var r = 0u; r < ${count}u; r++) { sums[r][lane] += sums[r][lane + half]; }
    }
    workgroupBarrier();
  }
  if (sharer == 0u) {
    for (var r = 0u; r < ${count}u; r++) { put(batch, ${place(vectors, "r", "line")}, sums[r][lane]); }
  }
}`;
}

function acrossSource({ vectors, type, many, few, unrolled, locate }: VectorShader): string {
  const { count, quads } = vectors;
  const slices = ACROSS / quads;
  const turn = (d: string): string => `{
      let d = ${d};
      let w = ${many.name}_quad(line, d, ${many.name}_at);
      ${repeat(count, "r", unrolled, (r) => `sum[${r}] += ${few.name}_one(${r}, d, ${few.name}_at) * w;`)}
    }`;
  return `${quadFunction(many, type, { even: true, full: false })}${oneFunction(few, type)}
var<workgroup> sums: array<vec4<${type}>, ${ACROSS}>;
@compute @workgroup_size(${ACROSS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  ${placeOfLines(many, 4 * quads)}
  let slice = lane / ${quads}u;
  let line = first + lane % ${quads}u * 4u;
  ${locate}
  var sum = array<vec4<${type}>, ${count}>();
  var step = slice;
  ${
    unrolled
      ? `for (; step + ${3 * slices}u < P.k; step += ${4 * slices}u) { ${range(4)
          .map((i) => turn(`step + ${i * slices}u`))
          .join(" ")} }`
      : ""
  }
  for (; step < P.k; step += ${slices}u) ${turn("step")}
  for (var r = 0u; r < ${count}u; r++) {
    switch (r) {
      ${range(count)
        .map((r) => `case ${r}u: { sums[lane] = sum[${r}]; }`)
        .join(" ")}
      default: {}
    }
    workgroupBarrier();
    for (var half = ${slices / 2}u; half > 0u; half >>= 1u) {
      if (slice < half) { sums[lane] += sums[lane + half * ${quads}u]; }
      workgroupBarrier();
    }
    if (slice == 0u) {
      for (var i = 0u; i < 4u; i++) { put(batch, ${place(vectors, "r", "line + i")}, sums[lane][i]); }
    }
    workgroupBarrier();
  }
}`;
}

/** Row and column of the result, of one of the few lines and one of the many. */
function place({ few }: Vectors, one: string, line: string): string {
  return few === "left" ? `${one}, ${line}` : `${line}, ${one}`;
}

/** Declares `batch` and the `first` line of this workgroup. */
function placeOfLines(many: Factor, lines: number): string {
  return `let strips = (P.${many.name}_size + ${lines - 1}u) / ${lines}u;
  let flat = group.y * groups.x + group.x;
  let batch = flat / strips;
  if (batch >= P.batch) { return; }
  let first = flat % strips * ${lines}u;`;
}
