import { add, mean, rsqrt, square, sub } from "@saccade/core";
import { type KernelCase, kernelCase, type LayoutSpec } from "./case.ts";
import { block, broadcast, flipped, sliced, transposed } from "./layouts.ts";
import { computed, f32, named, normal, out, standardNormal } from "./specs.ts";

interface Call {
  readonly shape: readonly [rows: number, width: number];
  readonly weight?: boolean;
  readonly layout?: LayoutSpec;
  readonly layoutDy?: LayoutSpec;
  readonly layoutWeight?: LayoutSpec;
}

const rowMeans = computed(([x]) => mean(x!, 1));
const rowScales = computed(([x]) => {
  const centered = sub(x!, mean(x!, 1, { keepDims: true }));
  return rsqrt(add(mean(square(centered), 1), 1e-5));
});

function backward(
  name: string,
  { shape, weight = true, layout, layoutDy, layoutWeight }: Call,
): KernelCase<"layerNormBackward"> {
  const [rows, width] = shape;
  const inputs = [
    f32(shape, normal(2, 0.5), layout),
    weight ? f32([width], standardNormal, layoutWeight) : null,
    f32([rows], rowMeans),
    f32([rows], rowScales),
    f32(shape, standardNormal, layoutDy),
  ] as const;
  const title = `${named(shape)} ${weight ? "weight" : "no weight"} ${name}`;
  return kernelCase(
    "layerNormBackward",
    title,
    inputs,
    [out("f32", shape), out("f32", [width]), out("f32", [width])],
    {},
  );
}

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
  [5, 33],
  [5, 64],
  [5, 65],
  [5, 257],
  [5, 768],
  [2, 33],
  [16, 33],
  [17, 33],
  [65, 33],
  [256, 33],
  [257, 33],
  [513, 257],
  [2051, 17],
  [300, 64],
] as const;

export const layerNormBackwardCases: readonly KernelCase<"layerNormBackward">[] = [
  ...shapes.map((shape) => backward("", { shape })),
  backward("", { shape: [7, 33], weight: false }),
  backward("", { shape: [257, 64], weight: false }),
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
