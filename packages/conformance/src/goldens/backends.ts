import type { Backend } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { createCpuBackend } from "@saccade/cpu-kernels";
import type { GoldenOptions } from "./options.ts";

/** The backends that an option names, each made when its turn comes. */
export function chosenBackends(name: GoldenOptions["backend"]): readonly (() => Promise<Backend>)[] {
  const makers = {
    reference: async () => createReferenceBackend(),
    cpu: () => createCpuBackend(),
  };
  return name === "all" ? [makers.reference, makers.cpu] : [makers[name]];
}
