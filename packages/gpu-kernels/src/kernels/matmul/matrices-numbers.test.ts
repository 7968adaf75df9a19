import { useSoftwareAdapter } from "@saccade/software-adapter";
import { describe, expect, test } from "vitest";
import { featureWishes } from "../../adapter/features.ts";
import { findGpu } from "../../adapter/find-gpu.ts";
import { requestDevice } from "../../adapter/request-device.ts";
import { GpuBackend } from "../../backend.ts";

const notRun = process.env.SACCADE_NO_GPU === "1";
if (!notRun) useSoftwareAdapter();

/**
 * Subgroup matrices in plain WGSL, for adapters without: the two factors are where they were loaded from, and each of
 * 32 invocations has 8 neighbours of a result's row.
 */
const emulation = `
var<private> own: u32;
fn half_at(vector: vec4<u32>, i: u32) -> f32 { return unpack2x16float(vector[i / 2u])[i % 2u]; }
fn place(square: vec4<u32>, row: u32, column: u32) -> u32 {
  let line = square.z * 8u;
  return square.y * 8u + select(column * line + row, row * line + column, square.w == 1u);
}
fn multiply(l: vec4<u32>, r: vec4<u32>, sum: array<f32, 8>) -> array<f32, 8> {
  var result = sum;
  for (var k = 0u; k < 16u; k++) {
    let a = place(l, own % 32u / 2u, k);
    let x = half_at(left_strip[l.x][a / 8u], a % 8u);
    for (var i = 0u; i < 8u; i++) {
      let b = place(r, k, own % 2u * 8u + i);
      result[i] += x * half_at(right_strip[r.x][b / 8u], b % 8u);
    }
  }
  return result;
}
fn store(at: u32, sum: array<f32, 8>, line: u32) {
  var copy = sum;
  for (var i = 0u; i < 8u; i++) {
    let to = at * 4u + own % 32u / 2u * line * 4u + own % 2u * 8u + i;
    patches[own / 32u][to / 4u][to % 4u] = copy[i];
  }
}
`;

function emulated(code: string): string {
  if (!code.includes("subgroup_matrix")) return code;
  const plain = code
    .replace(/enable \w+;\n/g, "")
    .replace(/@diagnostic\([^)]*\)/g, "")
    .replace(/subgroup_matrix_result<f32, 16, 16>/g, "array<f32, 8>")
    .replace(
      /subgroupMatrixLoad<subgroup_matrix_\w+<f16, 16, 16>, (row|col)_major>\(&\w+\[(\w)\], (\w+), (\w+)\)/g,
      (_, major, block, at, line) => `vec4<u32>(${block}, ${at}, ${line}, ${major === "row" ? 1 : 0}u)`,
    )
    .replace(/subgroupMatrixMultiplyAccumulate\(/g, "multiply(")
    .replace(/subgroupMatrixStore<row_major>\(&patches\[subgroup\], /g, "store(")
    .replace("let subgroup =", "own = lane;\n  let subgroup =");
  return plain + emulation;
}

/** The bits of a half that is a number of eighths. */
function halfBits(x: number): number {
  const [bits] = new Uint32Array(new Float32Array([x]).buffer);
  return x === 0
    ? 0
    : ((bits >>> 16) & 0x8000) | ((((bits >>> 23) & 0xff) - 112) << 10) | ((bits >>> 13) & 0x3ff);
}

async function productOf(
  [m, n, k]: readonly [m: number, n: number, k: number],
  [turnA, turnB]: readonly [boolean, boolean],
): Promise<{ got: Float32Array; want: Float32Array }> {
  const { device, facts } = await requestDevice(
    await findGpu(new Set()),
    undefined,
    featureWishes(false, []),
  );
  const make = device.createShaderModule.bind(device);
  device.createShaderModule = ({ code, ...rest }) => make({ ...rest, code: emulated(code) });
  const subgroupMatrices = [{ m: 16, n: 16, k: 16, factor: "f16", result: "f32" }];
  const limits = { memoryLimit: Number.POSITIVE_INFINITY, bindingLimit: Number.POSITIVE_INFINITY };
  const backend = new GpuBackend(device, { ...facts, subgroupMatrices, subgroupSize: [32, 32] }, limits);
  const numbers = (size: number, seed: number): Float32Array =>
    Float32Array.from({ length: size }, (_, i) => (((i * 7919 + seed) % 33) - 16) / 8);
  const [a, b] = [numbers(m * k, 3), numbers(k * n, 11)];
  const view = (x: Float32Array, rows: number, columns: number, turned: boolean) => {
    const buffer = backend.alloc(2 * x.length);
    backend.write(buffer, Uint16Array.from(x, halfBits));
    const strides = turned ? [1, rows] : [columns, 1];
    return { buffer, dtype: "f16", shape: [rows, columns], strides, offset: 0 } as const;
  };
  const buffer = backend.alloc(4 * m * n);
  const out = { buffer, dtype: "f32", shape: [m, n], strides: [n, 1], offset: 0 } as const;
  backend.kernels.matmul([view(a, m, k, turnA), view(b, k, n, turnB)], [out], {});
  const got = new Float32Array(await backend.read(buffer, 0, 4 * m * n));
  const want = new Float32Array(m * n);
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      for (let d = 0; d < k; d++) {
        want[row * n + column] +=
          a[turnA ? d * m + row : row * k + d] * b[turnB ? column * k + d : d * n + column];
      }
    }
  }
  backend.dispose();
  return { got, want };
}

describe.skipIf(notRun)("what subgroups multiply is the product", () => {
  test.each([
    ["whole tiles", [64, 128, 64], [false, false]],
    ["whole tiles, both turned", [128, 64, 32], [true, true]],
    ["odd sizes", [72, 80, 40], [true, false]],
    ["odd sizes, b turned", [24, 88, 104], [false, true]],
    ["rows that are no whole octets", [67, 64, 48], [false, false]],
    ["parts of the depth", [64, 64, 1024], [false, true]],
    ["large tiles", [1416, 1408, 16], [false, false]],
  ] as const)("%s", { timeout: 240_000 }, async (_, sizes, turns) => {
    const { got, want } = await productOf(sizes, turns);
    // Eighths: every sum is exact. Millions of numbers, which toEqual would take long to walk.
    expect(got.findIndex((x, i) => x !== want[i])).toBe(-1);
  });
});
