import { expect, test } from "vitest";
import { createCpuBackend } from "../../create-backend.ts";
import { readView, tensor } from "../../testing/harness.ts";
import { threefry } from "../../testing/threefry-reference.ts";

test("random words of elements around 2^33, where the counter of blocks takes a second word", async () => {
  const backend = await createCpuBackend({ threads: 1, blas: "off" });
  const [T, S] = [65_537, 131_071];
  const [key, dropout] = [[12, 34] as const, 0.5];
  const row = T - 1; // its element j has the index 2^33 - 65536 + j
  const [q, k, v] = [T, S, S].map((length) =>
    tensor(backend, "f32", [1, 1, length, 1], new Float32Array(length).fill(1)),
  );
  const out = tensor(backend, "f32", [1, 1, T, 1]);
  const lse = tensor(backend, "f32", [1, 1, T]);
  const attrs = { scale: 1, causal: false, windowLeft: -1, windowRight: -1, softcap: 0, dropout, key };
  const kept: boolean[] = [];
  const wanted: boolean[] = [];
  for (let j = 65_536 - 40; j < 65_536 + 8; j++) {
    // Only the last query sees a key, and only this one.
    const ranges = new Int32Array(3 * T);
    ranges.set([j, j + 1, j], 3 * row);
    const ranged = tensor(backend, "i32", [1, T, 3], ranges);
    backend.fused.attention!.run([q, k, v, null, null, null, ranged, null], [out, lse], attrs);
    const last = await readView(backend, { ...out, shape: [1], strides: [1], offset: row });
    expect(last[0] === 0 || last[0] === 2).toBe(true);
    kept.push(last[0] === 2);
    wanted.push((threefry(key, row * S + j) >>> 8) * 2 ** -24 >= dropout);
    backend.free(ranged.buffer);
  }
  expect(kept).toEqual(wanted);
  expect(new Set(kept).size).toBe(2);
  await backend.dispose();
});
