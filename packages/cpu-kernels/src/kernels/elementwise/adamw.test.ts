import { expect, test } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { forEachConfiguration, forEachThreadCount, noise, readView, tensor } from "../../testing/harness.ts";
import { layouts } from "../../testing/layouts.ts";

interface Attrs {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly step: number;
  readonly decoupled: boolean;
}

/** Loshchilov & Hutter 2019, algorithm 2; Kingma & Ba 2015 with L2. */
function adam(g: number, p: number, m: number, v: number, a: Attrs): [number, number, number] {
  const gradient = a.decoupled ? g : g + a.weightDecay * p;
  const m1 = a.beta1 * m + (1 - a.beta1) * gradient;
  const v1 = a.beta2 * v + (1 - a.beta2) * gradient ** 2;
  const update = m1 / (1 - a.beta1 ** a.step) / (Math.sqrt(v1 / (1 - a.beta2 ** a.step)) + a.eps);
  return [p - a.lr * update - (a.decoupled ? a.lr * a.weightDecay * p : 0), m1, v1];
}

const base = { lr: 1e-2, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.1 };

forEachConfiguration((create) => {
  test("adamwStep: both kinds, first and later steps, strided gradients, a scale", async () => {
    const backend = await create();
    for (const shape of [[1], [3], [5, 7], [31, 700], [3, 0]]) {
      const size = shape.reduce((a, b) => a * b, 1);
      const [g, p, m] = [noise(size, 1), noise(size, 2), noise(size, 3).map((x) => x / 10)];
      const v = noise(size, 4).map((x) => x * x);
      for (const [i, [name, grad]] of layouts(backend, "f32", shape, g).entries()) {
        const attrs = { ...base, step: i * i * 10 + 1, decoupled: i % 2 === 0 };
        const scale = i > 2 ? 0.5 : 1;
        const out = [p, m, v].map((values) => tensor(backend, "f32", shape, values));
        const gradScale = i > 2 ? tensor(backend, "f32", [], [scale]) : null;
        backend.fused.adamwStep?.run([gradScale, grad], [out[0], out[1], out[2]], attrs);
        const want = Array.from(g, (x, j) => adam(x * scale, p[j], m[j], v[j], attrs));
        for (const slot of [0, 1, 2]) {
          const got = await readView(backend, out[slot]);
          const expected = want.map((row) => row[slot]);
          expectClose(got, expected, { atol: 2e-7, rtol: 1e-6 }, `output ${slot} ${name} [${shape}]`);
        }
      }
    }
    await backend.dispose();
  });
});

test("adamwStep: the same bits for any number of threads", async () => {
  const [first, ...others] = await forEachThreadCount(async (backend) => {
    const make = (seed: number) => tensor(backend, "f32", [50_003], noise(50_003, seed).map(Math.abs));
    const [g, p, m, v] = [make(1), make(2), make(3), make(4)];
    backend.fused.adamwStep?.run([null, g], [p, m, v], { ...base, step: 3, decoupled: true });
    return readView(backend, p);
  });
  for (const other of others) expect(other).toEqual(first);
});
