import { createGpuBackend, type GpuBackend } from "@saccade/gpu-kernels";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { afterAll, describe, expect, test } from "vitest";
import type { AnyCase } from "./cases/case.ts";
import { kernelCases, kernelNames } from "./cases/index.ts";
import { testKernelCase } from "./runner/run-kernel-case.ts";

const notRun = gpuTests.leftOut;
if (!notRun) useSoftwareAdapter();

/** Cases of a kernel, at most. */
const SAMPLE = 12;
/** Blocks that a case's largest tensor falls into, at least; attention is cut along batches and heads alone. */
const BLOCKS = 6;
const ATTENTION_BLOCKS = 2;
/** The least that a backend may be limited to: with it, 64 floats fit a block. */
const LEAST_BYTES = 512;

/** Lines that do not fit a block are what no kernel can do in parts. */
const tooLong = /needs .* at once, and a shader of this adapter can be bound to/;

/** Every kernel on tensors that are larger than a shader can be bound to, by limits that are lowered for the test. */
describe.skipIf(notRun)(gpuTests.title("gpu, in windows of buffers"), { timeout: 900_000 }, () => {
  const backends = new Map<number, Promise<GpuBackend>>();
  afterAll(async () => {
    for (const backend of backends.values()) (await backend).dispose();
  });

  function limitedTo(bindingLimit: number): Promise<GpuBackend> {
    const known = backends.get(bindingLimit);
    if (known) return known;
    const backend = createGpuBackend({ bindingLimit });
    backends.set(bindingLimit, backend);
    return backend;
  }

  for (const kernel of kernelNames) {
    test(`${kernel}: some of ${kernelCases[kernel].length} cases`, async ({ annotate }) => {
      const failures: string[] = [];
      let declined = 0;
      for (const it of sampleOf(kernelCases[kernel])) {
        const backend = await limitedTo(limitFor(it));
        const outcome = await testKernelCase(backend, it, true);
        if (outcome.status !== "failed") continue;
        if (tooLong.test(outcome.message)) declined += 1;
        else failures.push(`${it.kernel}: ${it.name} (${limitFor(it)} B): ${outcome.message}`);
      }
      await annotate(`${declined} cases have lines that do not fit a block`);
      expect(failures).toEqual([]);
    });
  }
});

/** Some of a kernel's cases: with few differences, shaders are those of the whole suite. */
function sampleOf(cases: readonly AnyCase[]): readonly AnyCase[] {
  const step = Math.ceil(cases.length / SAMPLE);
  return cases.filter((_, i) => i % step === 0);
}

/** A power of two that cuts the case's largest tensor into several blocks. */
function limitFor({ kernel, inputs, outputs }: AnyCase): number {
  const blocks = kernel.startsWith("attention") ? ATTENTION_BLOCKS : BLOCKS;
  const bytes = [...inputs, ...outputs].map((spec) => (spec ? 4 * spec.shape.reduce((a, b) => a * b, 1) : 0));
  return Math.max(LEAST_BYTES, 2 ** Math.floor(Math.log2(Math.max(1, ...bytes) / blocks)));
}
