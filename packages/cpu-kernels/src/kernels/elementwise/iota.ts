import type { KernelFunction, RequiredKernels } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { dtypeCode, OWN_WORD, writeInputs, writeOutput } from "../../views/operands.ts";

/** `iota`: `start + i step`; the output is slot 0, because it may be strided. */
export function iotaKernel({ memory, wasm }: Runtime): KernelFunction<RequiredKernels["iota"]> {
  return (_inputs, [out], { start, step }) => {
    const { args } = memory;
    writeOutput(args, 0, out);
    writeInputs(args, out);
    args.f64[OWN_WORD / 2] = start;
    args.f64[OWN_WORD / 2 + 1] = step;
    args.i32[OWN_WORD + 4] = dtypeCode[out.dtype];
    wasm.iota();
  };
}
