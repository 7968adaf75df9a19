import type { KernelFunction, RequiredKernels } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { dtypeCode, OWN_WORD, PLAN_WORD, writeInputs, writeOutput } from "../../views/operands.ts";
import { sizeOf } from "../../views/pointer.ts";
import { writeStrided } from "../../views/strided.ts";
import { withoutAxis } from "../../views/without-axis.ts";

/** `scatterAdd`: a loop nest over all dimensions but the axis, which each tile walks in order. */
export function scatterAddKernel({ memory, wasm }: Runtime): KernelFunction<RequiredKernels["scatterAdd"]> {
  return ([index, src], [out], { axis }) => {
    if (sizeOf(src) === 0) return;
    const { args } = memory;
    const { i32 } = args;
    writeOutput(args, 0, out);
    writeInputs(args, index, src);
    writeStrided(
      i32,
      PLAN_WORD,
      withoutAxis(index, axis, src),
      withoutAxis(src, axis, src),
      withoutAxis(out, axis, src),
    );
    i32[OWN_WORD] = index.strides[axis];
    i32[OWN_WORD + 1] = src.strides[axis];
    i32[OWN_WORD + 2] = out.strides[axis];
    i32[OWN_WORD + 3] = src.shape[axis];
    i32[OWN_WORD + 4] = out.shape[axis];
    i32[OWN_WORD + 5] = dtypeCode[out.dtype];
    wasm.scatterAdd();
  };
}
