import { add, mean, rsqrt, square } from "@saccade/core";
import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { block, broadcast, flipped, sliced, transposed } from "./layouts.ts";
import { computed, f32, list, named, normal, out, standardNormal } from "./specs.ts";

interface Call {
  readonly shape: readonly [rows: number, width: number];
  readonly values?: Values;
  readonly weight?: boolean;
  readonly eps?: number;
  readonly layout?: LayoutSpec;
  readonly layoutDy?: LayoutSpec;
  readonly layoutWeight?: LayoutSpec;
}

function rmsNorm(
  name: string,
  { shape, values = normal(2, 0.5), weight = true, eps = 1e-6, layout, layoutWeight }: Call,
): KernelCase<"rmsNorm"> {
  const [rows, width] = shape;
  const inputs = [
    f32(shape, values, layout),
    weight ? f32([width], standardNormal, layoutWeight) : null,
  ] as const;
  return kernelCase(
    "rmsNorm",
    `${named(shape)} ${weight ? "weight" : "no weight"} ${name}`,
    inputs,
    [out("f32", shape), out("f32", [rows])],
    { eps },
  );
}

const rowScales = computed(([x]) => rsqrt(add(mean(square(x!), 1), 1e-6)));

function backward(
  name: string,
  { shape, weight = true, layout, layoutDy, layoutWeight }: Call,
): KernelCase<"rmsNormBackward"> {
  const [rows, width] = shape;
  const inputs = [
    f32(shape, normal(2, 0.5), layout),
    weight ? f32([width], standardNormal, layoutWeight) : null,
    f32([rows], rowScales),
    f32(shape, standardNormal, layoutDy),
  ] as const;
  return kernelCase(
    "rmsNormBackward",
    `${named(shape)} ${weight ? "weight" : "no weight"} ${name}`,
    inputs,
    [out("f32", shape), out("f32", [width])],
    {},
  );
}

const widths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 64, 65, 256, 257, 768, 1031];

export const rmsNormCases: readonly KernelCase<"rmsNorm">[] = [
  ...widths.map((width) => rmsNorm("", { shape: [5, width] })),
  rmsNorm("", { shape: [7, 33], weight: false }),
  rmsNorm("another epsilon", { shape: [7, 33], eps: 0.1 }),
  rmsNorm("transposed", { shape: [13, 18], layout: transposed(2) }),
  rmsNorm("sliced", { shape: [13, 18], layout: sliced(2), layoutWeight: sliced(1) }),
  rmsNorm("block", { shape: [13, 18], layout: block(2, 3) }),
  rmsNorm("flipped", { shape: [13, 18], layout: flipped(2, [0, 1]), layoutWeight: flipped(1, [0]) }),
  rmsNorm("large", { shape: [513, 257] }),
  rmsNorm("zeros", { shape: [3, 18], values: list(0) }),
  rmsNorm("NaN stays in its row", {
    shape: [3, 8],
    values: list(1, 2, 3, 4, 5, 6, 7, 8, 9, Number.NaN, 1, 2, 3, 4, 5, 6, 7, 1, 3, 2, 5, 4, 6, 8),
  }),
  rmsNorm("no rows", { shape: [0, 8] }),
];

const shapes = [
  [1, 1],
  [1, 16],
  [5, 2],
  [5, 3],
  [5, 7],
  [5, 8],
  [5, 9],
  [5, 16],
  [5, 17],
  [5, 64],
  [5, 65],
  [5, 257],
  [5, 768],
  [2, 33],
  [16, 33],
  [17, 33],
  [65, 33],
  [257, 33],
  [513, 257],
  [2051, 17],
] as const;

export const rmsNormBackwardCases: readonly KernelCase<"rmsNormBackward">[] = [
  ...shapes.map((shape) => backward("", { shape })),
  backward("", { shape: [7, 33], weight: false }),
  backward("x transposed", { shape: [13, 18], layout: transposed(2) }),
  backward("dy transposed", { shape: [13, 18], layoutDy: transposed(2) }),
  backward("all sliced", {
    shape: [13, 18],
    layout: sliced(2),
    layoutDy: sliced(2),
    layoutWeight: sliced(1),
  }),
  backward("blocks", { shape: [13, 18], layout: block(2, 3), layoutDy: block(2) }),
  backward("flipped", {
    shape: [13, 18],
    layout: flipped(2, [0, 1]),
    layoutDy: flipped(2, [0]),
    layoutWeight: flipped(1, [0]),
  }),
  backward("dy the same everywhere", { shape: [13, 18], layoutDy: broadcast(2, [0, 1]) }),
  backward("no rows", { shape: [0, 8] }),
];
