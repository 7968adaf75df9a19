import type { FusedKernel, View } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { OWN_WORD } from "../../views/operands.ts";
import { pointer, sizeOf } from "../../views/pointer.ts";
import { isDense, MAX_STAGED, optionalPointer, writeRowOutputs, writeRows } from "../../views/rows.ts";
import { fillKernel } from "../fill.ts";

/** Word of the double that follows the addresses of weight and bias. */
const EPS_WORD = (OWN_WORD + 2) / 2;

const fits = (x: View) => x.shape[x.shape.length - 1] > 0 && x.shape[x.shape.length - 1] <= MAX_STAGED;

/** `layerNorm` over the last dimension. */
export function layerNormKernel({ memory, wasm }: Runtime): FusedKernel<"layerNorm"> {
  return {
    supports: ([x, weight, bias]) => fits(x) && isDense(weight) && isDense(bias),
    run([x, weight, bias], [y, mean, rstd], { eps }) {
      const { args } = memory;
      writeRows(args, x);
      writeRowOutputs(args, y, mean, rstd);
      args.i32[OWN_WORD] = optionalPointer(weight);
      args.i32[OWN_WORD + 1] = optionalPointer(bias);
      args.f64[EPS_WORD] = eps;
      wasm.layerNorm();
    },
  };
}

/** `rmsNorm` over the last dimension. */
export function rmsNormKernel({ memory, wasm }: Runtime): FusedKernel<"rmsNorm"> {
  return {
    supports: ([x, weight]) => fits(x) && isDense(weight),
    run([x, weight], [y, rstd], { eps }) {
      const { args } = memory;
      writeRows(args, x);
      writeRowOutputs(args, y, rstd);
      args.i32[OWN_WORD] = optionalPointer(weight);
      args.f64[EPS_WORD] = eps;
      wasm.rmsNorm();
    },
  };
}

/** `layerNormBackward`. */
export function layerNormBackwardKernel(runtime: Runtime): FusedKernel<"layerNormBackward"> {
  return {
    supports: ([x, weight, mean, rstd]) => fits(x) && isDense(weight) && isDense(mean) && isDense(rstd),
    run([x, weight, mean, rstd, dy], [dx, dWeight, dBias]) {
      normBackward(runtime, [x, weight, mean, rstd, dy], [dx, dWeight, dBias]);
    },
  };
}

/** `rmsNormBackward`: the same without a mean. */
export function rmsNormBackwardKernel(runtime: Runtime): FusedKernel<"rmsNormBackward"> {
  return {
    supports: ([x, weight, rstd]) => fits(x) && isDense(weight) && isDense(rstd),
    run([x, weight, rstd, dy], [dx, dWeight]) {
      normBackward(runtime, [x, weight, null, rstd, dy], [dx, dWeight, undefined]);
    },
  };
}

function normBackward(
  runtime: Runtime,
  [x, weight, mean, rstd, dy]: readonly [View, View | null, View | null, View, View],
  [dx, dWeight, dBias]: readonly [View, View, View | undefined],
): void {
  const { args } = runtime.memory;
  if (sizeOf(x) === 0) {
    const fill = fillKernel(runtime);
    for (const out of [dWeight, dBias]) if (out) fill([], [out], { value: 0 });
    return;
  }
  writeRows(args, x, dy);
  writeRowOutputs(args, dx, dWeight, dBias);
  args.i32[OWN_WORD] = optionalPointer(weight);
  args.i32[OWN_WORD + 1] = optionalPointer(mean);
  args.i32[OWN_WORD + 2] = pointer(rstd);
  runtime.wasm.normBackward();
}
