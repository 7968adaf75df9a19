import { memory, resetPeak, setBackend, zeros } from "@saccade/core";
import coreManifest from "@saccade/core/package.json" with { type: "json" };
import { createCpuBackend } from "@saccade/cpu-kernels";
import { workNamed } from "../works/index.ts";
import type { Host } from "./host.ts";
import { residentPeak } from "./process-memory.ts";
import type { SaccadeJob } from "./saccade.ts";

/** This library, on its cpu backend. */
export async function openSaccade({ threads, simd, blas }: SaccadeJob): Promise<Host> {
  const backend = await createCpuBackend({ threads, simd, blas });
  const facts = backend.info();
  const found = String(facts.blas);
  if (blas !== "off" && found.startsWith("off")) {
    await backend.dispose();
    throw new Error(`no BLAS: ${found}`);
  }
  setBackend(backend);
  let onBackend = true;
  const probe = zeros([]);
  return {
    version: `${coreManifest.version} (Node ${process.versions.node}, SIMD ${facts.simd}, BLAS ${facts.blas})`,
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
    close: () => backend.dispose(),
  };
}
