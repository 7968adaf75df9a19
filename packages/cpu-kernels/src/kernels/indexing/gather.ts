import type { KernelFunction, RequiredKernels, View } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { OWN_WORD, PLAN_WORD, writeInputs, writeOutput } from "../../views/operands.ts";
import { sizeOf } from "../../views/pointer.ts";
import { writeStrided } from "../../views/strided.ts";

/** The bits of NaN. */
const NAN = 0x7fc00000;

/** `gather`: a loop nest over the output, in which x does not move along the axis. */
export function gatherKernel({ memory, wasm }: Runtime): KernelFunction<RequiredKernels["gather"]> {
  return ([x, index], [out], { axis }) => {
    if (sizeOf(out) === 0) return;
    const { args } = memory;
    writeOutput(args, 0, out);
    writeInputs(args, x, index);
    writeStrided(args.i32, PLAN_WORD, out, still(x, axis, out), index);
    args.i32[OWN_WORD] = x.strides[axis];
    args.i32[OWN_WORD + 1] = x.shape[axis];
    args.i32[OWN_WORD + 2] = out.dtype === "f32" ? NAN : 0;
    wasm.gather();
  };
}

/** x in the shape of `out`, with stride 0 along the axis. */
function still(x: View, axis: number, out: View): View {
  const strides = [...x.strides];
  strides[axis] = 0;
  return { ...x, shape: out.shape, strides };
}
