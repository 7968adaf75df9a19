import type { KernelFunction, RequiredKernels, ScanName } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { dtypeCode, OWN_WORD } from "../../views/operands.ts";
import { pointer, sizeOf } from "../../views/pointer.ts";
import { copyKernel } from "../elementwise/copy.ts";

const codes: Readonly<Record<ScanName, number>> = { sum: 0, prod: 1, max: 2, min: 3 };
/** Word of the first output's address. */
const OUT_WORD = 2;

/** `scan`: copies, then runs along the axis in place. */
export function scanKernel(runtime: Runtime): KernelFunction<RequiredKernels["scan"]> {
  const { memory, wasm } = runtime;
  const copy = copyKernel(runtime);
  return ([x], [out], { op, axis, reverse }) => {
    if (sizeOf(out) === 0) return;
    copy([x], [out], {});
    const { i32 } = memory.args;
    let outer = 1;
    let inner = 1;
    for (let d = 0; d < axis; d++) outer *= out.shape[d];
    for (let d = axis + 1; d < out.shape.length; d++) inner *= out.shape[d];
    i32[OUT_WORD] = pointer(out);
    i32[OWN_WORD] = outer;
    i32[OWN_WORD + 1] = out.shape[axis];
    i32[OWN_WORD + 2] = inner;
    i32[OWN_WORD + 3] = codes[op];
    i32[OWN_WORD + 4] = reverse ? 1 : 0;
    i32[OWN_WORD + 5] = dtypeCode[out.dtype];
    wasm.scan();
  };
}
