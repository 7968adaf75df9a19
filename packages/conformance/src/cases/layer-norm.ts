import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { block, flipped, sliced, transposed } from "./layouts.ts";
import { f32, list, named, normal, out, standardNormal } from "./specs.ts";

interface Call {
  readonly shape: readonly [rows: number, width: number];
  readonly values?: Values;
  readonly weight?: boolean;
  readonly bias?: boolean;
  readonly eps?: number;
  readonly layout?: LayoutSpec;
  readonly layoutWeight?: LayoutSpec;
}

function layerNorm(name: string, call: Call): KernelCase<"layerNorm"> {
  const {
    shape,
    values = normal(2, 0.5),
    weight = true,
    bias = true,
    eps = 1e-5,
    layout,
    layoutWeight,
  } = call;
  const [rows, width] = shape;
  const title = `${named(shape)} ${weight ? "weight" : ""} ${bias ? "bias" : ""} ${name}`;
  const inputs = [
    f32(shape, values, layout),
    weight ? f32([width], standardNormal, layoutWeight) : null,
    bias ? f32([width], standardNormal, layoutWeight) : null,
  ] as const;
  return kernelCase("layerNorm", title, inputs, [out("f32", shape), out("f32", [rows]), out("f32", [rows])], {
    eps,
  });
}

const widths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 256, 257, 768, 1031];

export const layerNormCases: readonly KernelCase<"layerNorm">[] = [
  ...widths.map((width) => layerNorm("", { shape: [5, width] })),
  ...[true, false].flatMap((weight) =>
    [true, false].map((bias) => layerNorm("parameters", { shape: [7, 33], weight, bias })),
  ),
  layerNorm("another epsilon", { shape: [7, 33], eps: 0.1 }),
  layerNorm("transposed", { shape: [13, 18], layout: transposed(2) }),
  layerNorm("sliced", { shape: [13, 18], layout: sliced(2), layoutWeight: sliced(1) }),
  layerNorm("block", { shape: [13, 18], layout: block(2, 3) }),
  layerNorm("flipped", { shape: [13, 18], layout: flipped(2, [0, 1]), layoutWeight: flipped(1, [0]) }),
  layerNorm("large", { shape: [513, 257] }),
  layerNorm("far from zero", { shape: [7, 65], values: normal(1, 100) }),
  layerNorm("small", { shape: [7, 65], values: normal(1e-4) }),
  layerNorm("equal elements", { shape: [3, 18], values: list(3) }),
  layerNorm("NaN stays in its row", {
    shape: [3, 8],
    values: list(1, 2, 3, 4, 5, 6, 7, 8, 9, Number.NaN, 1, 2, 3, 4, 5, 6, 7, 1, 3, 2, 5, 4, 6, 8),
  }),
  layerNorm("no rows", { shape: [0, 8] }),
];
