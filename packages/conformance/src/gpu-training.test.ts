import { type Backend, Key, tensor, valueAndGrad, withBackend } from "@saccade/core";
import { AdamW } from "@saccade/core/optim";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { useSoftwareAdapter } from "@saccade/software-adapter";
import { Gpt } from "@saccade/transformer";
import { describe, expect, test } from "vitest";

const notRun = process.env.SACCADE_NO_GPU === "1";
if (!notRun) useSoftwareAdapter();

const config = { vocabSize: 11, contextLength: 8, embedDim: 16, numLayers: 1, numHeads: 2, dropout: 0.1 };
const batch = 2;
/** Relative difference of losses after 200 steps: rounding errors grow from 1e-7 along a curve that is itself chaotic. */
const BOUND = 2e-3;

/** Losses of a small GPT that learns to count, modulo its vocabulary, in strides of one to three. */
async function losses(backend: Backend, steps: number): Promise<number[]> {
  const curve: number[] = [];
  const model = withBackend(backend, () => new Gpt(config, { key: new Key(0) }));
  using optimizer = new AdamW(model.parameters(), { lr: 3e-3 });
  for (let step = 0; step < steps; step++) {
    const rows = Array.from({ length: batch }, (_, b) =>
      Array.from(
        { length: config.contextLength + 1 },
        (_, t) => (7 * step + 5 * b + (1 + (b % 3)) * t) % config.vocabSize,
      ),
    );
    using tokens = tensor(rows, { dtype: "i32", backend });
    using input = tokens.slice(null, [0, config.contextLength]);
    using target = tokens.slice(null, [1, config.contextLength + 1]);
    using result = valueAndGrad(
      () => model.loss({ input, target }, { key: new Key(1).fold(step) }),
      model.parameters(),
    );
    optimizer.step(result.grads);
    curve.push(await result.value.item());
  }
  model.dispose();
  return curve;
}

describe.skipIf(notRun)("training on the GPU backend", () => {
  test("200 steps of a GPT with dropout follow the CPU's losses", { timeout: 180_000 }, async () => {
    const cpu = await createCpuBackend({ threads: 1, blas: "off" });
    const gpu = await createGpuBackend();
    const wanted = await losses(cpu, 200);
    const got = await losses(gpu, 200);
    const worst = Math.max(...got.map((loss, i) => Math.abs(loss - wanted[i]) / wanted[i]));
    expect(wanted[199]).toBeLessThan(wanted[0] / 3);
    expect(worst).toBeLessThan(BOUND);
    expect(gpu.info()).toMatchObject({ liveBytes: 0, liveBuffers: 0 });
    await cpu.dispose();
    gpu.dispose();
  });

  test("two runs give the same bits", { timeout: 60_000 }, async () => {
    const runs: number[][] = [];
    for (let run = 0; run < 2; run++) {
      const gpu = await createGpuBackend();
      runs.push(await losses(gpu, 5));
      gpu.dispose();
    }
    expect(runs[0]).toEqual(runs[1]);
  });
});
