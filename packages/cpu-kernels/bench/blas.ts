/**
 * `matmul` with a BLAS beside the same call of that BLAS on the whole matrices, in turns: what tiles, the way through
 * WebAssembly and views cost. `node --conditions=@saccade/source bench/blas.ts [threads] [library]`
 *
 * With several threads ours are shared; the library always runs on the caller's.
 */
import type { View } from "@saccade/core/backend";
import { findBlas } from "../src/blas/find-blas.ts";
import { createCpuBackend } from "../src/index.ts";
import { noise, tensor } from "../src/testing/harness.ts";

const [threads = "1", library = "auto"] = process.argv.slice(2);
const backend = await createCpuBackend({ threads: Number(threads), blas: library });
const { memory } = backend.internals;
const { gemm, fact } = await findBlas(library, memory.memory, memory.shared);
if (!gemm) throw new Error(`no BLAS: ${fact}`);

/** Name, m, k, n, and whether a and b lie transposed. */
const rows: readonly [string, number, number, number, boolean, boolean][] = [
  ...[64, 128, 256, 512, 1024].map(
    (n) => ["square", n, n, n, false, false] as [string, number, number, number, boolean, boolean],
  ),
  ["S forward", 768, 128, 128, false, true],
  ["S forward up", 768, 128, 512, false, true],
  ["S forward down", 768, 512, 128, false, true],
  ["S dX", 768, 128, 128, false, false],
  ["S dX up", 768, 512, 128, false, false],
  ["S dX down", 768, 128, 512, false, false],
  ["S dW", 128, 768, 128, true, false],
  ["S dW up", 512, 768, 128, true, false],
  ["S dW down", 128, 768, 512, true, false],
  ["M forward", 2048, 384, 384, false, true],
  ["M forward up", 2048, 384, 1536, false, true],
  ["M forward down", 2048, 1536, 384, false, true],
  ["M dX up", 2048, 1536, 384, false, false],
  ["M dX down", 2048, 384, 1536, false, false],
  ["M dW", 384, 2048, 384, true, false],
  ["M dW up", 1536, 2048, 384, true, false],
  ["M dW down", 384, 2048, 1536, true, false],
];

const matrix = (height: number, width: number, turned: boolean): View => {
  const stored = tensor(backend, "f32", turned ? [width, height] : [height, width], noise(height * width));
  return turned ? { ...stored, shape: [height, width], strides: [1, height] } : stored;
};

const median = (times: number[]): number => times.sort((x, y) => x - y)[times.length >> 1];

function inTurns(calls: readonly (() => void)[], seconds: number): number[] {
  const times = calls.map((): number[] => []);
  const start = performance.now();
  for (let round = 0; round < 9 || performance.now() - start < seconds * 1000; round++) {
    for (const [i, call] of calls.entries()) {
      call(); // its operands come into the caches, and a worker wakes
      const before = performance.now();
      call();
      times[i].push(performance.now() - before);
    }
  }
  return times.map(median);
}

console.log(`threads ${threads}, ${fact}; GFLOP/s`);
for (const [name, m, k, n, aT, bT] of rows) {
  const a = matrix(m, k, aT);
  const b = matrix(k, n, bT);
  const [ours, whole] = [tensor(backend, "f32", [m, n]), tensor(backend, "f32", [m, n])];
  // Small products are timed by the hundred: a clock has its own grain.
  const repeat = Math.max(1, Math.round(1e7 / (m * n * k)));
  const through = (): void => {
    for (let i = 0; i < repeat; i++) backend.kernels.matmul([a, b], [ours], {});
  };
  const direct = (): void => {
    const [lda, ldb] = [aT ? m : k, bT ? k : n];
    for (let i = 0; i < repeat; i++)
      gemm(Number(aT), Number(bT), m, n, k, a.buffer, lda, b.buffer, ldb, 0, whole.buffer, n);
  };
  const [mine, theirs] = inTurns([through, direct], 0.4).map((ms) => (2 * m * n * k * repeat) / ms / 1e6);
  console.log(
    `${name.padEnd(16)} ${`${m}x${k}x${n}`.padEnd(15)} ours ${mine.toFixed(1).padStart(6)}  direct ` +
      `${theirs.toFixed(1).padStart(6)}  ${((100 * mine) / theirs).toFixed(1)} %`,
  );
  for (const view of [a, b, ours, whole]) backend.free(view.buffer);
}
await backend.dispose();
