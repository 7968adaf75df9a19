import type { DType, View } from "@saccade/core/backend";
import { expect, test } from "vitest";
import type { CpuBackend } from "../backend.ts";
import {
  forEachConfiguration,
  forEachThreadCount,
  noise,
  readView,
  tensor,
  transposed,
} from "../testing/harness.ts";
import { hash } from "../testing/hash.ts";

/** By definition, in f64, on the values as views show them. */
function product(a: number[], b: number[], m: number, n: number, k: number): number[] {
  return Array.from({ length: m * n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < k; j++) sum += a[Math.floor(i / n) * k + j] * b[j * n + (i % n)];
    return sum;
  });
}

/** The ways a matrix may lie in memory. */
const layouts = ["rows", "columns", "strided", "reversed"] as const;
type Layout = (typeof layouts)[number];

function lay(backend: CpuBackend, layout: Layout, rows: number, columns: number, seed: number): View {
  const values = noise(rows * columns, seed);
  if (layout === "rows") return tensor(backend, "f32", [rows, columns], values);
  if (layout === "columns") return transposed(backend, "f32", [rows, columns], values);
  const wide = tensor(backend, "f32", [rows, 2 * columns + 3], noise(rows * (2 * columns + 3), seed));
  if (layout === "strided")
    return { ...wide, shape: [rows, columns], strides: [2 * columns + 3, 2], offset: 1 };
  const strides = [2 * columns + 3, -1];
  return { ...wide, shape: [rows, columns], strides, offset: columns };
}

async function check(backend: CpuBackend, a: View, b: View): Promise<void> {
  const [m, k] = a.shape;
  const n = b.shape[1];
  const out = tensor(backend, "f32", [m + 1, n]); // a row behind must stay as it is
  backend.kernels.matmul([a, b], [{ ...out, shape: [m, n] }], {});
  const got = await readView(backend, out);
  const want = product(await readView(backend, a), await readView(backend, b), m, n, k);
  const worst = want.reduce((most, x, i) => Math.max(most, Math.abs(x - got[i])), 0);
  expect(worst, `${m}x${n}x${k}`).toBeLessThan(1e-6 * Math.sqrt(k + 1) * 4);
  expect(got.slice(m * n).every(Number.isNaN)).toBe(true);
  for (const view of [a, b, out]) backend.free(view.buffer);
}

forEachConfiguration((create, name) => {
  test(`every layout of a and b (${name})`, async () => {
    const backend = await create();
    for (const la of layouts) {
      for (const lb of layouts) {
        for (const [m, n, k] of [
          [1, 1, 1],
          [7, 5, 3],
          [13, 70, 37],
          [130, 67, 301],
        ]) {
          await check(backend, lay(backend, la, m, k, 1), lay(backend, lb, k, n, 2));
        }
      }
    }
    await backend.dispose();
  });

  test(`odd shapes (${name})`, async () => {
    const backend = await create();
    for (const m of [0, 1, 2, 3, 6, 11, 13, 14, 97]) {
      for (const n of [0, 1, 4, 8, 9, 31, 65]) {
        for (const k of [0, 1, 2, 3, 5, 8, 31, 257]) {
          await check(backend, lay(backend, "rows", m, k, 3), lay(backend, "rows", k, n, 4));
          await check(backend, lay(backend, "rows", m, k, 3), lay(backend, "columns", k, n, 4));
        }
      }
    }
    await backend.dispose();
  });

  test(`several chunks of k and of columns (${name})`, async () => {
    const backend = await create();
    await check(backend, lay(backend, "columns", 14, 2100, 5), lay(backend, "columns", 2100, 1100, 6));
    await check(backend, lay(backend, "rows", 5, 2100, 5), lay(backend, "rows", 2100, 1100, 6));
    await backend.dispose();
  });
});

test("batches: equal, broadcast, folded, large", async () => {
  const backend = await (await import("../create-backend.ts")).createCpuBackend({ threads: 2, blas: "off" });
  for (const [items, m, n, k] of [
    [6, 7, 9, 5],
    [6, 1, 33, 40],
    [6, 20, 16, 300],
    [2, 64, 64, 32],
    [5, 3, 1000, 64],
  ]) {
    const a = tensor(backend, "f32", [items, m, k], noise(items * m * k, 1));
    const b = tensor(backend, "f32", [items, k, n], noise(items * k * n, 2));
    const once = { ...b, strides: [0, n, 1] };
    const turned = transposed(backend, "f32", [items, k, n], await readView(backend, b));
    const fixed = { ...a, strides: [0, k, 1] };
    for (const [x, y] of [
      [a, b],
      [a, once],
      [a, turned],
      [fixed, b],
      [fixed, once],
    ]) {
      const out = tensor(backend, "f32", [items, m, n]);
      backend.kernels.matmul([x, y], [out], {});
      const [got, xs, ys] = await Promise.all([
        readView(backend, out),
        readView(backend, x),
        readView(backend, y),
      ]);
      for (let i = 0; i < items; i++) {
        const want = product(
          xs.slice(i * m * k, (i + 1) * m * k),
          ys.slice(i * k * n, (i + 1) * k * n),
          m,
          n,
          k,
        );
        const worst = want.reduce((most, v, j) => Math.max(most, Math.abs(v - got[i * m * n + j])), 0);
        expect(worst).toBeLessThan(1e-6 * Math.sqrt(k) * 4);
      }
    }
  }
  await backend.dispose();
});

test("integers wrap, doubles keep their precision", async () => {
  const backend = await (await import("../create-backend.ts")).createCpuBackend({ threads: 1, blas: "off" });
  for (const [dtype, wrap] of [
    ["i32", (x: number) => x | 0],
    ["u8", (x: number) => x & 255],
    ["f64", (x: number) => x],
  ] as [DType, (x: number) => number][]) {
    const values = Array.from({ length: 24 }, (_, i) => (i * 37) % 101);
    const a = tensor(backend, dtype, [2, 3, 4], values);
    const b = tensor(backend, dtype, [2, 4, 3], values);
    const out = tensor(backend, dtype, [2, 3, 3]);
    backend.kernels.matmul([a, b], [out], {});
    const want = [0, 12].flatMap((i) => product(values.slice(i, i + 12), values.slice(i, i + 12), 3, 3, 4));
    expect(await readView(backend, out)).toEqual(want.map(wrap));
  }
  await backend.dispose();
});

for (const simd of ["relaxed", "baseline"] as const) {
  test(`the same bits on 1 to 4 threads (${simd})`, async () => {
    const hashes = await forEachThreadCount(
      async (backend) => {
        const all: string[] = [];
        for (const [m, n, k] of [
          [200, 300, 700],
          [3, 4000, 500],
          [1, 3000, 400],
          [64, 64, 1500],
        ]) {
          const a = lay(backend, "columns", m, k, 1);
          const b = lay(backend, "columns", k, n, 2);
          const out = tensor(backend, "f32", [m, n]);
          for (let repeat = 0; repeat < 3; repeat++) {
            backend.kernels.matmul([a, b], [out], {});
            all.push(hash(await backend.read(out.buffer, 0, m * n * 4)));
          }
        }
        return all.join();
      },
      { simd, blas: "off" },
    );
    expect(new Set(hashes).size).toBe(1);
  });
}
