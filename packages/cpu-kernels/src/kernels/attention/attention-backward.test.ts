import type { View } from "@saccade/core/backend";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CpuBackend } from "../../backend.ts";
import { type AttentionCase, attentionCases, attentionOperands } from "../../testing/attention-cases.ts";
import { type AttentionGradients, attentionReference } from "../../testing/attention-reference.ts";
import { expectClose } from "../../testing/close.ts";
import {
  forEachConfigurationAndBlas,
  forEachThreadCount,
  noise,
  readView,
  tensor,
} from "../../testing/harness.ts";
import { hash } from "../../testing/hash.ts";

/** Runs the kernel on a case; the forward results it needs come from the reference. With `more`, all gradients. */
function run(
  backend: CpuBackend,
  one: AttentionCase,
  more: boolean,
): { want: AttentionGradients; outputs: View[] } {
  const { B, H, K, T, S, E, Ev } = one.sizes;
  const { values, inputs } = attentionOperands(backend, one);
  const dOutValues = noise(B * H * T * Ev, 9);
  const want = attentionReference(one.sizes, values, one.attrs, dOutValues);
  const dOut = tensor(backend, "f32", [B, H, T, Ev], dOutValues);
  const lse = tensor(backend, "f32", [B, H, T], want.lse);
  const delta = tensor(backend, "f32", [B, H, T], want.delta);
  const [dq, dk, dv] = [
    [B, H, T, E],
    [B, K, S, E],
    [B, K, S, Ev],
  ].map((shape) => tensor(backend, "f32", shape));
  const [biasGradient, slopesGradient] = [more, more && one.alibi === true];
  const others = [
    ...(biasGradient ? [tensor(backend, "f32", [B, H, T, S])] : []),
    ...(slopesGradient ? [tensor(backend, "f32", [B, H, T])] : []),
  ];
  backend.fused.attentionBackward!.run([...inputs, lse, delta, dOut], [dq, dk, dv, ...others], {
    ...one.attrs,
    biasGradient,
    slopesGradient,
  });
  return { want, outputs: [dq, dk, dv, ...others] };
}

const tolerance = { atol: 2e-5, rtol: 2e-5 };

forEachConfigurationAndBlas((create, configuration) => {
  let backend: CpuBackend;
  beforeAll(async () => {
    backend = await create();
  });
  afterAll(() => backend.dispose());
  for (const one of attentionCases) {
    test(`${one.name} (${configuration})`, async () => {
      for (const more of [false, true]) {
        const { want, outputs } = run(backend, one, more);
        const [dq, dk, dv, dBias, dSlopes] = await Promise.all(
          outputs.map((view) => readView(backend, view)),
        );
        expectClose(dq, want.dq, tolerance, "dq");
        expectClose(dk, want.dk, tolerance, "dk");
        expectClose(dv, want.dv, tolerance, "dv");
        if (more) expectClose(dBias, want.dBias, tolerance, "dBias");
        // A sum over distances: errors are relative to how far keys are.
        const far = { ...tolerance, atol: tolerance.atol * one.sizes.S };
        if (more && one.alibi) expectClose(dSlopes, want.dSlopes, far, "dSlopes");
      }
    });
  }
});

test.each(["off", "auto"])("the same bits on 1 to 4 threads (blas: %s)", async (blas) => {
  const hashes = await forEachThreadCount(
    async (backend) => {
      const all: string[] = [];
      for (const one of attentionCases) {
        for (const view of run(backend, one, true).outputs) {
          const elements = view.shape.reduce((a, b) => a * b, 1);
          all.push(hash(await backend.read(view.buffer, 0, elements * 4)));
        }
      }
      return all.join();
    },
    { blas },
  );
  expect(new Set(hashes).size).toBe(1);
});
