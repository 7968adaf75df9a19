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

/** What runs along a line that is itself larger than a block. */
const alongLines = { scan: 4, argReduce: 4, topK: 8 } as const; // bytes of an element, or of its key and place
const LONG_LINES = 8;
/** Elements of a case that is not too slow in blocks of 64. */
const LONG_CASE = 4200;

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
    test(`${kernel}: some of ${kernelCases[kernel].length} cases`, async () => {
      const failures: string[] = [];
      for (const it of sampleOf(kernelCases[kernel], SAMPLE))
        failures.push(...(await failed(it, limitFor(it))));
      expect(failures).toEqual([]);
    });
  }

  for (const [kernel, bytes] of Object.entries(alongLines)) {
    test(`${kernel}: lines that are larger than a block`, async () => {
      const cases: readonly AnyCase[] = kernelCases[kernel as keyof typeof alongLines];
      const long = cases.filter(({ inputs: [x], attrs }) => {
        const shape = x?.shape ?? [];
        const line = bytes * (shape[(attrs as { axis: number }).axis] ?? 0);
        return line > LEAST_BYTES && shape.reduce((a, b) => a * b, 1) < LONG_CASE;
      });
      expect(long.length).toBeGreaterThan(LONG_LINES);
      const failures: string[] = [];
      for (const it of sampleOf(long, LONG_LINES)) failures.push(...(await failed(it, LEAST_BYTES)));
      expect(failures).toEqual([]);
    });
  }

  async function failed(it: AnyCase, limit: number): Promise<string[]> {
    const outcome = await testKernelCase(await limitedTo(limit), it, true);
    return outcome.status === "failed" ? [`${it.kernel}: ${it.name} (${limit} B): ${outcome.message}`] : [];
  }
});

/** Some of a kernel's cases: with few differences, shaders are those of the whole suite. */
function sampleOf(cases: readonly AnyCase[], most: number): readonly AnyCase[] {
  const step = Math.ceil(cases.length / most);
  return cases.filter((_, i) => i % step === 0);
}

/** A power of two that cuts the case's largest tensor into several blocks. */
function limitFor({ kernel, inputs, outputs }: AnyCase): number {
  const blocks = kernel.startsWith("attention") ? ATTENTION_BLOCKS : BLOCKS;
  const bytes = [...inputs, ...outputs].map((spec) => (spec ? 4 * spec.shape.reduce((a, b) => a * b, 1) : 0));
  return Math.max(LEAST_BYTES, 2 ** Math.floor(Math.log2(Math.max(1, ...bytes) / blocks)));
}
