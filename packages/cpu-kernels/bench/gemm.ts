/**
 * GFLOP/s of `matmul` on the shapes that matter, beside the multiply-add peak measured in the same run.
 * `node --conditions=@saccade/source bench/gemm.ts [threads] [simd] [blas]`
 */
import type { View } from "@saccade/core/backend";
import { createCpuBackend } from "../src/index.ts";
import { noise, tensor } from "../src/testing/harness.ts";
import { best } from "./best.ts";

const [threads = "1", simd = "auto", blas = "off"] = process.argv.slice(2);
const backend = await createCpuBackend({ threads: Number(threads), simd: simd as "auto", blas });
const { wasm } = backend.internals;

const peak = () => (192 * 1e5) / best(() => wasm.peakMadd(1e5)) / 1e9;
const matrix = (rows: number, columns: number, transposed: boolean): View =>
  transposed
    ? {
        ...tensor(backend, "f32", [columns, rows], noise(rows * columns)),
        shape: [rows, columns],
        strides: [1, rows],
      }
    : tensor(backend, "f32", [rows, columns], noise(rows * columns));

const rows: [string, number, number, number, boolean, boolean][] = [
  ["square 64", 64, 64, 64, false, false],
  ["square 128", 128, 128, 128, false, false],
  ["square 256", 256, 256, 256, false, false],
  ["square 512", 512, 512, 512, false, false],
  ["square 512, aT", 512, 512, 512, true, false],
  ["square 512, bT", 512, 512, 512, false, true],
  ["square 513", 513, 513, 513, false, false],
  ["square 1024", 1024, 1024, 1024, false, false],
  ["768x384x1536", 768, 1536, 384, false, false],
  ["2048x384x1152", 2048, 1152, 384, false, false],
  ["forward qkv", 768, 384, 128, false, true],
  ["forward up", 768, 512, 128, false, true],
  ["forward down", 768, 128, 512, false, true],
  ["forward head", 768, 65, 128, false, true],
  ["dX up", 768, 128, 512, false, false],
  ["dW up", 512, 128, 768, true, false],
  ["dW down", 128, 512, 768, true, false],
  ["dW head", 65, 128, 768, true, false],
  ["4 rows, w", 4, 3072, 768, false, true],
  ["8 rows, w", 8, 3072, 768, false, true],
  ["12 rows, w", 12, 3072, 768, false, true],
  ["16 rows, w", 16, 3072, 768, false, true],
  ["decode, w", 1, 3072, 768, false, true],
  ["decode, head", 1, 50257, 768, false, true],
  ["decode, row-major", 1, 3072, 768, false, false],
  ["4 rows, row-major", 4, 3072, 768, false, false],
];
console.log(`threads ${threads}, ${backend.info().simd}; peak ${peak().toFixed(1)} GFLOP/s a thread`);
for (const [name, m, n, k, aT, bT] of rows) {
  const a = matrix(m, k, aT);
  const b = matrix(k, n, bT);
  const out = tensor(backend, "f32", [m, n]);
  const seconds = best(() => backend.kernels.matmul([a, b], [out], {}));
  const rate = (2 * m * n * k) / seconds / 1e9;
  const now = peak();
  console.log(
    `${name.padEnd(20)} ${[m, n, k].join("x").padEnd(16)} ${(seconds * 1e6).toFixed(1).padStart(9)} us ` +
      `${rate.toFixed(1).padStart(6)} GFLOP/s  ${((rate / now) * 100).toFixed(0)} % of ${now.toFixed(1)}`,
  );
  for (const view of [a, b, out]) backend.free(view.buffer);
}
await backend.dispose();
