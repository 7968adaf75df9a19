import type { KernelFunction, RequiredKernels } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { writeInputs, writeOutput } from "../../views/operands.ts";

/** `where`: `out = cond ? a : b`. */
export function whereKernel({ memory, wasm }: Runtime): KernelFunction<RequiredKernels["where"]> {
  return ([condition, a, b], [out]) => {
    writeOutput(memory.args, 0, out);
    writeInputs(memory.args, condition, a, b);
    wasm.where();
  };
}
