import type { BinaryName, KernelFunction, RequiredKernels } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { dtypeCode, writeInputs, writeOutput } from "../../views/operands.ts";
import { binaryCode } from "./op-codes.ts";

/** Those that take many instructions. */
const expensive: ReadonlySet<BinaryName> = new Set<BinaryName>([
  ...(["pow", "atan2", "hypot", "fmod", "remainder", "floorDiv", "truncDiv"] as const),
]);

/** `binary`: `out = op(a, b)`. */
export function binaryKernel({ memory, wasm }: Runtime): KernelFunction<RequiredKernels["binary"]> {
  return ([a, b], [out], { op }) => {
    const { args } = memory;
    writeOutput(args, 0, out);
    writeInputs(args, a, b);
    wasm.binary(binaryCode[op], dtypeCode[a.dtype], expensive.has(op) ? 20 : 2);
  };
}
