import { afterAll, beforeAll, expect, test } from "vitest";
import type { CpuBackend } from "../../backend.ts";
import { attentionCases, attentionOperands } from "../../testing/attention-cases.ts";
import { attentionReference } from "../../testing/attention-reference.ts";
import { expectClose } from "../../testing/close.ts";
import { forEachConfigurationAndBlas, forEachThreadCount, readView, tensor } from "../../testing/harness.ts";
import { hash } from "../../testing/hash.ts";

const tolerance = { atol: 3e-6, rtol: 3e-6 };

forEachConfigurationAndBlas((create, configuration) => {
  let backend: CpuBackend;
  beforeAll(async () => {
    backend = await create();
  });
  afterAll(() => backend.dispose());
  for (const one of attentionCases) {
    test(`${one.name} (${configuration})`, async () => {
      const { B, H, T, Ev } = one.sizes;
      const { values, inputs, sinks } = attentionOperands(backend, one);
      const out = tensor(backend, "f32", [B, H, T, Ev]);
      const lse = tensor(backend, "f32", [B, H, T]);
      backend.fused.attention!.run([...inputs, sinks], [out, lse], one.attrs);
      const want = attentionReference(one.sizes, values, one.attrs);
      expectClose(await readView(backend, out), want.out, tolerance, "out");
      expectClose(await readView(backend, lse), want.lse, tolerance, "lse");
    });
  }
});

test.each(["off", "auto"])("the same bits on 1 to 4 threads (blas: %s)", async (blas) => {
  const hashes = await forEachThreadCount(
    async (backend) => {
      const all: string[] = [];
      for (const one of attentionCases) {
        const { B, H, T, Ev } = one.sizes;
        const { inputs, sinks } = attentionOperands(backend, one);
        const out = tensor(backend, "f32", [B, H, T, Ev]);
        const lse = tensor(backend, "f32", [B, H, T]);
        backend.fused.attention!.run([...inputs, sinks], [out, lse], one.attrs);
        all.push(hash(await backend.read(out.buffer, 0, B * H * T * Ev * 4)));
        all.push(hash(await backend.read(lse.buffer, 0, B * H * T * 4)));
      }
      return all.join();
    },
    { blas },
  );
  expect(new Set(hashes).size).toBe(1);
});
