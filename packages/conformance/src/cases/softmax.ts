import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { stridedLayouts } from "./layouts.ts";
import { f32, list, named, normal, oddSizes, out, standardNormal, uniform } from "./specs.ts";

/** Both forms. */
function softmax(
  name: string,
  shape: readonly number[],
  values: Values = standardNormal,
  layout?: LayoutSpec,
): KernelCase<"softmax">[] {
  return [false, true].map((log) =>
    kernelCase(
      "softmax",
      `${log ? "log " : ""}${named(shape)} ${name}`,
      [f32(shape, values, layout)],
      [out("f32", shape)],
      { log },
    ),
  );
}

const { NaN: nan } = Number;

export const softmaxCases: readonly KernelCase<"softmax">[] = [
  ...oddSizes.flatMap((size) => softmax("", [3, size])),
  ...stridedLayouts(3).flatMap(([name, layout]) => softmax(name, [3, 5, 18], standardNormal, layout)),
  ...softmax("one dimension", [33]),
  ...softmax("four dimensions", [2, 3, 5, 17]),
  ...softmax("large logits", [7, 33], normal(100)),
  ...softmax("far below zero", [7, 33], uniform(-1e4, -1e4 + 10)),
  ...softmax("a vocabulary", [5, 5003], normal(3)),
  ...softmax("by fours", [3, 1024]),
  ...softmax("longer than is held", [2, 34001], normal(3)),
  ...softmax("large", [513, 257]),
  ...softmax("no rows", [0, 5]),
  ...softmax("all equal", [2, 10], list(3)),
  ...softmax("masked entries", [5, 21], list(1, 2, -Infinity, 3, -Infinity, -Infinity, 0.5, -1)),
  ...softmax(
    "causal mask",
    [4, 4],
    list(1, -Infinity, -Infinity, -Infinity, 2, 3, -Infinity, -Infinity, 1, 0, 5, -Infinity, 1, 2, 3, 4),
  ),
  ...softmax("the largest finite number is a mask, too", [2, 9], list(-3.4028234663852886e38, 1, 2)),
  ...softmax(
    "NaN passes along its row",
    [3, 7],
    list(1, 2, 3, 4, 5, 6, 7, 8, nan, 9, 10, 11, 12, 13, 1, 2, 3, 4, 5, 6, 7),
  ),
  kernelCase(
    "softmax",
    "fully masked rows are zeros",
    [f32([3, 19], list(-Infinity))],
    [out("f32", [3, 19])],
    { log: false },
  ),
  kernelCase(
    "softmax",
    "a fully masked row among others",
    [f32([3, 4], list(1, 2, 3, 4, -Infinity, -Infinity, -Infinity, -Infinity, 5, 6, -Infinity, 7))],
    [out("f32", [3, 4])],
    { log: false },
  ),
];
