import type { KernelFunction, RequiredKernels, View } from "@saccade/core/backend";
import { bytesPerElement } from "@saccade/core/backend";
import { OWN } from "../generated/exports.ts";
import type { Runtime } from "../runtime.ts";
import { OWN_WORD } from "../views/operands.ts";
import { isContiguous, pointer, sizeOf } from "../views/pointer.ts";
import { copyKernel } from "./elementwise/copy.ts";

/**
 * `fill`: the value becomes an 8-byte pattern at the start of the argument area, whatever the dtype. A strided output
 * is a copy of one element.
 */
export function fillKernel(runtime: Runtime): KernelFunction<RequiredKernels["fill"]> {
  const { memory, wasm } = runtime;
  const copy = copyKernel(runtime);
  return (_inputs, [out], { value }) => {
    const contiguous = isContiguous(out);
    // The pattern is read from ARGS + 8; the copied element lies where no kernel's arguments are in its way.
    const word = contiguous ? 2 : OWN_WORD;
    const { i32, f32, f64 } = memory.args;
    if (out.dtype === "f32") f32[word] = f32[word + 1] = value;
    else if (out.dtype === "f64") f64[word / 2] = value;
    else if (out.dtype === "i32") i32[word] = i32[word + 1] = value;
    else i32[word] = i32[word + 1] = Math.imul(value & 255, 0x01010101);
    if (contiguous) wasm.fill(pointer(out), sizeOf(out) * bytesPerElement[out.dtype]);
    else copy([element(out)], [out], {});
  };
}

/** The element in the argument area, seen everywhere. */
function element({ dtype, shape }: View): View {
  return { buffer: OWN, dtype, shape, strides: shape.map(() => 0), offset: 0 };
}
