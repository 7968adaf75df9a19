import type { FusedKernel, FusedKernels, View } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { OWN_WORD, writeInputs, writeOutput } from "../../views/operands.ts";
import { optionalPointer } from "../../views/rows.ts";

/** `adamwStep`: what depends on the step alone is computed here, in double precision. */
export function adamwKernel({ memory, wasm }: Runtime): FusedKernel<"adamwStep"> {
  const one = (
    grad: View,
    gradScale: View | null,
    [param, m, v]: readonly View[],
    { lr, beta1, beta2, eps, weightDecay, step, decoupled }: FusedKernels["adamwStep"]["attrs"],
  ): void => {
    const { args } = memory;
    writeOutput(args, 0, param);
    writeOutput(args, 1, m);
    writeOutput(args, 2, v);
    writeInputs(args, grad);
    const { f32, i32 } = args;
    f32[OWN_WORD + 1] = decoupled ? 0 : weightDecay;
    f32[OWN_WORD + 2] = beta1;
    f32[OWN_WORD + 3] = 1 - beta1;
    f32[OWN_WORD + 4] = beta2;
    f32[OWN_WORD + 5] = 1 - beta2;
    f32[OWN_WORD + 6] = 1 / Math.sqrt(1 - beta2 ** step);
    f32[OWN_WORD + 7] = eps;
    f32[OWN_WORD + 8] = lr / (1 - beta1 ** step);
    f32[OWN_WORD + 9] = decoupled ? lr * weightDecay : 0;
    i32[OWN_WORD + 10] = optionalPointer(gradScale);
    wasm.adamwStep();
  };
  return {
    run([gradScale, ...grads], outputs, attrs) {
      for (const [i, grad] of grads.entries()) one(grad, gradScale, outputs.slice(3 * i, 3 * i + 3), attrs);
    },
  };
}
