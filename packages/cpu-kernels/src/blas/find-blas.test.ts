import type { View } from "@saccade/core/backend";
import { describe, expect, test } from "vitest";
import type { CpuBackend } from "../backend.ts";
import { createCpuBackend } from "../create-backend.ts";
import { CpuOptionError } from "../errors.ts";
import { blasFact, blasFound } from "../testing/blas.ts";
import { expectClose } from "../testing/close.ts";
import { forEachThreadCount, noise, readView, tensor, transposed } from "../testing/harness.ts";
import { hash } from "../testing/hash.ts";

test("off is off, and a path that does not load is an error", async () => {
  const backend = await createCpuBackend({ threads: 1, blas: "off" });
  expect(backend.info().blas).toMatch(/^off/);
  await backend.dispose();
  await expect(createCpuBackend({ blas: "/no/such/library.so" })).rejects.toThrow(CpuOptionError);
});

describe.skipIf(!blasFound)(`with a BLAS: ${blasFact}`, () => {
  const shapes = [
    [9, 11, 40],
    [64, 64, 64],
    [100, 30, 257],
    [200, 700, 300],
  ];

  function operands(backend: CpuBackend, m: number, n: number, k: number): [View, View][] {
    const a = noise(m * k, 1);
    const b = noise(k * n, 2);
    const as = [tensor(backend, "f32", [m, k], a), transposed(backend, "f32", [m, k], a)];
    const bs = [tensor(backend, "f32", [k, n], b), transposed(backend, "f32", [k, n], b)];
    return as.flatMap((x) => bs.map((y): [View, View] => [x, y]));
  }

  test("the same products as our own, on memory that has grown", async () => {
    const ours = await createCpuBackend({ threads: 2, blas: "off" });
    const theirs = await createCpuBackend({ threads: 2, blas: "auto" });
    theirs.free(theirs.alloc(2 ** 28));
    for (const [m, n, k] of shapes) {
      const [mine, others] = await Promise.all(
        [ours, theirs].map((backend) =>
          Promise.all(
            operands(backend, m, n, k).map(([a, b]) => {
              const out = tensor(backend, "f32", [m, n]);
              backend.kernels.matmul([a, b], [out], {});
              return readView(backend, out);
            }),
          ),
        ),
      );
      for (let i = 0; i < mine.length; i++)
        expectClose(others[i], mine[i], { atol: 1e-6 * k }, `${m}x${n}x${k}`);
    }
    const x = noise(70 * 90, 3);
    const w = noise(50 * 90, 4);
    const bias = noise(50, 5);
    const [one, two] = await Promise.all(
      [ours, theirs].map((backend) => {
        const y = tensor(backend, "f32", [70, 50]);
        const inputs = [tensor(backend, "f32", [70, 90], x), tensor(backend, "f32", [50, 90], w)] as const;
        backend.fused.linear!.run([...inputs, tensor(backend, "f32", [50], bias)], [y], {
          activation: "gelu",
        });
        return readView(backend, y);
      }),
    );
    expectClose(two, one, { atol: 1e-4 }, "linear");
    await ours.dispose();
    await theirs.dispose();
  });

  test("the same bits on 1 to 4 threads", async () => {
    const hashes = await forEachThreadCount(
      async (backend) => {
        const all: string[] = [];
        for (const [m, n, k] of shapes) {
          for (const [a, b] of operands(backend, m, n, k)) {
            const out = tensor(backend, "f32", [m, n]);
            backend.kernels.matmul([a, b], [out], {});
            all.push(hash(await backend.read(out.buffer, 0, m * n * 4)));
          }
        }
        const a = tensor(backend, "f32", [20, 30, 40], noise(20 * 30 * 40, 1));
        const b = tensor(backend, "f32", [20, 40, 50], noise(20 * 40 * 50, 2));
        const out = tensor(backend, "f32", [20, 30, 50]);
        backend.kernels.matmul([a, b], [out], {});
        all.push(hash(await backend.read(out.buffer, 0, 20 * 30 * 50 * 4)));
        return all.join();
      },
      { blas: "auto" },
    );
    expect(new Set(hashes).size).toBe(1);
  });
});
