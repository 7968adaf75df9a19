import type { DType } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { forEachConfiguration, forEachThreadCount, noise, readView, tensor } from "../../testing/harness.ts";
import { layouts } from "../../testing/layouts.ts";
import { lines } from "../../testing/lines.ts";

/** Indices in order: NaN counts as largest; equal elements by index. */
function ordered(values: readonly number[], largest: boolean): number[] {
  const before = (a: number, b: number) => {
    const [x, y] = [values[a], values[b]];
    if (Number.isNaN(x) || Number.isNaN(y)) {
      const order = +Number.isNaN(y) - +Number.isNaN(x);
      return (largest ? order : -order) || a - b;
    }
    return (largest ? y - x : x - y) || a - b;
  };
  return values.map((_, i) => i).sort(before);
}

function sample(dtype: DType, size: number): number[] {
  const values = Array.from(noise(size, 3), (v) =>
    dtype === "f32" ? Math.round(v * 400) / 8 : Math.trunc(v * 100) + 0,
  );
  if (dtype === "u8") return values.map((v) => v & 63);
  if (dtype === "f32") for (let i = 3; i < size; i += 41) values[i] = [NaN, -0, 0, 1e-40][i % 4];
  return values;
}

forEachConfiguration((create) => {
  test("topK and sort: dtypes, axes, k, both directions, layouts", async () => {
    const backend = await create();
    for (const shape of [[1], [7], [5, 7], [3, 4, 50], [2, 300, 3], [2, 2000], [0, 3]]) {
      const size = shape.reduce((a, b) => a * b, 1);
      for (const dtype of ["f32", "i32", "u8"] as const) {
        const values = sample(dtype, size);
        for (const [i, [name, x]] of layouts(backend, dtype, shape, values).entries()) {
          for (let axis = 0; axis < shape.length; axis++) {
            for (const k of new Set([
              0,
              Math.min(1, shape[axis]),
              Math.ceil(shape[axis] / 10),
              Math.ceil(shape[axis] / 2),
              shape[axis],
            ])) {
              const largest = (i + k) % 2 === 0;
              const outShape = shape.map((n, d) => (d === axis ? k : n));
              const outSize = outShape.reduce((a, b) => a * b, 1);
              const blank = new Array<number>(outSize).fill(0);
              const picked = layouts(backend, dtype, outShape, blank)[(i * 2) % 5][1];
              const places = layouts(backend, "i32", outShape, blank)[(i * 3) % 5][1];
              backend.kernels.topK([x], [picked, places], { axis, k, largest });
              const wantIndices = new Array<number>(outSize);
              const wantValues = new Array<number>(outSize);
              const sources = lines(shape, axis);
              for (const [n, line] of lines(outShape, axis).entries()) {
                const order = ordered(
                  sources[n].map((at) => values[at]),
                  largest,
                );
                line.forEach((at, rank) => {
                  wantIndices[at] = order[rank];
                  wantValues[at] = values[sources[n][order[rank]]];
                });
              }
              const what = `${dtype} ${name} [${shape}] axis ${axis} k ${k}`;
              expect(await readView(backend, places), what).toEqual(wantIndices);
              expect(await readView(backend, picked), what).toEqual(Array.from(wantValues, Math.fround));
              backend.free(picked.buffer);
              backend.free(places.buffer);
            }
          }
          backend.free(x.buffer);
        }
      }
    }
    await backend.dispose();
  }, 60_000);
});

test("topK of long rows: scratch, workspace, and in place", async () => {
  const orders = new Map<number, number[]>();
  const results = await forEachThreadCount(async (backend) => {
    const found: number[][] = [];
    for (const size of [60_000, 100_000, 300_000]) {
      const values = Array.from(noise(size, 5), (v) => Math.round(v * 1e5));
      const want = orders.get(size) ?? ordered(values, true);
      orders.set(size, want);
      const x = tensor(backend, "f32", [size], values);
      for (const k of [50, size]) {
        const picked = tensor(backend, "f32", [k]);
        const places = tensor(backend, "i32", [k]);
        backend.kernels.topK([x], [picked, places], { axis: 0, k, largest: true });
        const got = await readView(backend, places);
        expect(got.every((place, i) => place === want[i])).toBe(true);
        found.push(got.slice(0, 100));
        backend.free(picked.buffer);
        backend.free(places.buffer);
      }
      backend.free(x.buffer);
    }
    return found;
  });
  for (const other of results.slice(1)) expect(other).toEqual(results[0]);
}, 60_000);
