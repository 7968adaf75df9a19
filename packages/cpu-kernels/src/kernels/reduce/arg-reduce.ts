import type { KernelFunction, RequiredKernels } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { OWN_WORD, writeInputs, writeOutput } from "../../views/operands.ts";
import { sizeOf } from "../../views/pointer.ts";
import { writeReducePlan } from "../../views/reduce-plan.ts";
import { fillKernel } from "../fill.ts";

/** Kinds and conversions as assembly/reduce numbers them. */
const kinds = { max: 2, min: 3 } as const;
const INTEGER = 8;
const WIDEN = 1;

/** `argReduce`: where the extremum of each row first is. */
export function argReduceKernel(runtime: Runtime): KernelFunction<RequiredKernels["argReduce"]> {
  const { memory, wasm } = runtime;
  const fill = fillKernel(runtime);
  return ([x], [out], { op, axis }) => {
    if (sizeOf(out) === 0) return;
    if (sizeOf(x) === 0) return fill([], [out], { value: 0 });
    const { args } = memory;
    writeOutput(args, 0, out);
    writeInputs(args, x);
    writeReducePlan(args, x, [axis]);
    args.i32[OWN_WORD] = kinds[op] + (x.dtype === "f32" ? 0 : INTEGER);
    args.i32[OWN_WORD + 4] = x.dtype === "u8" ? WIDEN : 0;
    wasm.argReduce();
  };
}
