import { codeFunctions, codesOfVector } from "./codes.ts";
import { quadFunction } from "./factor.ts";
import { range, repeat } from "./repeat.ts";
import type { VectorShader } from "./vectors.ts";

/** Invocations of a workgroup, and lines that each reads at once: they share what they read of the few. */
const LANES = 128;
const LINES = 2;

/** Lines of a workgroup. */
export function codeLinesOfGroup(sharers: number): number {
  return (LANES / sharers) * LINES;
}

/** Invocations of a workgroup, and the bytes that they share, for `count` of the few lines. */
export function codesGroup(count: number): { group: number; bytes: number } {
  return { group: LANES, bytes: 4 * LINES * LANES * count };
}

/** Invocations that take a line together: fewer where there are lines enough. */
export function codeSharers(n: number): number {
  return n >= 8192 ? 8 : 32;
}

/** A few rows times a matrix of codes, 16 bytes at a time. Codes are multiplied as whole numbers, and scaled by block. */
export function codeVectorSource({ vectors, many, few, unrolled, locate }: VectorShader): string {
  const { count, sharers } = vectors;
  const { codes } = many;
  if (codes === undefined) throw new RangeError("codeVectorSource: the matrix is not quantized");
  const each = codesOfVector(codes);
  const four = (line: string, q: number): string =>
    codes.bits === 4
      ? `four_codes(words${line}[${q >> 1}]${q % 2 === 1 ? " >> 16u" : ""})`
      : `four_codes(words${line}[${q}])`;
  const quads = range(each / 4).map(
    (q) => `{
      ${range(LINES)
        .map((c) => `let w${c} = ${four(`${c}`, q)};`)
        .join(" ")}
      ${repeat(
        count,
        "r",
        unrolled,
        (r) => `{
        let x = ${few.name}_quad(${r}, d + ${4 * q}u, ${few.name}_at);
        ${range(LINES)
          .map((c) => `part${c}[${r}] += dot(x, w${c});`)
          .join(" ")}
      }`,
      )}
    }`,
  );
  return `${codeFunctions(codes)}${quadFunction(few, "f32", { even: true, full: false })}
var<workgroup> sums: array<array<vec${LINES}<f32>, ${LANES}>, ${count}>;
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let batch = 0u;
  let sharer = lane % ${sharers}u;
  let line = ((group.y * groups.x + group.x) * ${LANES / sharers}u + lane / ${sharers}u) * ${LINES}u;
  ${locate}
  ${range(LINES)
    .map((c) => `let line${c} = min(line + ${c}u, P.right_size - 1u); var sum${c} = array<f32, ${count}>();`)
    .join(" ")}
  for (var d = sharer * ${each}u; d < P.k; d += ${sharers * each}u) {
    ${range(LINES)
      .map(
        (
          c,
        ) => `let words${c} = right_data[(right_at + i32(line${c}) * P.right_across + i32(d / ${32 / codes.bits}u)) >> 2u];
    var part${c} = array<f32, ${count}>();`,
      )
      .join("\n    ")}
    ${quads.join("\n    ")}
    ${range(LINES)
      .map((c) => `let scale${c} = scale(line${c}, d);`)
      .join(" ")}
    ${repeat(count, "r", unrolled, (r) =>
      range(LINES)
        .map((c) => `sum${c}[${r}] += part${c}[${r}] * scale${c};`)
        .join(" "),
    )}
  }
  ${repeat(
    count,
    "r",
    unrolled,
    (r) =>
      `sums[${r}][lane] = vec${LINES}<f32>(${range(LINES)
        .map((c) => `sum${c}[${r}]`)
        .join(", ")});`,
  )}
  workgroupBarrier();
  for (var half = ${sharers / 2}u; half > 0u; half >>= 1u) {
    if (sharer < half) {
      for (var r = 0u; r < ${count}u; r++) { sums[r][lane] += sums[r][lane + half]; }
    }
    workgroupBarrier();
  }
  if (sharer == 0u) {
    for (var r = 0u; r < ${count}u; r++) {
      ${range(LINES)
        .map((c) => `put(batch, r, line + ${c}u, sums[r][lane][${c}]);`)
        .join(" ")}
    }
  }
}`;
}
