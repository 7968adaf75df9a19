import { expect, test } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { forEachConfiguration, forEachThreadCount, noise, readView, tensor } from "../../testing/harness.ts";
import { layouts } from "../../testing/layouts.ts";

interface Options {
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;
}

function crossEntropy(
  rows: number[][],
  target: number[],
  weight: number[] | null,
  { ignoreIndex, labelSmoothing: s }: Options,
  dLoss: number[],
) {
  const loss: number[] = [];
  const lse: number[] = [];
  const dLogits: number[] = [];
  rows.forEach((x, r) => {
    const w = weight ?? x.map(() => 1);
    const t = target[r];
    const max = Math.max(...x);
    const l = max + Math.log(x.reduce((a, v) => a + Math.exp(v - max), 0));
    lse.push(l);
    const ignored = t === ignoreIndex;
    const smooth = x.reduce((a, v, c) => a + w[c] * (l - v), 0);
    loss.push(ignored ? 0 : (1 - s) * w[t] * (l - x[t]) + (s / x.length) * smooth);
    const total = w.reduce((a, v) => a + v, 0);
    x.forEach((v, c) => {
      const p = Math.exp(v - l);
      const slope = (1 - s) * w[t] * (p - +(c === t)) + (s / x.length) * (total * p - w[c]);
      dLogits.push(ignored ? 0 : dLoss[r] * slope);
    });
  });
  return { loss, lse, dLogits };
}

forEachConfiguration((create) => {
  test("crossEntropy and its gradient: layouts, weights, smoothing, ignored rows", async () => {
    const backend = await create();
    const { crossEntropy: forward, crossEntropyBackward: backward } = backend.fused;
    for (const [rows, classes] of [
      [1, 1],
      [3, 2],
      [5, 7],
      [40, 65],
      [3, 1003],
      [2, 20_001],
    ]) {
      const logits = noise(rows * classes, 3).map((v) => v * 8);
      const table = Array.from({ length: rows }, (_, r) => [
        ...logits.subarray(r * classes, (r + 1) * classes),
      ]);
      const target = table.map((_, r) => (r % 4 === 3 ? -100 : (r * 37) % classes));
      const weights = Array.from(noise(classes, 5), (v) => Math.fround(v + 1.5));
      const dLoss = Array.from(noise(rows, 6));
      for (const [i, [name, x]] of layouts(backend, "f32", [rows, classes], logits).entries()) {
        for (const labelSmoothing of [0, 0.1]) {
          const weight = i % 2 ? tensor(backend, "f32", [classes], weights) : null;
          const attrs = { ignoreIndex: -100, labelSmoothing };
          const shared = i === 2;
          const slopes = shared ? dLoss.map(() => 0.25) : dLoss;
          const want = crossEntropy(table, target, weight ? weights : null, attrs, slopes);
          const t = layouts(backend, "i32", [rows], target)[i][1];
          const [loss, lse] = [tensor(backend, "f32", [rows]), tensor(backend, "f32", [rows])];
          expect(forward?.supports?.([x, t, weight], attrs)).toBe(true);
          forward?.run([x, t, weight], [loss, lse], attrs);
          const what = `${name} [${rows},${classes}] smoothing ${labelSmoothing}`;
          expectClose(await readView(backend, loss), want.loss, { atol: 1e-6, rtol: 1e-6 }, `loss ${what}`);
          expectClose(await readView(backend, lse), want.lse, { atol: 1e-6, rtol: 3e-7 }, `lse ${what}`);
          const g = shared
            ? { ...tensor(backend, "f32", [], [0.25]), shape: [rows], strides: [0] }
            : tensor(backend, "f32", [rows], dLoss);
          const dLogits = tensor(backend, "f32", [rows, classes]);
          backward?.run([x, t, weight, lse, g], [dLogits], attrs);
          expectClose(
            await readView(backend, dLogits),
            want.dLogits,
            { atol: 3e-7, rtol: 3e-6 },
            `dLogits ${what}`,
          );
        }
      }
    }
    await backend.dispose();
  }, 20_000);

  test("crossEntropy: a target that does not exist gives NaN and touches nothing else", async () => {
    const backend = await create();
    const x = tensor(backend, "f32", [3, 5], noise(15));
    const t = tensor(backend, "i32", [3], [5, -7, 2_000_000_000]);
    const attrs = { ignoreIndex: -100, labelSmoothing: 0 };
    const [loss, lse] = [tensor(backend, "f32", [3]), tensor(backend, "f32", [3])];
    backend.fused.crossEntropy?.run([x, t, null], [loss, lse], attrs);
    expect((await readView(backend, loss)).every(Number.isNaN)).toBe(true);
    const guarded = tensor(backend, "f32", [5, 5], new Array(25).fill(7));
    const inner = { ...guarded, shape: [3, 5], offset: 5 };
    backend.fused.crossEntropyBackward?.run([x, t, null, lse, lse], [inner], attrs);
    const around = await readView(backend, guarded);
    expect([...around.slice(0, 5), ...around.slice(20)]).toEqual(new Array(10).fill(7));
    await backend.dispose();
  });
});

test("crossEntropy: the same bits for any number of threads", async () => {
  const [first, ...others] = await forEachThreadCount(async (backend) => {
    const x = tensor(backend, "f32", [400, 301], noise(400 * 301));
    const t = tensor(
      backend,
      "i32",
      [400],
      Array.from({ length: 400 }, (_, i) => (i * i) % 301),
    );
    const [loss, lse] = [tensor(backend, "f32", [400]), tensor(backend, "f32", [400])];
    const dLogits = tensor(backend, "f32", [400, 301]);
    const attrs = { ignoreIndex: -100, labelSmoothing: 0.1 };
    backend.fused.crossEntropy?.run([x, t, null], [loss, lse], attrs);
    backend.fused.crossEntropyBackward?.run([x, t, null, lse, loss], [dLogits], attrs);
    return [...(await readView(backend, loss)), ...(await readView(backend, dLogits))];
  });
  for (const other of others) expect(other).toEqual(first);
});
