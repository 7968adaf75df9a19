import type { KernelFunction, RequiredKernels } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { writeCopyPlan } from "../../views/copy-plan.ts";
import { writeInputs, writeOutput } from "../../views/operands.ts";
import { isContiguous, sizeOf } from "../../views/pointer.ts";

/** `copy`: between any two layouts. */
export function copyKernel({ memory, wasm }: Runtime): KernelFunction<RequiredKernels["copy"]> {
  return ([x], [out]) => {
    const { args } = memory;
    if (sizeOf(out) === 0) return;
    writeOutput(args, 0, out);
    writeInputs(args, x);
    if (isContiguous(x) && isContiguous(out)) return wasm.copyContiguous();
    const kind = writeCopyPlan(args, x, out);
    if (kind === "contiguous") wasm.copyContiguous();
    else if (kind === "transposed") wasm.copyTransposed();
    else wasm.copyRuns();
  };
}
