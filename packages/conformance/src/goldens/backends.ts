import type { Backend } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { type CpuBackendOptions, createCpuBackend } from "@saccade/cpu-kernels";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { useSoftwareAdapter } from "@saccade/software-adapter";
import type { GoldenOptions } from "./options.ts";

/** The backends that an option names, each made when its turn comes. */
export function chosenBackends(
  name: GoldenOptions["backend"],
  cpu: CpuBackendOptions = {},
): readonly (() => Promise<Backend>)[] {
  const makers = {
    reference: async () => createReferenceBackend(),
    cpu: () => createCpuBackend(cpu),
    gpu: () => {
      useSoftwareAdapter();
      return createGpuBackend();
    },
  };
  return name === "all" ? [makers.reference, makers.cpu, makers.gpu] : [makers[name]];
}
