import type { BinaryName } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { forEachConfiguration, forEachThreadCount, noise, readView, tensor } from "../../testing/harness.ts";
import { broadcast, layouts } from "../../testing/layouts.ts";

const remainder = (x: number, y: number) => {
  const r = x % y;
  return r !== 0 && r < 0 !== y < 0 ? r + y : r;
};
function pow(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1;
  return x ** y;
}
const nan = Number.isNaN;

type F = (x: number, y: number) => number;
const arithmetic: Partial<Record<BinaryName, F>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  floorDiv: (x, y) => Math.floor(x / y),
  truncDiv: (x, y) => Math.trunc(x / y),
  remainder,
  fmod: (x, y) => x % y,
  pow,
  maximum: (x, y) => Math.max(x, y),
  minimum: (x, y) => Math.min(x, y),
  fmax: (x, y) => (nan(x) ? y : nan(y) ? x : Math.max(x, y)),
  fmin: (x, y) => (nan(x) ? y : nan(y) ? x : Math.min(x, y)),
  atan2: Math.atan2,
  hypot: Math.hypot,
};
const masks: Partial<Record<BinaryName, F>> = {
  eq: (x, y) => +(x === y),
  ne: (x, y) => +(x !== y),
  lt: (x, y) => +(x < y),
  le: (x, y) => +(x <= y),
  gt: (x, y) => +(x > y),
  ge: (x, y) => +(x >= y),
  logicalAnd: (x, y) => +(x !== 0 && y !== 0),
  logicalOr: (x, y) => +(x !== 0 || y !== 0),
  logicalXor: (x, y) => +((x !== 0) !== (y !== 0)),
};
const integer: Partial<Record<BinaryName, F>> = {
  add: (x, y) => (x + y) | 0,
  sub: (x, y) => (x - y) | 0,
  mul: Math.imul,
  div: (x, y) => (x / y) | 0,
  floorDiv: (x, y) => Math.floor(x / y) | 0,
  truncDiv: (x, y) => (x / y) | 0,
  remainder: (x, y) => remainder(x, y) | 0,
  fmod: (x, y) => (x % y) | 0,
  maximum: Math.max,
  minimum: Math.min,
  fmax: Math.max,
  fmin: Math.min,
  shiftLeft: (x, y) => x << y,
  shiftRight: (x, y) => x >> y,
};
const bits: Partial<Record<BinaryName, F>> = {
  bitAnd: (x, y) => x & y,
  bitOr: (x, y) => x | y,
  bitXor: (x, y) => x ^ y,
};
const entries = (...tables: Partial<Record<BinaryName, F>>[]) =>
  tables.flatMap((table) => Object.entries(table) as [BinaryName, F][]);

/** Every pair of the special values, then ordinary ones. */
const special = [0, -0, 1, -1, 0.5, 2, -2.5, 3, Infinity, -Infinity, NaN, 1e-45, 3e38, -7, 16777217];
const ordinary = noise(900, 3).map((x) => x * 20);
const xs = Float32Array.from([...special.flatMap((x) => special.map(() => x)), ...ordinary]);
const ys = Float32Array.from([...special.flatMap(() => special), ...noise(900, 4).map((x) => x * 5)]);

