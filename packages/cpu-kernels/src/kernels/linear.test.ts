import type { ActivationName, View } from "@saccade/core/backend";
import { expect, test } from "vitest";
import {
  forEachConfiguration,
  forEachThreadCount,
  noise,
  readView,
  tensor,
  transposed,
} from "../testing/harness.ts";
import { hash } from "../testing/hash.ts";

/** Abramowitz and Stegun 7.1.26 is too coarse: the series, which converges for the arguments here. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return Math.abs(x) > 5 ? Math.sign(x) : (2 / Math.sqrt(Math.PI)) * sum;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const activations: Record<ActivationName, (x: number) => number> = {
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  geluTanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  relu: (x) => Math.max(0, x),
  silu: (x) => x * sigmoid(x),
  sigmoid,
  tanh: Math.tanh,
  quickGelu: (x) => x * sigmoid(1.702 * x),
};

async function worstError(
  got: View,
  want: number[],
  backend: Parameters<typeof readView>[0],
): Promise<number> {
  const values = await readView(backend, got);
  return want.reduce((most, x, i) => Math.max(most, Math.abs(x - values[i])), 0);
}

forEachConfiguration((create, name) => {
  test(`bias, activation, pre (${name})`, async () => {
    const backend = await create();
    const kernel = backend.fused.linear!;
    for (const [m, n, k] of [
      [0, 3, 3],
      [1, 1, 1],
      [1, 37, 40],
      [1, 37, 0],
      [1, 1501, 351], // large enough to be streamed
      [5, 1403, 301],
      [3, 129, 300],
      [13, 66, 31],
      [65, 130, 300],
    ]) {
      const xs = noise(m * k, 1);
      const ws = noise(n * k, 2);
      const bs = noise(n, 3);
      const plain = Array.from({ length: m * n }, (_, i) => {
        let sum = 0;
        for (let j = 0; j < k; j++) sum += xs[Math.floor(i / n) * k + j] * ws[(i % n) * k + j];
        return sum;
      });
      const x = tensor(backend, "f32", [m, k], xs);
      const b = tensor(backend, "f32", [n], bs);
      const y = tensor(backend, "f32", [m, n]);
      const pre = tensor(backend, "f32", [m, n]);
      for (const w of [tensor(backend, "f32", [n, k], ws), transposed(backend, "f32", [n, k], ws)]) {
        const tolerance = 4e-6 * Math.sqrt(k + 1);
        kernel.run([x, w, null], [y], { activation: null });
        expect(await worstError(y, plain, backend)).toBeLessThan(tolerance);
        const biased = plain.map((value, i) => value + bs[i % n]);
        kernel.run([x, w, b], [y], { activation: null });
        expect(await worstError(y, biased, backend)).toBeLessThan(tolerance);
        for (const [activation, f] of Object.entries(activations) as [
          ActivationName,
          (x: number) => number,
        ][]) {
          kernel.run([x, w, b], [y, pre], { activation });
          expect(await worstError(pre, biased, backend)).toBeLessThan(tolerance);
          expect(await worstError(y, biased.map(f), backend), activation).toBeLessThan(2 * tolerance);
          kernel.run([x, w, b], [y], { activation });
          expect(await worstError(y, biased.map(f), backend), activation).toBeLessThan(2 * tolerance);
        }
      }
    }
    await backend.dispose();
  });
});

test("the same bits on 1 to 4 threads", async () => {
  const hashes = await forEachThreadCount(async (backend) => {
    const all: string[] = [];
    for (const m of [1, 5, 200]) {
      const x = tensor(backend, "f32", [m, 600], noise(m * 600, 1));
      const w = tensor(backend, "f32", [901, 600], noise(901 * 600, 2));
      const b = tensor(backend, "f32", [901], noise(901, 3));
      const y = tensor(backend, "f32", [m, 901]);
      backend.fused.linear!.run([x, w, b], [y], { activation: "gelu" });
      all.push(hash(await backend.read(y.buffer, 0, m * 901 * 4)));
    }
    return all.join();
  });
  expect(new Set(hashes).size).toBe(1);
});
