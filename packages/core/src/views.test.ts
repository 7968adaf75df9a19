import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Tensor, tensor } from "./index.ts";
import { evaluate, guardMemory } from "./testing/index.ts";

guardMemory({ beforeEach, afterEach });

/** A plain n-dimensional array: what views are compared with. */
interface Plain {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** A change of view, on a tensor and on a plain array. */
interface Change {
  readonly describe: string;
  readonly onTensor: (x: Tensor) => Tensor;
  readonly onPlain: (x: Plain) => Plain;
}

function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

function flatIndex(shape: readonly number[], index: readonly number[]): number {
  return index.reduce((flat, i, d) => flat * shape[d] + i, 0);
}

/** The plain array of `shape` whose element at `index` is that of x at `source(index)`. */
function gathered(x: Plain, shape: readonly number[], source: (index: number[]) => number[]): Plain {
  return { shape, values: indices(shape).map((index) => x.values[flatIndex(x.shape, source(index))]) };
}

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

/** A change that suits the shape, from three random numbers. */
function changeOf(shape: readonly number[], kind: number, a: number, b: number): Change {
  const axis = a % shape.length;
  const size = shape[axis];
  switch (kind % 6) {
    case 0: {
      const axes = shape
        .map((_, d) => d)
        .sort((x, y) => (((x + a) * 7919) % 13) - (((y + a) * 7919) % 13) || x - y);
      return {
        describe: `permute(${axes})`,
        onTensor: (x) => x.permute(axes),
        onPlain: (x) =>
          gathered(
            x,
            axes.map((d) => x.shape[d]),
            (index) => axes.map((_, d) => index[axes.indexOf(d)]),
          ),
      };
    }
    case 1: {
      const flat = size * shape.slice(0, axis).reduce((n, s) => n * s, 1);
      const to = [flat, ...shape.slice(axis + 1)];
      return {
        describe: `reshape(${to})`,
        onTensor: (x) => x.reshape(to),
        onPlain: (x) => ({ shape: to, values: x.values }),
      };
    }
    case 2: {
      const start = b % size;
      const step = 1 + (b % 2);
      const kept = Math.ceil((size - start) / step);
      return {
        describe: `slice(${axis}: ${start}, step ${step})`,
        onTensor: (x) =>
          x.slice(...shape.map((_, d) => (d === axis ? ([start, null, step] as const) : null))),
        onPlain: (x) =>
          gathered(
            x,
            shape.map((s, d) => (d === axis ? kept : s)),
            (index) => index.map((i, d) => (d === axis ? start + i * step : i)),
          ),
      };
    }
    case 3:
      return {
        describe: `flip(${axis})`,
        onTensor: (x) => x.flip(axis),
        onPlain: (x) => gathered(x, shape, (index) => index.map((i, d) => (d === axis ? size - 1 - i : i))),
      };
    case 4:
      return {
        describe: "expand(2, ...)",
        onTensor: (x) => x.expand([2, ...shape]),
        onPlain: (x) => gathered(x, [2, ...shape], (index) => index.slice(1)),
      };
    default: {
      const i = b % size;
      return {
        describe: `slice(${axis}: ${i})`,
        onTensor: (x) => x.slice(...shape.map((_, d) => (d === axis ? i : null))),
        onPlain: (x) =>
          gathered(
            x,
            shape.filter((_, d) => d !== axis),
            (index) => [...index.slice(0, axis), i, ...index.slice(axis)],
          ),
      };
    }
  }
}

const seeds = fc.array(fc.tuple(fc.nat(5), fc.nat(100), fc.nat(100)), { maxLength: 5 });

describe("views", () => {
  test("chains of them show what plain arrays do", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, seeds, async (shape, steps) => {
        const size = shape.reduce((n, s) => n * s, 1);
        let plain: Plain = { shape, values: Array.from({ length: size }, (_, i) => i) };
        const changes: Change[] = [];
        const start = plain;
        for (const [kind, a, b] of steps) {
          if (plain.shape.length === 0 || plain.values.length > 2000) break;
          const change = changeOf(plain.shape, kind, a, b);
          changes.push(change);
          plain = change.onPlain(plain);
        }
        const build = (): Tensor =>
          changes.reduce((x, { onTensor }) => onTensor(x), tensor([...start.values]).reshape(shape));
        expect(await evaluate(build), changes.map((c) => c.describe).join(" ")).toEqual(plain.values);
        // Kernels read strided inputs, and copies are row-major.
        expect(await evaluate(() => build().add(1))).toEqual(plain.values.map((v) => v + 1));
        expect(await evaluate(() => build().copy().reshape([-1]))).toEqual(plain.values);
      }),
      { numRuns: 150 },
    );
  });

  test("share memory: no bytes are allocated", () => {
    using x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    using t = x.transpose();
    using s = t.slice([1, null]);
    expect(t.buffer).toBe(x.buffer);
    expect(s.buffer).toBe(x.buffer);
    expect(s.isContiguous).toBe(false);
  });

  test("outlive the tensor that they were made of", async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    using row = x.slice([1, 2]);
    x.dispose();
    expect(Array.from(await row.data())).toEqual([3, 4]);
  });

  test("gradients through views", async () => {
    const { checkGradients } = await import("./testing/index.ts");
    using x = tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { dtype: "f64" },
    );
    await checkGradients(
      (a) => a.transpose().slice([1, null]).flip(0).expand([2, 2, 2]).reshape([4, 2]).square(),
      [x],
      { order: 2 },
    );
  });
});
