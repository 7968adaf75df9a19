import type { KernelFunction, RequiredKernels } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { OWN_WORD, writeInputs, writeOutput } from "../../views/operands.ts";

const kinds = { bits: 0, uniform: 1, normal: 2 } as const;

/** `random`: Threefry words of the elements' indices; the output is slot 0, because it may be strided. */
export function randomKernel({ memory, wasm }: Runtime): KernelFunction<RequiredKernels["random"]> {
  return (_inputs, [out], { key, kind }) => {
    const { args } = memory;
    writeOutput(args, 0, out);
    writeInputs(args, out);
    args.i32[OWN_WORD] = key[0];
    args.i32[OWN_WORD + 1] = key[1];
    args.i32[OWN_WORD + 2] = kinds[kind];
    wasm.random();
  };
}
