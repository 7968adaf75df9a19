import { type Backend, Key, noGrad, tensor, tidy } from "@saccade/core";
import { quantizeModule } from "@saccade/core/nn";
import { createReferenceBackend } from "@saccade/core/reference";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { Gpt } from "@saccade/transformer";
import { describe, expect, test } from "vitest";

const config = { vocabSize: 40, contextLength: 12, embedDim: 32, numLayers: 2, numHeads: 4 };
const text = [3, 1, 4, 1, 5];

interface Decoded {
  /** Behind every token. */
  readonly logits: readonly (readonly number[])[];
  /** Of the last token. */
  readonly dispatches: number;
}

async function decode(backend: Backend, bits?: 8): Promise<Decoded> {
  const model = new Gpt(config, { key: new Key(7), backend });
  if (bits) quantizeModule(model.decoder, { bits });
  const cache = model.createCache({ batch: 1 });
  const logits: number[][] = [];
  let dispatches = 0;
  for (let from = 0, to = 1; from < text.length; from = to, to += 1) {
    const next = tidy(() => {
      const ids = tensor([text.slice(from, to)], { dtype: "i32", backend });
      const before = Number(backend.info().dispatches);
      const last = noGrad(() => model.forward(ids, { cache, logits: "last" }));
      dispatches = Number(backend.info().dispatches) - before;
      return last;
    });
    logits.push([...(await next.data())]);
    next.dispose();
  }
  cache.dispose();
  model.dispose();
  await backend.dispose();
  return { logits, dispatches };
}

describe.skipIf(gpuTests.leftOut)(gpuTests.title("decoding on a GPU"), () => {
  test.each([undefined, 8] as const)(
    "finds what the reference does, in few dispatches (bits %s)",
    async (bits) => {
      useSoftwareAdapter();
      const expected = await decode(createReferenceBackend(), bits);
      const got = await decode(await createGpuBackend(), bits);
      const apart = got.logits.flatMap((row, t) => row.map((x, i) => Math.abs(x - expected.logits[t][i])));
      expect(Math.max(...apart)).toBeLessThan(2e-6);
      // Of each layer: norm, projections, cache, attention, output and residual, norm, two of feed-forward and residual.
      // Codes: the activation, and the projections do not fit the bindings of one shader.
      expect(got.dispatches).toBeLessThanOrEqual((bits ? 10 : 8) * config.numLayers + 4);
    },
  );
});
