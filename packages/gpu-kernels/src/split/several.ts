/** Kernels that take any number of tensors in one call: those that are too large get calls of their own. */
import type { FusedKernels, KernelFunction, View } from "@saccade/core/backend";
import { reviewed } from "../views/nest.ts";
import type { Axis } from "./call.ts";
import type { Splitter } from "./splitter.ts";

type Adamw = FusedKernels["adamwStep"];
type SumSquares = FusedKernels["sumSquares"];

const noScratch = (): number => 0;

export function adamwOfAnySize(splitter: Splitter, kernel: KernelFunction<Adamw>): KernelFunction<Adamw> {
  const { windows } = splitter;
  return ([gradScale, ...grads], outputs, attrs) => {
    const together: { readonly grads: View[]; readonly outputs: View[] } = { grads: [], outputs: [] };
    for (const [i, grad] of grads.entries()) {
      const own = outputs.slice(3 * i, 3 * i + 3);
      if ([grad, ...own].every((view) => windows.fits(view))) {
        together.grads.push(grad);
        together.outputs.push(...own);
        continue;
      }
      const inputs: Adamw["inputs"] = [gradScale, grad];
      const axes = grad.shape.map((_, d): Axis => ({ inputs: [-1, d], outputs: [d, d, d] }));
      splitter.run({
        name: "adamwStep",
        inputs,
        outputs: own,
        cuts: () => ({ axes, inOrder: true, inPlace: true }),
        scratch: noScratch,
        run: (i, o) => kernel(i, o, attrs),
      });
    }
    if (together.grads.length === 0) return;
    const inputs: Adamw["inputs"] = [gradScale, ...together.grads];
    windows.through(inputs, together.outputs, (i, o) => kernel(i, o, attrs));
  };
}

export function sumSquaresOfAnySize(
  splitter: Splitter,
  kernel: KernelFunction<SumSquares>,
): KernelFunction<SumSquares> {
  const { windows } = splitter;
  return (inputs, [out], attrs) => {
    if (inputs.every((x) => windows.fits(x))) {
      windows.through(inputs, [out], (i, o) => kernel(i, [o[0]], attrs));
      return;
    }
    splitter.scratch("f32", [inputs.length], (sums) => {
      for (const [i, x] of inputs.entries()) {
        const one: SumSquares["inputs"] = [x];
        const sum: SumSquares["outputs"] = [reviewed(sums, [], [], i)];
        const axes = x.shape.map((_, d): Axis => ({ inputs: [d], outputs: [-1], join: "sum" }));
        splitter.run({
          name: "sumSquares",
          inputs: one,
          outputs: sum,
          cuts: () => ({ axes }),
          scratch: noScratch,
          run: (views, results) => kernel(views, results, attrs),
        });
      }
      splitter.kernels.reduce([sums], [reviewed(out, [1], [1])], { op: "sum", axes: [0] });
    });
  };
}
