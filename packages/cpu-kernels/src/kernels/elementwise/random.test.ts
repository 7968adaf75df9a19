import type { KeyWords } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { expectClose } from "../../testing/close.ts";
import { forEachConfiguration, forEachThreadCount, readView, tensor } from "../../testing/harness.ts";
import { threefry } from "../../testing/threefry-reference.ts";

function expected(kind: "bits" | "uniform" | "normal", key: KeyWords, i: number): number {
  const words = threefry(key, i >> 1, 0);
  if (kind === "bits") return words[i & 1];
  const [u0, u1] = words.map((w) => (w >>> 8) * 2 ** -24);
  if (kind === "uniform") return i & 1 ? u1 : u0;
  return Math.sqrt(-2 * Math.log(1 - u0)) * (i & 1 ? Math.sin(2 * Math.PI * u1) : Math.cos(2 * Math.PI * u1));
}

forEachConfiguration((create) => {
  test("random: bits, uniforms and normals by index", async () => {
    const backend = await create();
    const key: KeyWords = [0x12345678, -77];
    for (const kind of ["bits", "uniform", "normal"] as const) {
      for (const size of [0, 1, 2, 7, 8, 9, 1000, 1031, 40_003]) {
        const out = tensor(backend, kind === "bits" ? "i32" : "f32", [size + 1]);
        backend.kernels.random([], [{ ...out, shape: [size] }], { key, kind });
        const got = await readView(backend, out);
        const want = Array.from({ length: size }, (_, i) => expected(kind, key, i));
        const tolerance = kind === "normal" ? { atol: 1e-7, rtol: 5e-7 } : {};
        expectClose(got.slice(0, size), want, tolerance, `${kind} ${size}`);
        expect(got[size]).toBe(kind === "bits" ? 0 : Number.NaN);
        backend.free(out.buffer);
      }
    }
    await backend.dispose();
  });

  test("random into a strided output; iota", async () => {
    const backend = await create();
    const out = tensor(backend, "f32", [40, 30]);
    backend.kernels.random([], [{ ...out, shape: [30, 40], strides: [1, 30] }], {
      key: [1, 2],
      kind: "uniform",
    });
    const got = await readView(backend, { ...out, shape: [30, 40], strides: [1, 30] });
    expect(got).toEqual(Array.from({ length: 1200 }, (_, i) => expected("uniform", [1, 2], i)));
    for (const dtype of ["f32", "i32", "u8"] as const) {
      for (const size of [0, 1, 5, 5000]) {
        const x = tensor(backend, dtype, [2 * size + 1]);
        const step = dtype === "f32" ? 0.1 : 3;
        backend.kernels.iota([], [{ ...x, shape: [size], strides: [2] }], { start: -4, step });
        const values = await readView(backend, { ...x, shape: [size], strides: [2] });
        const wrap = { f32: Math.fround, i32: (v: number) => v | 0, u8: (v: number) => v & 255 }[dtype];
        expect(values).toEqual(Array.from({ length: size }, (_, i) => wrap(-4 + i * step)));
      }
    }
    await backend.dispose();
  });
});

test("random: the same bits for any number of threads", async () => {
  const [first, ...others] = await forEachThreadCount(async (backend) => {
    const out = tensor(backend, "f32", [50_001]);
    backend.kernels.random([], [out], { key: [3, 4], kind: "normal" });
    return readView(backend, out);
  });
  for (const other of others) expect(other).toEqual(first);
});
