/**
 * Subgroup matrices in plain WGSL, for adapters without them: what tests compute the kernels' numbers with.
 *
 * A result is eight of its numbers for each of 32 invocations, neighbours of a row; a left factor is the row that these
 * belong to. Both lie in an array each, and are their place there, so that compilers have little to do. A right factor is where in
 * `memory` it was loaded from. Invocations of a subgroup meet at barriers.
 */
const functions = (lefts: number, results: number): string => `
var<private> own: u32;
var<private> lefts: array<u32, ${8 * lefts}>;
var<private> results: array<f32, ${8 * results}>;
var<workgroup> exchange: array<f32, 128>;
fn leftOf(bank: u32, at: u32, line: u32) -> u32 {
  let first = at + own % 32u / 2u * line;
  for (var k = 0u; k < 8u; k++) { lefts[8u * bank + k] = memory[first + k / 4u][k % 4u]; }
  return bank;
}
fn rightHalf(r: vec3<u32>, k: u32, column: u32) -> f32 {
  let at = r.x * 8u + select(k * r.y * 8u + column, column * r.y * 8u + k, r.z == 1u);
  return unpack2x16float(memory[at / 8u][at / 2u % 4u])[at % 2u];
}
fn multiply(l: u32, r: vec3<u32>, sum: u32) -> u32 {
  for (var n = 0u; n < 128u; n++) {
    let k = n / 8u;
    let x = unpack2x16float(lefts[8u * l + k / 2u])[k % 2u];
    results[8u * sum + n % 8u] += x * rightHalf(r, k, own % 2u * 8u + n % 8u);
  }
  return sum;
}
fn fresh(bank: u32) -> u32 {
  for (var i = 0u; i < 8u; i++) { results[8u * bank + i] = 0.0; }
  return bank;
}
fn numberAt(at: u32, line: u32, i: u32) -> u32 { return (at + own % 32u / 2u * line) * 4u + own % 2u * 8u + i; }
fn store(at: u32, bank: u32, line: u32) {
  for (var i = 0u; i < 8u; i++) {
    let to = numberAt(at, line, i);
    memory[to / 4u][to % 4u] = bitcast<u32>(results[8u * bank + i]);
  }
}
fn resultOf(bank: u32, at: u32, line: u32) -> u32 {
  for (var i = 0u; i < 8u; i++) {
    let place = numberAt(at, line, i);
    results[8u * bank + i] = bitcast<f32>(memory[place / 4u][place % 4u]);
  }
  return bank;
}
fn swapped(value: f32, with_: u32) -> f32 {
  workgroupBarrier();
  exchange[own] = value;
  workgroupBarrier();
  return exchange[own ^ with_];
}
`;

/** The same kernel, of attention by subgroup matrices, without them; other kernels as they are. */
export function emulated(code: string): string {
  if (!code.includes("subgroup_matrix")) return code;
  let [lefts, results] = [0, 0];
  const plain = code
    .replace(/enable \w+;\n/g, "")
    .replace(/@diagnostic\([^)]*\)/g, "")
    .replace(/: subgroup_matrix_result<f32, 16, 16>;/g, () => ` = fresh(${results++}u);`)
    .replace(
      /subgroupMatrixLoad<subgroup_matrix_left<f16, 16, 16>, row_major>\(&memory, /g,
      () => `leftOf(${lefts++}u, `,
    )
    .replace(
      /subgroupMatrixLoad<subgroup_matrix_right<f16, 16, 16>, (row|col)_major>\(&memory, (.*?), (\w+)\);/g,
      (_, major, at, line) => `vec3<u32>(${at}, ${line}, ${major === "col" ? 1 : 0}u);`,
    )
    .replace(
      /(\w+) = subgroupMatrixLoad<subgroup_matrix_result<f32, 16, 16>, row_major>\(&memory, /g,
      (_, name) => `${name} = resultOf(${name}, `,
    )
    .replace(
      /subgroupMatrixMultiply<f32>\((\w+), (\w+)\)/g,
      (_, left, right) => `multiply(${left}, ${right}, fresh(${results++}u))`,
    )
    .replace(/subgroupMatrixMultiplyAccumulate\(/g, "multiply(")
    .replace(/subgroupMatrixStore<row_major>\(&memory, /g, "store(")
    .replace(/subgroupShuffleXor\(/g, "swapped(")
    .replace("let subgroup =", "own = lane;\n  let subgroup =");
  return plain + functions(Math.max(1, lefts), Math.max(1, results));
}
