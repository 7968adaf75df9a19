import { memory, resetPeak, setBackend, zeros } from "@saccade/core";
import type { Backend } from "@saccade/core/backend";
import coreManifest from "@saccade/core/package.json" with { type: "json" };
import { createCpuBackend } from "@saccade/cpu-kernels";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { useSoftwareAdapter } from "@saccade/software-adapter";
import { workNamed } from "../works/index.ts";
import type { Host } from "./host.ts";
import { residentPeak } from "./process-memory.ts";
import type { GpuVariant, SaccadeJob, SaccadeVariant } from "./saccade.ts";

/** This library, on the backend that the job names. */
export async function openSaccade(job: SaccadeJob): Promise<Host> {
  const { backend, traits } = "adapter" in job ? await openGpu(job) : await openCpu(job);
  setBackend(backend);
  let onBackend = true;
  const probe = zeros([]);
  return {
    version: `${coreManifest.version} (Node ${process.versions.node}, ${traits})`,
    ...("adapter" in job && { sampleLength: GPU_SAMPLE }),
    async prepare({ work, parameters, variant }) {
      const { prepare, single = false } = workNamed(work);
      onBackend = !single;
      return prepare(parameters, backend, variant);
    },
    sync: async () => void (await probe.item()),
    async peakBytes(call) {
      if (!onBackend) return residentPeak(call);
      const before = memory().bytes;
      resetPeak();
      await call();
      return memory().peakBytes - before;
    },
    close: async () => void (await backend.dispose()),
  };
}

/** On a GPU waiting costs a fraction of a millisecond: samples are long against that, ms. */
const GPU_SAMPLE = 40;

async function openCpu({ threads, simd, blas }: SaccadeVariant & { threads: number }): Promise<Opened> {
  const backend = await createCpuBackend({ threads, simd, blas });
  const facts = backend.info();
  const found = String(facts.blas);
  if (blas !== "off" && found.startsWith("off")) {
    await backend.dispose();
    throw new Error(`no BLAS: ${found}`);
  }
  return { backend, traits: `SIMD ${facts.simd}, BLAS ${facts.blas}` };
}

async function openGpu({ adapter, experimental, matrices }: GpuVariant): Promise<Opened> {
  if (adapter === "software") useSoftwareAdapter();
  const without = matrices ? [] : (["chromium-experimental-subgroup-matrix"] as const);
  const backend = await createGpuBackend({ experimental, without });
  return { backend, traits: String(backend.info().adapter) };
}

interface Opened {
  readonly backend: Backend;
  /** What decides its speed. */
  readonly traits: string;
}
