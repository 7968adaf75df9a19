import type { ActivationName } from "@saccade/core/backend";
import { activationNames } from "./activations.ts";
import { type KernelCase, kernelCase, type LayoutSpec } from "./case.ts";
import { block, broadcast, flipped, sliced, transposed } from "./layouts.ts";
import { anyInteger, f32, i32, list, normal, out, standardNormal } from "./specs.ts";

interface Call {
  readonly sizes: readonly [m: number, k: number, n: number];
  readonly bits: 4 | 8;
  readonly blockSize?: number;
  readonly bias?: boolean;
  readonly activation?: ActivationName | null;
  readonly layoutX?: LayoutSpec;
  readonly layoutCodes?: LayoutSpec;
  readonly layoutScales?: LayoutSpec;
}

function quantized(
  name: string,
  {
    sizes: [m, k, n],
    bits,
    blockSize = 32,
    bias = true,
    activation = null,
    layoutX,
    layoutCodes,
    layoutScales,
  }: Call,
): KernelCase<"quantizedLinear"> {
  const title = `${bits} bits ${m}x${k}x${n} blocks of ${blockSize} ${bias ? "bias" : "no bias"} ${activation ?? ""} ${name}`;
  const inputs = [
    f32([m, k], standardNormal, layoutX),
    i32([n, (k * bits) / 32], anyInteger, layoutCodes),
    f32([n, k / blockSize], normal(2 ** (1 - bits) / Math.sqrt(Math.max(k, 1))), layoutScales),
    bias ? f32([n]) : null,
  ] as const;
  return kernelCase("quantizedLinear", title, inputs, [out("f32", [m, n])], { bits, activation });
}

const sizes = [
  [1, 32, 1],
  [1, 64, 65],
  [1, 256, 1031],
  [1, 2048, 40],
  [2, 96, 17],
  [3, 64, 130],
  [4, 128, 33],
  [7, 32, 9],
  [9, 64, 10],
  [65, 96, 67],
  [40, 1024, 40],
  [300, 32, 2],
] as const;

export const quantizedLinearCases: readonly KernelCase<"quantizedLinear">[] = ([4, 8] as const).flatMap(
  (bits) => [
    ...sizes.map((it, i) => quantized("", { sizes: it, bits, bias: i % 2 === 0 })),
    quantized("", { sizes: [3, 48, 5], bits, blockSize: 8 }),
    quantized("", { sizes: [33, 48, 35], bits, blockSize: 16 }),
    quantized("", { sizes: [1, 256, 66], bits, blockSize: 128 }),
    quantized("", { sizes: [12, 96, 20], bits, blockSize: 96 }),
    ...activationNames.map((activation) => quantized("", { sizes: [2, 64, 10], bits, activation })),
    quantized("", { sizes: [1, 256, 67], bits, activation: "gelu", bias: false }),
    quantized("in tiles", { sizes: [65, 96, 68], bits, activation: "silu" }),
    quantized("depth in parts", { sizes: [40, 1024, 40], bits, activation: "geluTanh" }),
    quantized("x transposed", { sizes: [5, 64, 7], bits, layoutX: transposed(2) }),
    quantized("x in blocks", { sizes: [2, 64, 7], bits, layoutX: block(2, 3) }),
    quantized("x flipped", { sizes: [1, 64, 7], bits, layoutX: flipped(2, [1]) }),
    quantized("one x for all", { sizes: [3, 64, 7], bits, layoutX: broadcast(2, [0]) }),
    quantized("codes sliced", { sizes: [2, 64, 7], bits, layoutCodes: sliced(2) }),
    quantized("codes at an odd place", { sizes: [2, 64, 7], bits, layoutCodes: { offset: 3 } }),
    quantized("scales transposed", { sizes: [2, 64, 7], bits, layoutScales: transposed(2) }),
    quantized("no rows", { sizes: [0, 32, 5], bits }),
    quantized("nothing to multiply", { sizes: [3, 0, 5], bits }),
    quantized("no columns", { sizes: [3, 32, 0], bits }),
    kernelCase(
      "quantizedLinear",
      `${bits} bits, NaN and infinities pass`,
      [
        f32(
          [3, 32],
          list(
            1,
            2,
            Number.NaN,
            ...new Array<number>(29).fill(1),
            Infinity,
            ...new Array<number>(63).fill(2),
          ),
        ),
        i32([5, bits], anyInteger),
        f32([5, 1]),
        null,
      ],
      [out("f32", [3, 5])],
      { bits, activation: null },
    ),
  ],
);
