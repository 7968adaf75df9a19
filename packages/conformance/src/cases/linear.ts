import type { ActivationName } from "@saccade/core/backend";
import { activationNames } from "./activations.ts";
import { type KernelCase, kernelCase, type LayoutSpec } from "./case.ts";
import { block, broadcast, flipped, sliced, transposed } from "./layouts.ts";
import { f32, list, normal, out, standardNormal } from "./specs.ts";

interface Call {
  readonly sizes: readonly [m: number, k: number, n: number];
  readonly bias?: boolean;
  readonly activation?: ActivationName | null;
  /** Whether the value before the activation is wanted. */
  readonly pre?: boolean;
  readonly layoutX?: LayoutSpec;
  readonly layoutW?: LayoutSpec;
  readonly layoutB?: LayoutSpec;
}

function linear(
  name: string,
  { sizes: [m, k, n], bias = true, activation = null, pre = false, layoutX, layoutW, layoutB }: Call,
): KernelCase<"linear"> {
  const weights = normal(1 / Math.sqrt(Math.max(k, 1)));
  const title = `${m}x${k}x${n} ${bias ? "bias" : "no bias"} ${activation ?? ""}${pre ? " pre" : ""} ${name}`;
  const inputs = [
    f32([m, k], standardNormal, layoutX),
    f32([n, k], weights, layoutW),
    bias ? f32([n], standardNormal, layoutB) : null,
  ] as const;
  const y = out("f32", [m, n]);
  return kernelCase("linear", title, inputs, pre ? [y, y] : [y], { activation });
}

const sizes = [
  [1, 1, 1],
  [1, 64, 65],
  [1, 257, 1031],
  [2, 33, 17],
  [5, 7, 6],
  [6, 16, 8],
  [7, 17, 9],
  [12, 31, 16],
  [13, 64, 24],
  [64, 64, 64],
  [65, 63, 67],
  [97, 257, 95],
  [3, 2053, 5],
  [300, 3, 2],
] as const;

const s = { sizes: [13, 19, 17] } as const;

export const linearCases: readonly KernelCase<"linear">[] = [
  ...sizes.flatMap((it) => [linear("", { sizes: it }), linear("", { sizes: it, bias: false })]),
  ...activationNames.flatMap((activation) => [
    linear("", { ...s, activation }),
    linear("", { ...s, activation, bias: false }),
    linear("", { ...s, activation, pre: true }),
    linear("a row", { sizes: [1, 65, 67], activation, pre: true }),
    linear("large", { sizes: [65, 130, 131], activation, pre: true }),
  ]),
  linear("x transposed", { ...s, layoutX: transposed(2) }),
  linear("w transposed", { ...s, layoutW: transposed(2) }),
  linear("both transposed", {
    ...s,
    layoutX: transposed(2),
    layoutW: transposed(2),
    activation: "gelu",
    pre: true,
  }),
  linear("blocks", { ...s, layoutX: block(2, 3), layoutW: block(2, 1) }),
  linear("sliced", { ...s, layoutX: sliced(2), layoutW: sliced(2), layoutB: sliced(1) }),
  linear("flipped", { ...s, layoutX: flipped(2, [0]), layoutW: flipped(2, [1]), layoutB: flipped(1, [0]) }),
  linear("one row for all, one bias", { ...s, layoutX: broadcast(2, [0]), layoutB: broadcast(1, [0]) }),
  linear("large", { sizes: [66, 131, 195] }),
  linear("large, w transposed", { sizes: [66, 131, 195], layoutW: transposed(2) }),
  linear("many large tiles", { sizes: [1410, 20, 1292], activation: "gelu", pre: true }),
  linear("depth in parts", { sizes: [40, 2100, 44], activation: "gelu", pre: true }),
  linear("depth in parts", { sizes: [40, 2100, 44] }),
  linear("in octets", { sizes: [136, 72, 200], activation: "geluTanh", pre: true }),
  linear("no rows", { sizes: [0, 4, 5] }),
  linear("nothing to multiply", { sizes: [3, 0, 5] }),
  linear("nothing to multiply", { sizes: [3, 0, 5], bias: false, activation: "sigmoid" }),
  linear("no columns", { sizes: [3, 4, 0] }),
  kernelCase(
    "linear",
    "NaN and infinities pass",
    [
      f32([4, 3], list(1, Number.NaN, 2, 3, Infinity, 4, 5)),
      f32([5, 3], standardNormal),
      f32([5], list(1, -Infinity, 2)),
    ],
    [out("f32", [4, 5])],
    { activation: null },
  ),
];
