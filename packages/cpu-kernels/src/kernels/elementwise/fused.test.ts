import type { ActivationName, KeyWords } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { forEachConfiguration, forEachThreadCount, noise, readView, tensor } from "../../testing/harness.ts";
import { layouts } from "../../testing/layouts.ts";
import { keptFactor } from "../../testing/threefry-reference.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** The normal distribution function, by its series. */
function cdf(x: number): number {
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}
const C = Math.sqrt(2 / Math.PI);
const inner = (x: number) => C * (x + 0.044715 * x ** 3);

/** Functions and derivatives. */
const activations: Record<ActivationName, { f: (x: number) => number; slope: (x: number) => number }> = {
  gelu: {
    f: (x) => x * cdf(x),
    slope: (x) => cdf(x) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
  },
  geluTanh: {
    f: (x) => 0.5 * x * (1 + Math.tanh(inner(x))),
    slope: (x) => {
      const t = Math.tanh(inner(x));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * C * (1 + 3 * 0.044715 * x * x);
    },
  },
  relu: { f: (x) => Math.max(x, 0), slope: (x) => +(x > 0) },
  silu: { f: (x) => x * sigmoid(x), slope: (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x))) },
  sigmoid: { f: sigmoid, slope: (x) => sigmoid(x) * (1 - sigmoid(x)) },
  tanh: { f: Math.tanh, slope: (x) => 1 - Math.tanh(x) ** 2 },
  quickGelu: {
    f: (x) => x * sigmoid(1.702 * x),
    slope: (x) => sigmoid(1.702 * x) * (1 + 1.702 * x * (1 - sigmoid(1.702 * x))),
  },
};
const names = Object.keys(activations) as ActivationName[];

/** Dropout by definition. */
function dropped(
  values: Float32Array,
  shape: readonly number[],
  p: number,
  key: KeyWords,
  rows?: { readonly first: number; readonly of: number },
): number[] {
  const columns = shape.at(-1) ?? 1;
  const count = shape.at(-2) ?? 1;
  const { first, of } = rows ?? { first: 0, of: count };
  return Array.from(values, (value, i) => {
    const row = Math.floor(i / columns);
    const number = Math.floor(row / count) * of + first + (row % count);
    return keptFactor(key, number, i % columns, p) * value;
  });
}