forEachConfiguration((create) => {
  test("binary f32: every function on all pairs of special values", async () => {
    const backend = await create();
    const a = tensor(backend, "f32", [xs.length], xs);
    const b = tensor(backend, "f32", [xs.length], ys);
    for (const [op, f] of entries(arithmetic, masks)) {
      const out = tensor(backend, masks[op] ? "u8" : "f32", [xs.length]);
      backend.kernels.binary([a, b], [out], { op });
      const got = await readView(backend, out);
      for (let i = 0; i < xs.length; i++) {
        const want = Math.fround(f(xs[i], ys[i]));
        const close = Object.is(got[i], want) || Math.abs(got[i] - want) <= Math.abs(want) * 2e-7 + 2e-45;
        if (!close) expect.fail(`${op}(${xs[i]}, ${ys[i]}) is ${got[i]}, should be ${want}`);
      }
      backend.free(out.buffer);
    }
    await backend.dispose();
  });

  test("binary of integers wraps and never traps", async () => {
    const backend = await create();
    const values = [0, 1, -1, 2, -3, 7, -8, 31, 33, 2147483647, -2147483648, 65537];
    const x = values.flatMap((v) => values.map(() => v));
    const y = values.flatMap(() => values);
    const a = tensor(backend, "i32", [x.length], x);
    const b = tensor(backend, "i32", [x.length], y);
    for (const [op, f] of entries(integer, masks, bits)) {
      const out = tensor(backend, masks[op] ? "u8" : "i32", [x.length]);
      backend.kernels.binary([a, b], [out], { op });
      expect(await readView(backend, out), op).toEqual(x.map((v, i) => f(v, y[i]) + 0));
    }
    const out = tensor(backend, "i32", [5]);
    const power = (base: number[], exponent: number[]) => {
      const p = [tensor(backend, "i32", [5], base), tensor(backend, "i32", [5], exponent)] as const;
      backend.kernels.binary([...p], [out], { op: "pow" });
    };
    power([3, -2, 5, -1, 7], [4, 3, 0, -3, -2]);
    expect(await readView(backend, out)).toEqual([81, -8, 1, -1, 0]);
    await backend.dispose();
  });

  test("binary of bytes: logic, bits, comparisons", async () => {
    const backend = await create();
    const values = [0, 1, 2, 7, 8, 100, 255];
    const x = values.flatMap((v) => values.map(() => v));
    const y = values.flatMap(() => values);
    const a = tensor(backend, "u8", [x.length], x);
    const b = tensor(backend, "u8", [x.length], y);
    const shifts = {
      shiftLeft: (u: number, v: number) => (u << v) & 255,
      shiftRight: (u: number, v: number) => u >> v,
    };
    for (const [op, f] of entries(masks, bits, shifts)) {
      const out = tensor(backend, "u8", [x.length]);
      backend.kernels.binary([a, b], [out], { op });
      expect(await readView(backend, out), op).toEqual(x.map((v, i) => f(v, y[i])));
    }
    await backend.dispose();
  });

  test("binary: layouts, broadcast rows, columns and scalars", async () => {
    const backend = await create();
    for (const shape of [[], [0], [1], [5, 7], [3, 0], [3, 5, 67], [2, 3, 4, 5], [19, 1100]]) {
      const size = shape.reduce((m, n) => m * n, 1);
      const u = noise(size, 5);
      const v = noise(size, 6);
      const want = Array.from(u, (x, i) => Math.fround(x - v[i]));
      const left = layouts(backend, "f32", shape, u);
      const right = layouts(backend, "f32", shape, v);
      for (const [i, [name, a]] of left.entries()) {
        const [other, b] = right[(i * 2) % right.length];
        const out = tensor(backend, "f32", shape);
        backend.kernels.binary([a, b], [out], { op: "sub" });
        expectClose(await readView(backend, out), want, {}, `${name} - ${other} [${shape}]`);
        backend.free(out.buffer);
      }
      for (const [, view] of [...left, ...right]) backend.free(view.buffer);
    }
    const [m, n] = [37, 700];
    const u = noise(m * n, 7);
    const rowValues = noise(n, 8);
    const columnValues = noise(m, 9);
    const a = tensor(backend, "f32", [m, n], u);
    const row = tensor(backend, "f32", [n], rowValues);
    const column = tensor(backend, "f32", [m], columnValues);
    const scalar = tensor(backend, "f32", [], [0.25]);
    const cases = [
      { view: broadcast(row, 0, m), at: (_i: number, j: number) => rowValues[j] },
      { view: broadcast(column, 1, n), at: (i: number) => columnValues[i] },
      { view: broadcast(broadcast(scalar, 0, n), 0, m), at: () => 0.25 },
    ];
    for (const { view, at } of cases) {
      const values = Array.from(u, (_, flat) => at(Math.floor(flat / n), flat % n));
      const out = tensor(backend, "f32", [m, n]);
      backend.kernels.binary([a, view], [out], { op: "mul" });
      expectClose(
        await readView(backend, out),
        Array.from(u, (x, i) => Math.fround(x * values[i])),
      );
      backend.kernels.binary([view, a], [out], { op: "sub" });
      expectClose(
        await readView(backend, out),
        Array.from(u, (x, i) => Math.fround(values[i] - x)),
      );
    }
    await backend.dispose();
  }, 20_000);
});

test("binary: the same bits for any number of threads", async () => {
  const [first, ...others] = await forEachThreadCount(async (backend) => {
    const a = tensor(backend, "f32", [70_001], noise(70_001, 2));
    const b = tensor(backend, "f32", [70_001], noise(70_001, 3));
    const out = tensor(backend, "f32", [70_001]);
    backend.kernels.binary([a, b], [out], { op: "hypot" });
    return readView(backend, out);
  });
  for (const other of others) expect(other).toEqual(first);
});
