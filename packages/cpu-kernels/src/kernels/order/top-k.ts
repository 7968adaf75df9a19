import type { KernelFunction, RequiredKernels } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { dtypeCode, OWN_WORD, PLAN_WORD, writeInputs, writeOutput } from "../../views/operands.ts";
import { sizeOf } from "../../views/pointer.ts";
import { writeStrided } from "../../views/strided.ts";
import { withoutAxis } from "../../views/without-axis.ts";

/** `topK`: row by row along the axis; k of all elements is a stable sort. */
export function topKKernel({ memory, wasm }: Runtime): KernelFunction<RequiredKernels["topK"]> {
  return ([x], [values, indices], { axis, k, largest }) => {
    if (sizeOf(values) === 0) return;
    const { args } = memory;
    const { i32 } = args;
    writeOutput(args, 0, values);
    writeOutput(args, 1, indices);
    writeInputs(args, x);
    writeStrided(
      i32,
      PLAN_WORD,
      withoutAxis(x, axis, x),
      withoutAxis(values, axis, x),
      withoutAxis(indices, axis, x),
    );
    i32[OWN_WORD] = x.strides[axis];
    i32[OWN_WORD + 1] = values.strides[axis];
    i32[OWN_WORD + 2] = indices.strides[axis];
    i32[OWN_WORD + 3] = x.shape[axis];
    i32[OWN_WORD + 4] = k;
    i32[OWN_WORD + 5] = largest ? 1 : 0;
    i32[OWN_WORD + 6] = dtypeCode[x.dtype];
    wasm.topK();
  };
}
