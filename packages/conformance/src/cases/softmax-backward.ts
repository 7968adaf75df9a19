import { Key, logSoftmax, randn, softmax } from "@saccade/core";
import { type KernelCase, kernelCase, type LayoutSpec } from "./case.ts";
import { rowMajor, stridedLayouts } from "./layouts.ts";
import { computed, f32, list, named, oddSizes, out, standardNormal } from "./specs.ts";

type Layouts = readonly [y?: LayoutSpec, dy?: LayoutSpec];

/** Both forms; y is what a forward pass gives. */
function backward(
  name: string,
  shape: readonly number[],
  [layoutY, layoutDy]: Layouts = [],
): KernelCase<"softmaxBackward">[] {
  return [false, true].map((log) => {
    const forward = log ? logSoftmax : softmax;
    const y = computed(() => forward(randn(new Key(1), shape, { dtype: "f64", std: 2 })));
    return kernelCase(
      "softmaxBackward",
      `${log ? "log " : ""}${named(shape)} ${name}`,
      [f32(shape, y, layoutY), f32(shape, standardNormal, layoutDy)],
      [out("f32", shape)],
      { log },
    );
  });
}

export const softmaxBackwardCases: readonly KernelCase<"softmaxBackward">[] = [
  ...oddSizes.flatMap((size) => backward("", [3, size])),
  ...stridedLayouts(2).flatMap(([name, layout]) => [
    ...backward(`y ${name}`, [5, 18], [layout]),
    ...backward(`dy ${name}`, [5, 18], [rowMajor, layout]),
  ]),
  ...backward("one dimension", [33]),
  ...backward("four dimensions", [2, 3, 5, 17]),
  ...backward("by fours", [3, 1024]),
  ...backward("longer than is held", [2, 34000]),
  ...backward("large", [513, 257]),
  ...backward("no rows", [0, 5]),
  kernelCase("softmaxBackward", "masked rows", [f32([3, 9], list(0)), f32([3, 9])], [out("f32", [3, 9])], {
    log: false,
  }),
];
