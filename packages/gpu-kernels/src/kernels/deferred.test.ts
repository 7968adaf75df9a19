import type { View } from "@saccade/core/backend";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GpuBackend } from "../backend.ts";
import { createGpuBackend } from "../create-backend.ts";
import { contiguous, sizeOf } from "../views/nest.ts";

describe.skipIf(gpuTests.leftOut)(gpuTests.title("short kernels that wait for neighbours"), () => {
  let backend: GpuBackend;

  beforeAll(async () => {
    useSoftwareAdapter();
    backend = await createGpuBackend();
  });
  afterAll(() => backend.dispose());

  const view = (...shape: number[]): View => contiguous(backend.alloc(4 * sizeOf(shape)), "f32", shape);
  let salt = 0;
  const noise = (...shape: number[]): View => {
    const made = view(...shape);
    salt += 1;
    const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * (1.7 + salt) + salt));
    backend.write(made.buffer, values);
    return made;
  };
  const numbers = async ({ buffer, shape }: View): Promise<Float32Array> =>
    new Float32Array(await backend.read(buffer, 0, 4 * sizeOf(shape)));
  const linear = (x: View, w: View, b: View | null, y: View): void =>
    backend.fused.linear?.run([x, w, b], [y], { activation: null });
  const dispatches = (run: () => void): number => {
    backend.flush();
    const before = Number(backend.info().dispatches);
    run();
    backend.flush();
    return Number(backend.info().dispatches) - before;
  };

  /** Each call on its own, and all after one another, give the same bits. */
  async function expectSame(calls: readonly (() => void)[], outputs: readonly View[]): Promise<number> {
    const clear = (): void => {
      for (const { buffer, shape } of outputs) backend.write(buffer, new Float32Array(sizeOf(shape)).fill(9));
    };
    clear();
    for (const call of calls) {
      call();
      backend.flush();
    }
    const apart = await Promise.all(outputs.map(numbers));
    clear();
    const count = dispatches(() => {
      for (const call of calls) call();
    });
    expect(await Promise.all(outputs.map(numbers))).toEqual(apart);
    return count;
  }

  test.each([
    [1, [40, 40, 40], 24],
    [1, [37, 5, 130], 33],
    [3, [16, 8], 20],
    [8, [9, 70], 64],
  ])("%i rows times matrices of %j columns are one dispatch", async (m, columns, k) => {
    const x = noise(m, k);
    const ys = columns.map((n) => view(m, n));
    const calls = columns.map((n, i) => {
      const [w, b] = [noise(n, k), i < 2 ? noise(n) : null];
      return () => linear(x, w, b, ys[i]);
    });
    expect(await expectSame(calls, ys)).toBe(1);
    expect((await numbers(ys[0]))[0]).not.toBe(9);
  });

  test("so are products with weights in codes of 8 bits", async () => {
    const x = noise(1, 64);
    const ys = [view(1, 24), view(1, 8)];
    const calls = ys.map((y) => {
      const n = y.shape[1];
      const words = Int32Array.from({ length: 16 * n }, (_, i) => Math.imul(i + n, 0x9e3779b1));
      const codes: View = { ...view(n, 16), dtype: "i32" };
      backend.write(codes.buffer, words);
      const scales = noise(n, 2);
      return () =>
        backend.fused.quantizedLinear?.run([x, codes, scales, null], [y], { bits: 8, activation: null });
    });
    expect(await expectSame(calls, ys)).toBe(1);
  });

  test("a product of what another gives comes behind it", async () => {
    const [x, w, y, z] = [noise(1, 32), noise(32, 32), view(1, 32), view(1, 32)];
    expect(await expectSame([() => linear(x, w, null, y), () => linear(y, w, null, z)], [y, z])).toBe(2);
    // and one that writes what the first reads
    const keep = noise(1, 32);
    const calls = [() => linear(keep, w, null, y), () => linear(z, w, null, x)];
    expect(await expectSame(calls, [y, x])).toBe(1);
    const overwriting = dispatches(() => {
      linear(x, w, null, y);
      linear(z, w, null, x);
    });
    expect(overwriting).toBe(2);
  });

  test.each([1, 5])("a residual is added by the product of %i rows", async (m) => {
    const [x, w, b, y] = [noise(m, 24), noise(30, 24), noise(30), view(m, 30)];
    const [r, sum] = [noise(m, 30), view(m, 30)];
    const add = (a: View, other: View) => () => backend.kernels.binary([a, other], [sum], { op: "add" });
    const product = (): void => linear(x, w, b, y);
    expect(await expectSame([product, add(y, r)], [y, sum])).toBe(1);
    expect(await expectSame([product, add(r, y)], [y, sum])).toBe(1);
    expect(await expectSame([product, add(y, y)], [y, sum])).toBe(2);
    expect(await expectSame([product, add(r, r)], [y, sum])).toBe(2);
  });

  test("a sum of two products that wait comes behind them", async () => {
    const [x, v, w] = [noise(1, 24), noise(30, 24), noise(30, 24)];
    const [y, z, sum] = [view(1, 30), view(1, 30), view(1, 30)];
    const calls = [
      () => linear(x, v, null, y),
      () => linear(x, w, null, z),
      () => backend.kernels.binary([y, z], [sum], { op: "add" }),
    ];
    expect(await expectSame(calls, [y, z, sum])).toBe(2);
  });

  test("a sum goes behind an activation, and where rows are broadcast", async () => {
    const [x, w, y, r, sum] = [noise(2, 24), noise(30, 24), view(2, 30), noise(2, 30), view(2, 30)];
    const gelu = (): void => backend.fused.linear?.run([x, w, null], [y], { activation: "gelu" });
    const row = { ...r, strides: [0, 1] };
    const add = (other: View) => () => backend.kernels.binary([y, other], [sum], { op: "add" });
    expect(await expectSame([gelu, add(r)], [y, sum])).toBe(2);
    expect(await expectSame([() => linear(x, w, null, y), add(row)], [y, sum])).toBe(2);
  });

  test("memory that is freed and given to the sum is not read by it", async () => {
    const w = noise(64, 64);
    const r = noise(1, 64);
    const y = view(1, 64);
    for (let round = 0; round < 2; round++) {
      const x = noise(1, 64);
      const expected = await numbers(x);
      linear(x, w, null, y);
      backend.free(x.buffer);
      const sum = view(1, 64); // the same memory, or other
      backend.kernels.binary([y, r], [sum], { op: "add" });
      const [got, product, added] = await Promise.all([sum, y, r].map(numbers));
      const weights = await numbers(w);
      const first = expected.reduce((total, value, i) => total + value * weights[i], 0);
      expect(product[0]).toBeCloseTo(first, 4);
      expect(got).toEqual(product.map((value, i) => Math.fround(value + added[i])));
      backend.free(sum.buffer);
    }
  });

  test("rows are appended to two caches in one dispatch, and to one cache in two", async () => {
    const [k, v] = [noise(1, 3, 1, 8), noise(1, 3, 1, 8)];
    const [keys, values] = [view(1, 3, 5, 8), view(1, 3, 5, 8)];
    const place = (cache: View, at: number): View => ({
      ...cache,
      shape: [1, 3, 1, 8],
      offset: at * 8,
    });
    const append = (x: View, cache: View, at: number) => () =>
      backend.kernels.copy([x], [place(cache, at)], {});
    expect(await expectSame([append(k, keys, 2), append(v, values, 2)], [keys, values])).toBe(1);
    expect(await expectSame([append(k, keys, 2), append(v, keys, 2)], [keys, values])).toBe(2);
  });

  test("warmUp compiles what neighbours become", async () => {
    const other = await createGpuBackend();
    const make = (...shape: number[]): View => contiguous(other.alloc(4 * sizeOf(shape)), "f32", shape);
    const [x, w, y, z, sum] = [make(1, 8), make(6, 8), make(1, 6), make(1, 6), make(1, 6)];
    const run = (): void => {
      other.fused.linear?.run([x, w, null], [y], { activation: null });
      other.fused.linear?.run([x, w, null], [z], { activation: null });
      other.kernels.binary([y, z], [sum], { op: "mul" });
      other.fused.linear?.run([x, w, null], [z], { activation: null });
      other.kernels.binary([z, y], [sum], { op: "add" });
    };
    await other.warmUp(run);
    const { pipelines } = other.info();
    run();
    other.flush();
    expect(other.info().pipelines).toBe(pipelines);
    other.dispose();
  });
});
