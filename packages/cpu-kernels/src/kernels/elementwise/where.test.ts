import { expect, test } from "vitest";
import { forEachConfiguration, noise, readView, tensor } from "../../testing/harness.ts";
import { broadcast, layouts } from "../../testing/layouts.ts";

forEachConfiguration((create) => {
  test("where: layouts, dtypes, broadcasts", async () => {
    const backend = await create();
    for (const shape of [[], [0], [1], [5, 7], [3, 5, 67], [19, 1100]]) {
      const size = shape.reduce((m, n) => m * n, 1);
      const mask = Array.from({ length: size }, (_, i) => (i % 3 === 0 ? 0 : i % 250));
      for (const dtype of ["f32", "i32", "u8"] as const) {
        const u = Array.from(noise(size, 5), (x) => Math.trunc(x * 100) & 127);
        const v = Array.from(noise(size, 6), (x) => Math.trunc(x * 100) & 127);
        const conditions = layouts(backend, "u8", shape, mask);
        const left = layouts(backend, dtype, shape, u);
        const right = layouts(backend, dtype, shape, v);
        for (let i = 0; i < 5; i++) {
          const out = tensor(backend, dtype, shape);
          const inputs = [conditions[i], left[(i * 2) % 5], right[(i * 3) % 5]] as const;
          backend.kernels.where([inputs[0][1], inputs[1][1], inputs[2][1]], [out], {});
          const what = `${inputs.map(([name]) => name)} ${dtype} [${shape}]`;
          expect(await readView(backend, out), what).toEqual(u.map((x, j) => (mask[j] ? x : v[j])));
          backend.free(out.buffer);
        }
        for (const [, view] of [...conditions, ...left, ...right]) backend.free(view.buffer);
      }
    }
    // A causal mask over [2, 40, 40], scalars chosen.
    const causal = tensor(
      backend,
      "u8",
      [40, 40],
      Array.from({ length: 1600 }, (_, i) => +(i % 40 <= i / 40)),
    );
    const x = tensor(backend, "f32", [2, 40, 40], noise(3200));
    const low = tensor(backend, "f32", [], [-Infinity]);
    const everywhere = { ...low, shape: [2, 40, 40], strides: [0, 0, 0] };
    const out = tensor(backend, "f32", [2, 40, 40]);
    backend.kernels.where([broadcast(causal, 0, 2), x, everywhere], [out], {});
    const values = noise(3200);
    const want = Array.from(values, (v, i) => ((i % 1600) % 40 <= (i % 1600) / 40 ? v : -Infinity));
    expect(await readView(backend, out)).toEqual(want);
    await backend.dispose();
  }, 20_000);
});
