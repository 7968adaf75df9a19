import type { KernelFunction, RequiredKernels } from "@saccade/core/backend";
import { bytesPerElement } from "@saccade/core/backend";
import type { Runtime } from "../runtime.ts";
import { pointer, sizeOf } from "../views/pointer.ts";

/** `fill`: the value becomes an 8-byte pattern at the start of the argument area, whatever the dtype. */
export function fillKernel({ memory, wasm }: Runtime): KernelFunction<RequiredKernels["fill"]> {
  return (_inputs, [out], { value }) => {
    const { i32, f32, f64 } = memory.args;
    // Words 2 and 3 (ARGS + 8) hold the pattern.
    if (out.dtype === "f32") f32[2] = f32[3] = value;
    else if (out.dtype === "f64") f64[1] = value;
    else if (out.dtype === "i32") i32[2] = i32[3] = value;
    else i32[2] = i32[3] = Math.imul(value & 255, 0x01010101);
    wasm.fill(pointer(out), sizeOf(out) * bytesPerElement[out.dtype]);
  };
}
