import { expect, test } from "vitest";
import { createCpuBackend } from "../../create-backend.ts";
import { readView, tensor } from "../../testing/harness.ts";
import { keptFactor } from "../../testing/threefry-reference.ts";

/** One query and head for each row; value s is 2^s, so that a sum tells which keys were kept. */
test.each([
  [1, { first: 0, of: 5 }],
  [9, { first: 3, of: 1_000 }],
  [23, { first: 2 ** 31 - 30, of: 2 ** 31 - 1 }],
])("which weights are kept is a matter of the query's row and the key: %i keys, %o", async (S, queries) => {
  const backend = await createCpuBackend({ threads: 1, blas: "off" });
  const [T, key, dropout] = [5, [12, 34] as const, 0.4];
  const q = tensor(backend, "f32", [1, 1, T, 1], new Float32Array(T));
  const k = tensor(backend, "f32", [1, 1, S, 1], new Float32Array(S));
  const v = tensor(
    backend,
    "f32",
    [1, 1, S, 1],
    Float32Array.from({ length: S }, (_, s) => 2 ** s),
  );
  const [out, lse] = [tensor(backend, "f32", [1, 1, T, 1]), tensor(backend, "f32", [1, 1, T])];
  const plain = { scale: 1, causal: false, windowLeft: -1, windowRight: -1, softcap: 0 };
  for (const first of [0, 1, 2, 3].filter((n) => n < S)) {
    const ranges = tensor(
      backend,
      "i32",
      [1, T, 3],
      Int32Array.from({ length: 3 * T }, (_, n) => [first, S, 0][n % 3]),
    );
    const attrs = { ...plain, dropout, key, queries };
    backend.fused.attention!.run([q, k, v, null, null, null, ranges, null], [out, lse], attrs);
    const sums = await readView(backend, out);
    for (const [t, sum] of sums.entries()) {
      let wanted = 0;
      for (let s = first; s < S; s++) wanted += 2 ** s * keptFactor(key, queries.first + t, s, dropout);
      expect(sum * (S - first)).toBeCloseTo(wanted, -Math.log10(Math.max(1, wanted * 1e-6)));
    }
    backend.free(ranges.buffer);
  }
  await backend.dispose();
});
