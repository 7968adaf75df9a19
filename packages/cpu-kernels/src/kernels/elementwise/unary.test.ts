import type { UnaryName } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { forEachConfiguration, forEachThreadCount, noise, readView, tensor } from "../../testing/harness.ts";
import { layouts } from "../../testing/layouts.ts";

/** Maclaurin series, and the continued fraction of erfc beyond 3. */
function erf(x: number): number {
  const z = Math.abs(x);
  if (!(z < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  let term = z;
  let sum = z;
  for (let n = 1; n < 300; n++) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return Math.sign(x) * Math.min(1, (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum);
}
const sigmoid = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const clamp = (x: number, a: number, b: number) => (x < a ? a : x > b ? b : x);
const gated = (x: number, y: number) => (x === -Infinity ? 0 : x * y);
function round(x: number): number {
  const even = 2 * Math.round(x / 2);
  return Math.abs(x - Math.trunc(x)) === 0.5 ? even : Math.round(x);
}

interface Row {
  readonly f: (x: number, a: number, b: number) => number;
  readonly a?: number;
  readonly b?: number;
  /** In units of 2^-23, relative. Default 2. */
  readonly ulps?: number;
  /** Absolute, in units of 2^-24 max(1, |x|). */
  readonly absolute?: number;
}

const A = 0.37;
const rows: Record<Exclude<UnaryName, "bitNot">, Row> = {
  abs: { f: Math.abs },
  acos: { f: Math.acos },
  affine: { f: (x, a, b) => x * a + b, a: A, b: -1.25, absolute: 2 },
  asin: { f: Math.asin },
  atan: { f: Math.atan },
  ceil: { f: Math.ceil },
  clamp: { f: clamp, a: -0.5, b: 0.75 },
  cos: { f: Math.cos },
  elu: { f: (x, a) => (x > 0 ? x : a * Math.expm1(x)), a: A },
  erf: { f: erf },
  exp: { f: Math.exp },
  expm1: { f: Math.expm1 },
  floor: { f: Math.floor },
  gelu: { f: (x) => gated(x, 0.5 * (1 + erf(x * Math.SQRT1_2))), absolute: 3 },
  geluTanh: { f: (x) => gated(x, sigmoid(2 * 0.7978845608028654 * (x + 0.044715 * x ** 3))), absolute: 8 },
  hardsigmoid: { f: (x) => clamp(x / 6 + 0.5, 0, 1), absolute: 2 },
  hardswish: { f: (x) => x * clamp(x / 6 + 0.5, 0, 1), absolute: 2 },
  isFinite: { f: (x) => +Number.isFinite(x) },
  isInf: { f: (x) => +(Math.abs(x) === Infinity) },
  isNan: { f: (x) => +Number.isNaN(x) },
  leakyRelu: { f: (x, a) => (x > 0 ? x : x * a), a: A },
  log: { f: Math.log },
  log1p: { f: Math.log1p },
  log2: { f: Math.log2 },
  logSigmoid: { f: (x) => -softplus(-x), ulps: 4 },
  logicalNot: { f: (x) => +(x === 0) },
  mish: { f: (x) => x * Math.tanh(softplus(x)), ulps: 6, absolute: 1e-6 },
  neg: { f: (x) => -x },
  powScalar: { f: (x, a) => x ** a, a: A },
  quickGelu: { f: (x) => x * sigmoid(1.702 * x), absolute: 8 },
  reciprocal: { f: (x) => 1 / x },
  relu: { f: (x) => (x <= 0 ? 0 : x) },
  round: { f: round },
  rsqrt: { f: (x) => 1 / Math.sqrt(x) },
  selu: { f: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)), ulps: 3 },
  sigmoid: { f: sigmoid, ulps: 4, absolute: 1e-30 },
  sign: { f: Math.sign },
  silu: { f: (x) => x * sigmoid(x), ulps: 4, absolute: 1e-30 },
  sin: { f: Math.sin },
  softplus: { f: (x, a, b) => (x * a > b ? x : softplus(x * a) / a), a: 1.5, b: 20, ulps: 4, absolute: 1e-4 },
  softsign: { f: (x) => x / (1 + Math.abs(x)) },
  sqrt: { f: Math.sqrt },
  square: { f: (x) => x * x },
  tan: { f: Math.tan, ulps: 4 },
  tanh: { f: Math.tanh, ulps: 3 },
  trunc: { f: Math.trunc },
};
const names = Object.keys(rows) as (keyof typeof rows)[];
const masks = new Set<UnaryName>(["isFinite", "isInf", "isNan", "logicalNot"]);
const dtypeOf = (op: UnaryName) => (masks.has(op) ? "u8" : "f32");

/** Wide and narrow magnitudes, halves, extremes, and everything special. */
const inputs = Float32Array.from([
  ...[
    0,
    -0,
    1,
    -1,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    Infinity,
    -Infinity,
    NaN,
    1e-40,
    -1e-40,
    1e4,
    -1e4,
    88.5,
    -88.5,
  ],
  ...[3e38, -3e38, 1e9, 6e7, 1e30, 20.5, 0.93, -0.93, 8388609, -8388609, 1e-8, -1e-8, -104, -150, 1.2e-38],
  ...noise(700, 3).map((x) => x * 4),
  ...noise(700, 5).map((x) => x * 90),
  ...noise(400, 7).map((x) => x * 10 ** Math.round(30 * x)),
]);

forEachConfiguration((create) => {
  test("unary f32: every function on odd, wide and special values", async () => {
    const backend = await create();
    const x = tensor(backend, "f32", [inputs.length], inputs);
    for (const op of names) {
      const { f, a = 0, b = 0, ulps = 2, absolute = 0 } = rows[op];
      const out = tensor(backend, dtypeOf(op), [inputs.length]);
      backend.kernels.unary([x], [out], { op, a, b });
      const got = await readView(backend, out);
      // Parameters are single precision, too.
      const want = Float32Array.from(inputs, (v) => f(v, Math.fround(a), Math.fround(b)));
      const worst = inputs.findIndex((v, i) => {
        if (Object.is(got[i], want[i]) || got[i] === want[i]) return false;
        const slack =
          ulps * (Math.abs(want[i]) * 2 ** -23 + 2 ** -149) + absolute * 2 ** -24 * Math.max(1, Math.abs(v));
        return !(Math.abs(got[i] - f(v, Math.fround(a), Math.fround(b))) <= slack);
      });
      if (worst >= 0) expect.fail(`${op}(${inputs[worst]}) is ${got[worst]}, should be ${want[worst]}`);
      backend.free(out.buffer);
    }
    await backend.dispose();
  });

  test("unary f32: layouts and sizes", async () => {
    const backend = await create();
    for (const shape of [
      [],
      [0],
      [1],
      [3],
      [16],
      [33],
      [5, 7],
      [2, 0, 3],
      [3, 5, 67],
      [2, 3, 4, 5],
      [41, 1025],
    ]) {
      const size = shape.reduce((m, n) => m * n, 1);
      const values = noise(size, 11);
      for (const [name, x] of layouts(backend, "f32", shape, values)) {
        for (const op of ["square", "exp", "logicalNot"] as const) {
          const out = tensor(backend, dtypeOf(op), [size + 1]);
          backend.kernels.unary([x], [{ ...out, shape, strides: x.strides.map(() => 1) }], {
            op,
            a: 0,
            b: 0,
          });
          const got = await readView(backend, out);
          const want = [...Array.from(values, (v) => rows[op].f(v, 0, 0)), op === "logicalNot" ? 0 : NaN];
          expectClose(got, want, { rtol: 1e-6 }, `${op} ${name} [${shape}]`);
          backend.free(out.buffer);
        }
        backend.free(x.buffer);
      }
    }
    await backend.dispose();
  });

  test("unary of integers", async () => {
    const backend = await create();
    const values = [
      0,
      1,
      -1,
      5,
      -7,
      2147483647,
      -2147483648,
      ...Array.from({ length: 40 }, (_, i) => i * i - 300),
    ];
    const x = tensor(backend, "i32", [values.length], values);
    const table: [UnaryName, (x: number) => number, number?, number?][] = [
      ["abs", Math.abs],
      ["affine", (v) => Math.imul(v, 3) - 5, 3, -5],
      ["bitNot", (v) => ~v],
      ["clamp", (v) => clamp(v, -3, 100), -3, 100],
      ["clamp", (v) => Math.max(v, 2), 2, Infinity],
      ["neg", (v) => -v],
      ["relu", (v) => Math.max(v, 0)],
      ["sign", Math.sign],
      ["square", (v) => Math.imul(v, v)],
      ["powScalar", (v) => Math.imul(Math.imul(v, v), v), 3],
      ["trunc", (v) => v],
      ["logicalNot", (v) => +(v === 0)],
      ["isFinite", () => 1],
      ["isNan", () => 0],
    ];
    for (const [op, f, a = 0, b = 0] of table) {
      const out = tensor(backend, dtypeOf(op) === "u8" ? "u8" : "i32", [values.length]);
      backend.kernels.unary([x], [out], { op, a, b });
      expect(await readView(backend, out), op).toEqual(values.map((v) => (f(v) | 0) + 0));
    }
    const mask = tensor(backend, "u8", [19], [...values.slice(0, 19).map((v) => v & 1)]);
    for (const op of ["logicalNot", "bitNot", "relu"] as const) {
      const out = tensor(backend, "u8", [19]);
      backend.kernels.unary([mask], [out], { op, a: 0, b: 0 });
      const of = {
        logicalNot: (v: number) => 1 - v,
        bitNot: (v: number) => ~v & 255,
        relu: (v: number) => v,
      };
      const want = values.slice(0, 19).map((v) => of[op](v & 1));
      expect(await readView(backend, out), op).toEqual(want);
    }
    await backend.dispose();
  });
});

test("unary: the same bits for any number of threads", async () => {
  const values = noise(100_003, 2);
  const [first, ...others] = await forEachThreadCount(async (backend) => {
    const x = tensor(backend, "f32", [values.length], values);
    const out = tensor(backend, "f32", [values.length]);
    backend.kernels.unary([x], [out], { op: "gelu", a: 0, b: 0 });
    return readView(backend, out);
  });
  for (const other of others) expect(other).toEqual(first);
});
