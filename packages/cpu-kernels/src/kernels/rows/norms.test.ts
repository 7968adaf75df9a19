import type { View } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { forEachConfiguration, forEachThreadCount, noise, readView, tensor } from "../../testing/harness.ts";
import { layouts } from "../../testing/layouts.ts";

interface Result {
  readonly y: number[];
  readonly mean: number[];
  readonly rstd: number[];
  readonly dx: number[];
  readonly dWeight: number[];
  readonly dBias: number[];
}

/** Forward and backward in double precision; RMS has mean 0. */
function norm(
  x: ArrayLike<number>,
  width: number,
  w: number[],
  b: number[],
  dy: ArrayLike<number>,
  eps: number,
  rms: boolean,
): Result {
  const rows = x.length / width;
  const result: Result = {
    y: [],
    mean: [],
    rstd: [],
    dx: [],
    dWeight: new Array(width).fill(0),
    dBias: new Array(width).fill(0),
  };
  for (let r = 0; r < rows; r++) {
    const row = Array.from({ length: width }, (_, i) => x[r * width + i]);
    const d = row.map((_, i) => dy[r * width + i]);
    const mean = rms ? 0 : row.reduce((a, v) => a + v, 0) / width;
    const rstd = 1 / Math.sqrt(row.reduce((a, v) => a + (v - mean) ** 2, 0) / width + eps);
    const h = row.map((v) => (v - mean) * rstd);
    const g = d.map((v, i) => v * w[i]);
    const meanG = rms ? 0 : g.reduce((a, v) => a + v, 0) / width;
    const meanGH = g.reduce((a, v, i) => a + v * h[i], 0) / width;
    result.y.push(...h.map((v, i) => v * w[i] + b[i]));
    result.mean.push(mean);
    result.rstd.push(rstd);
    result.dx.push(...h.map((v, i) => rstd * (g[i] - meanG - v * meanGH)));
    h.forEach((v, i) => {
      result.dWeight[i] += d[i] * v;
      result.dBias[i] += d[i];
    });
  }
  return result;
}

const eps = 1e-5;

forEachConfiguration((create) => {
  test("layerNorm, rmsNorm and their gradients: layouts, widths, absent weights", async () => {
    const backend = await create();
    const { layerNorm, layerNormBackward, rmsNorm, rmsNormBackward } = backend.fused;
    for (const [rows, width] of [
      [1, 1],
      [3, 5],
      [1, 64],
      [9, 7],
      [5, 130],
      [70, 33],
      [2, 5000],
    ]) {
      const shape = [rows, width];
      const x = noise(rows * width, 3).map((v) => v * 3 + 1);
      const dy = noise(rows * width, 4);
      const w = Array.from(noise(width, 5), (v) => Math.fround(v + 1));
      const b = Array.from(noise(width, 6));
      const xs = layouts(backend, "f32", shape, x);
      const ds = layouts(backend, "f32", shape, dy);
      for (const [i, [name, view]] of xs.entries()) {
        const weight = i === 1 ? null : tensor(backend, "f32", [width], w);
        const bias = i === 1 || i === 2 ? null : tensor(backend, "f32", [width], b);
        const ones = new Array<number>(width).fill(1);
        const zeros = new Array<number>(width).fill(0);
        const outputs = () => ({
          y: tensor(backend, "f32", shape),
          mean: tensor(backend, "f32", [rows]),
          rstd: tensor(backend, "f32", [rows]),
        });
        const gradients = () =>
          [
            tensor(backend, "f32", shape),
            tensor(backend, "f32", [width]),
            tensor(backend, "f32", [width]),
          ] as const;
        const check = async (got: View, want: number[], atol: number, what: string) =>
          expectClose(await readView(backend, got), want, { atol, rtol: 1e-5 }, `${what} ${name} [${shape}]`);
        {
          const want = norm(x, width, weight ? w : ones, bias ? b : zeros, dy, eps, false);
          const { y, mean, rstd } = outputs();
          layerNorm?.run([view, weight, bias], [y, mean, rstd], { eps });
          await check(y, want.y, 3e-6, "layerNorm");
          await check(mean, want.mean, 1e-6, "mean");
          await check(rstd, want.rstd, 0, "rstd");
          const [dx, dWeight, dBias] = gradients();
          layerNormBackward?.run([view, weight, mean, rstd, ds[(i * 2) % 5][1]], [dx, dWeight, dBias], {});
          await check(dx, want.dx, 4e-6 * Math.max(1, want.rstd[0]), "dx");
          await check(dWeight, want.dWeight, 1e-5, "dWeight");
          await check(dBias, want.dBias, 1e-5, "dBias");
        }
        {
          const want = norm(x, width, weight ? w : ones, zeros, dy, eps, true);
          const { y, rstd } = outputs();
          rmsNorm?.run([view, weight], [y, rstd], { eps });
          await check(y, want.y, 3e-6, "rmsNorm");
          await check(rstd, want.rstd, 0, "rstd");
          const [dx, dWeight] = gradients();
          rmsNormBackward?.run([view, weight, rstd, ds[(i * 2) % 5][1]], [dx, dWeight], {});
          await check(dx, want.dx, 4e-6 * Math.max(1, ...want.rstd), "RMS dx");
          await check(dWeight, want.dWeight, 1e-5, "RMS dWeight");
        }
      }
    }
    await backend.dispose();
  }, 20_000);
});

test("layerNormBackward: the same bits for any number of threads", async () => {
  const [first, ...others] = await forEachThreadCount(async (backend) => {
    const make = (shape: number[], seed?: number) =>
      tensor(
        backend,
        "f32",
        shape,
        seed
          ? noise(
              shape.reduce((a, b) => a * b, 1),
              seed,
            )
          : undefined,
      );
    const x = make([777, 96], 1);
    const weight = make([96], 2);
    const [y, mean, rstd, dx, dWeight, dBias] = [[777, 96], [777], [777], [777, 96], [96], [96]].map((s) =>
      make(s),
    );
    backend.fused.layerNorm?.run([x, weight, null], [y, mean, rstd], { eps });
    backend.fused.layerNormBackward?.run([x, weight, mean, rstd, y], [dx, dWeight, dBias], {});
    const results = await Promise.all([dx, dWeight, dBias].map((view) => readView(backend, view)));
    return results.flat();
  });
  for (const other of others) expect(other).toEqual(first);
});

test("layerNormBackward of no rows gives zeros", async () => {
  const [values] = await forEachThreadCount(async (backend) => {
    const empty = tensor(backend, "f32", [0, 5]);
    const none = tensor(backend, "f32", [0]);
    const [dWeight, dBias] = [tensor(backend, "f32", [5]), tensor(backend, "f32", [5])];
    backend.fused.layerNormBackward?.run([empty, null, none, none, empty], [empty, dWeight, dBias], {});
    return [...(await readView(backend, dWeight)), ...(await readView(backend, dBias))];
  });
  expect(values).toEqual(new Array(10).fill(0));
});
