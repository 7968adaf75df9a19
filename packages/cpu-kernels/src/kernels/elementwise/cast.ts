import type { KernelFunction, RequiredKernels } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { dtypeCode, writeInputs, writeOutput } from "../../views/operands.ts";

/** `cast`: the output is slot 1, because it may be strided. */
export function castKernel({ memory, wasm }: Runtime): KernelFunction<RequiredKernels["cast"]> {
  return ([x], [out]) => {
    writeOutput(memory.args, 0, out);
    writeInputs(memory.args, x, out);
    wasm.cast(dtypeCode[x.dtype], dtypeCode[out.dtype]);
  };
}