forEachConfiguration((create) => {
  test("unaryBackward, glu, gluBackward: every activation, layouts, extremes", async () => {
    const backend = await create();
    const { unaryBackward, glu, gluBackward } = backend.fused;
    for (const shape of [[], [0], [3], [5, 7], [3, 5, 67], [3, 6000]]) {
      const size = shape.reduce((a, b) => a * b, 1);
      const gate = noise(size, 3).map((v, i) => (i % 11 === 10 ? v * 1e4 : v * 8));
      const up = noise(size, 4);
      const dy = noise(size, 5);
      const gates = layouts(backend, "f32", shape, gate);
      const ups = layouts(backend, "f32", shape, up);
      const dys = layouts(backend, "f32", shape, dy);
      for (const activation of names) {
        const { f, slope } = activations[activation];
        for (const [i, [name, x]] of gates.entries()) {
          const [u, d] = [ups[(i * 2) % 5][1], dys[(i * 3) % 5][1]];
          const out = [0, 1].map(() => tensor(backend, "f32", shape));
          const check = async (
            slot: number,
            want: (x: number, u: number, d: number) => number,
            what: string,
          ) =>
            expectClose(
              await readView(backend, out[slot]),
              Array.from(gate, (v, j) => want(v, up[j], dy[j])),
              { atol: 3e-6, rtol: 1e-6 },
              `${what} ${activation} ${name} [${shape}]`,
            );
          unaryBackward?.run([x, d], [out[0]], { op: activation });
          await check(0, (v, _u, g) => g * slope(v), "unaryBackward");
          glu?.run([x, u], [out[0]], { activation });
          await check(0, (v, w) => f(v) * w, "glu");
          gluBackward?.run([x, u, d], [out[0], out[1]], { activation });
          await check(0, (v, w, g) => g * w * slope(v), "dGate");
          await check(1, (v, _u, g) => g * f(v), "dUp");
          for (const view of out) backend.free(view.buffer);
        }
      }
      for (const [, view] of [...gates, ...ups, ...dys]) backend.free(view.buffer);
    }
    await backend.dispose();
  }, 30_000);

  test("activations saturate at infinities; derivatives of NaN are NaN", async () => {
    const backend = await create();
    const x = tensor(backend, "f32", [3], [-Infinity, Infinity, NaN]);
    const dy = tensor(backend, "f32", [3], [1, 1, 1]);
    const dx = tensor(backend, "f32", [3]);
    for (const op of names) {
      backend.fused.unaryBackward?.run([x, dy], [dx], { op });
      const [low, high, nan] = await readView(backend, dx);
      const flat = op === "sigmoid" || op === "tanh";
      expect(Math.abs(low), op).toBeLessThan(1e-6);
      expect(high, op).toBeCloseTo(flat ? 0 : 1, 6);
      expect(op === "relu" ? nan === 1 : Number.isNaN(nan), op).toBe(true);
    }
    await backend.dispose();
  });

  test("dropout keeps by 16 bits of each element, by row and column; p of 1", async () => {
    const backend = await create();
    const key: KeyWords = [7, 9];
    const shapes = [[], [0], [1], [3, 1], [40_001, 1], [1000, 2], [700, 3], [5, 1001], [20_011], [6, 400]];
    for (const shape of [...shapes, [3, 2, 5], [2, 3, 20, 44], [4, 5000]]) {
      for (const p of [0.00001, 0.1, 0.5, 0.9, 1]) {
        const values = noise(
          shape.reduce((a, b) => a * b, 1),
          2,
        );
        for (const rows of [undefined, { first: 7, of: 1_000_003 }]) {
          const want = dropped(values, shape, p, key, rows);
          for (const [name, x] of layouts(backend, "f32", shape, values)) {
            const y = tensor(backend, "f32", shape);
            backend.fused.dropout?.run([x], [y], { p, key, ...(rows && { rows }) });
            expectClose(await readView(backend, y), want, { rtol: 2e-7 }, `dropout ${p} ${name} [${shape}]`);
            backend.free(y.buffer);
            backend.free(x.buffer);
          }
        }
      }
    }
    await backend.dispose();
  });

  test("sumSquares: layouts and sizes", async () => {
    const backend = await create();
    for (const shape of [[], [0], [3], [5, 7], [31, 1025], [2, 70_001]]) {
      const size = shape.reduce((a, b) => a * b, 1);
      const values = noise(size, 3);
      const out = tensor(backend, "f32", []);
      for (const [name, x] of layouts(backend, "f32", shape, values)) {
        backend.fused.sumSquares?.run([x], [out], {});
        const want = Array.from(values).reduce((a, v) => a + v * v, 0);
        expectClose(
          await readView(backend, out),
          [Math.fround(want)],
          { rtol: 2e-7 },
          `sumSquares ${name} [${shape}]`,
        );
        backend.free(x.buffer);
      }
    }
    await backend.dispose();
  });
});

test("dropout and glu: the same bits for any number of threads", async () => {
  const [first, ...others] = await forEachThreadCount(async (backend) => {
    const x = tensor(backend, "f32", [60_001], noise(60_001));
    const y = tensor(backend, "f32", [60_001]);
    const z = tensor(backend, "f32", [60_001]);
    backend.fused.dropout?.run([x], [y], { p: 0.2, key: [1, 2] });
    backend.fused.glu?.run([x, y], [z], { activation: "silu" });
    return readView(backend, z);
  });
  for (const other of others) expect(other).toEqual(first);
});
